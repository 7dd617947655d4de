/** Figures of RITA's own tests (activecm/rita v5, analysis/beacons_test.go), and some by hand. */
import fc from 'fast-check'
import t from 'tap'
import {
  beaconScore,
  bimodalScore,
  durationScore,
  flatnessScore,
  intervalScore,
  longestRun,
  sizeScore,
  steadinessScore,
  symmetryScore,
} from '#collector/detection/statistics/beacon-score.ts'

const isClose = (found: number | undefined, expected: number): boolean =>
  found !== undefined && Math.abs(found - expected) <= 0.001

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
/** Times from intervals. */
const timesOf = (intervals: readonly number[]): readonly number[] => {
  const times = [1517338924]
  for (const interval of intervals) times.push((times.at(-1) ?? 0) + interval)
  return times
}
const repeat = (values: readonly number[], count: number): readonly number[] =>
  Array.from({ length: count }, () => values).flat()

t.test('Bowley’s skewness', async (t) => {
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ['simple', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1],
    ['perfect intervals', repeat([60], 9), 1],
    ['close to each other', [98, 99, 99, 100, 100, 100, 101, 101, 102], 1],
    ['random', [1, 2, 25, 42, 90, 299, 500, 1500, 4975], 0.155],
    ['random again', [524885, 1, 5000, 98654, 50, 41, 965842, 3], 0.017],
    ['the median is the first quartile', [7, 8, 7, 8, 7, 8, 7, 8, 7], 1],
    ['the median is the third quartile', [1, 1, 2, 2, 2, 2], 1],
  ]
  for (const [name, values, expected] of cases)
    t.ok(isClose(symmetryScore(sorted(values)), expected), name)
})

t.test('median absolute deviation', async (t) => {
  t.ok(isClose(steadinessScore([1, 2, 2, 3, 3, 3, 4, 5, 5], 1), 0.6667))
  t.ok(isClose(steadinessScore([11, 12, 12, 14, 15, 16], 1), 0.8846))
  t.ok(
    isClose(
      steadinessScore([1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500], 1),
      0.6154,
    ),
  )
  t.equal(steadinessScore([0, 0, 5], 0), 0)
  t.equal(steadinessScore([0, 0, 5], 1), 1)
})

t.test('intervals', async (t) => {
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ['each second', repeat([1], 9), 1],
    ['each minute', repeat([60], 9), 1],
    ['close to each other', [98, 99, 99, 100, 100, 100, 101, 101, 102], 0.995],
    ['of two lengths', repeat([98, 300], 5), 0.746],
    ['random', [1, 299, 25, 4975, 90, 2, 42, 500, 1500], 0.083],
  ]
  for (const [name, intervals, expected] of cases)
    t.ok(isClose(intervalScore(timesOf(intervals)), expected), name)
  t.equal(intervalScore(repeat([60], 9)), undefined, 'all in one second')
  t.equal(intervalScore([1, 2]), undefined)
  t.equal(intervalScore([]), undefined)
})

t.test('sizes', async (t) => {
  t.ok(isClose(sizeScore([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.773))
  t.ok(isClose(sizeScore(repeat([60], 9)), 1))
  t.ok(isClose(sizeScore([98, 99, 99, 100, 100, 100, 101, 101, 102]), 0.995))
  t.ok(isClose(sizeScore([0, 0, 0]), 0.5), 'of nothing sent only the skewness counts')
  t.equal(sizeScore([1, 2]), undefined)
})

t.test('hours', async (t) => {
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  t.ok(isClose(Math.max(flatnessScore(ten), bimodalScore(ten, 6)), 0.478))
  t.ok(isClose(flatnessScore(repeat([1], 24)), 1))
  t.ok(isClose(flatnessScore([1, 0, 2, 0, 3, 0, 2, 1]), 0.064))
  t.equal(flatnessScore([7, 2, 1, 0, 0, 1, 0, 0, 0, 1]), 0, 'a coefficient of variation above 1')
  t.ok(isClose(flatnessScore(repeat([4, 1], 5)), 0.4))
  t.equal(bimodalScore(repeat([4, 1], 5), 6), 1)
  t.ok(isClose(flatnessScore([2, 0, 3, 0, 1]), 0.028))
  t.equal(bimodalScore([10, ...repeat([0], 23)]), 0, 'one hour has one height')
  t.equal(flatnessScore([10, ...repeat([0], 23)]), 0)
  t.equal(flatnessScore([]), 0)
  t.equal(bimodalScore([]), 0)
})

t.test('hours in a row go round', async (t) => {
  t.equal(longestRun([2, 0, 3, 0, 1]), 2)
  t.equal(longestRun([1, 0, 2, 0, 3, 0, 2, 1]), 3)
  t.equal(longestRun([7, 2, 1, 0, 0, 1, 0, 0, 0, 1]), 4)
  t.equal(longestRun(repeat([1], 24)), 24)
  t.equal(longestRun(repeat([0], 24)), 0)
})

t.test('duration', async (t) => {
  const hours = (bars: readonly number[]) =>
    Array.from({ length: 24 }, (_, at) => (bars.includes(at) ? 1 : 0))
  const apart = hours([0, 2, 4, 6, 8, 10])
  t.equal(durationScore(apart, 1), 1)
  t.equal(durationScore(apart, 0.5), 0.5)
  t.equal(durationScore(apart, 0.75), 0.75)
  t.equal(durationScore(hours([12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]), 0.5), 1)
  t.equal(durationScore(hours([12, 13, 14, 15, 16, 17]), 0.25), 0.5)
  t.equal(durationScore(hours([6, 8, 10]), 0.5), 0, 'in too few hours')
})

t.test('a whole beacon, by hand', async (t) => {
  // Each 10 minutes over 12 of 24 hours, 60 bytes: intervals 1, sizes 1, duration 12 of 12 hours, hours all of one height.
  const beacon = beaconScore({
    times: timesOf(repeat([600], 71)),
    sizes: repeat([60], 72),
    hours: [...repeat([0], 12), ...repeat([6], 12)],
    coverage: 0.5,
  })
  t.strictSame(beacon, { score: 1, intervals: 1, sizes: 1, duration: 1, histogram: 1 })
  // 6 hours: (1 + 1 + 6/12 + 0) / 4.
  const young = beaconScore({
    times: timesOf(repeat([600], 35)),
    sizes: repeat([60], 36),
    hours: [...repeat([0], 18), ...repeat([6], 6)],
    coverage: 0.25,
  })
  t.equal(young?.score, 0.625)
  t.equal(beaconScore({ times: [1, 2], sizes: [1, 2], hours: [2], coverage: 1 }), undefined)
})

t.test('always between 0 and 1', async (_t) => {
  const number = fc.oneof(fc.nat(), fc.constantFrom(0, 1e15))
  fc.assert(
    fc.property(
      fc.array(number),
      fc.array(number),
      fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (times, sizes, hours, coverage) => {
        const found = beaconScore({ times: sorted(times), sizes, hours, coverage })
        return found === undefined || Object.values(found).every((part) => part >= 0 && part <= 1)
      },
    ),
  )
})
