import fc from 'fast-check'
import t from 'tap'
import { Burst, learnMinute } from '#collector/detection/statistics/burst.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { exec } from '#test/fixtures/timeline-events.ts'
import { dayUs, hitsOf, minuteUs, type Timed, times } from './events.ts'

/** So many executions in each minute. */
const minutes = (counts: readonly number[], fromMinute = 0): readonly Timed[] =>
  counts.flatMap((count, minute) =>
    times(count, (n) => [exec({ pid: n }), (fromMinute + minute) * minuteUs + n]),
  )
const repeat = (counts: readonly number[], often: number) =>
  Array.from({ length: often }, () => counts).flat()

const burst = (events: readonly Timed[]) => hitsOf(new Burst(defaultParameters), events)

t.test('the moving mean and variance, by hand', async (t) => {
  const pace = { minutes: 0, mean: 0, variance: 0, largest: 0 }
  for (const amount of [10, 20, 0]) learnMinute(pace, amount, 0.1)
  // 10; 10 + 0.1 * 10 = 11, 0.1 * 100 = 10; 11 - 0.1 * 11 = 9.9, 0.9 * 10 + 0.1 * 121 = 21.1.
  t.equal(pace.mean.toFixed(6), '9.900000')
  t.equal(pace.variance.toFixed(6), '21.100000')
  t.equal(pace.minutes, 3)
  t.equal(pace.largest.toFixed(3), '19.990')
})

t.test('far more than ever before, after an hour of learning', async (t) => {
  t.strictSame(burst(minutes([...repeat([5], 60), 150])), [
    {
      at: 300 + 99,
      key: {},
      reason:
        'started 100 programs within a minute; before it was 5.0 per minute lately, 5 at most',
    },
  ])
})

const quiet: readonly (readonly [string, readonly number[]])[] = [
  ['before an hour is learnt', [...repeat([5], 59), 5_000]],
  ['below the floor', [...repeat([1], 100), 99]],
  ['what is as busy always', repeat([200], 100)],
  ['what is busy every ten minutes', repeat([150, 0, 0, 0, 0, 0, 0, 0, 0, 0], 20)],
  ['not half as much again as the largest', [...repeat([100], 100), 149]],
  ['erratic always', [...repeat([0, 200], 50), 350]],
  ['growth over hours', Array.from({ length: 150 }, (_, minute) => minute)],
]

t.test('what is no burst', async (t) => {
  for (const [name, counts] of quiet) t.strictSame(burst(minutes(counts)), [], name)
})

t.test('what the runtime does, and what was there already, is no burst', async (t) => {
  for (const facts of [{ runtime: true }, { snapshot: true }]) {
    const events = [
      ...minutes(repeat([1], 60)),
      ...times(500, (): Timed => [exec(facts), 60 * minuteUs]),
    ]
    t.strictSame(burst(events), [])
  }
})

t.test('told once per hour', async (t) => {
  const growing = minutes([...repeat([5], 60), 500, 5_000])
  t.equal(burst(growing).length, 1)
})

t.test('a pause is minutes without executions', async (t) => {
  t.equal(burst([...minutes([5]), ...minutes([150], 100)]).length, 1)
})

t.test('a late minute is judged and not learnt', async (t) => {
  const learnt = minutes(repeat([5], 61))
  t.equal(burst([...learnt, ...minutes([150], 30)]).length, 1, 'a burst in a backlog')
  const backlog = [...learnt, ...minutes(repeat([90], 8), 20), ...minutes([150], 61)]
  t.equal(burst(backlog).length, 1, 'busy minutes of before make no burst of now normal')
})

t.test('a clock that was a year ahead for a moment stops nothing', async (t) => {
  const ahead: Timed = [exec(), 365 * dayUs]
  t.equal(burst([ahead, ...minutes([...repeat([5], 100), 150])]).length, 1)
})

t.test('memory is bounded', async (t) => {
  const statistic = new Burst(defaultParameters)
  hitsOf(
    statistic,
    times(6_000, (n): Timed => [exec({}, { containerId: `c${n}` }), 0]),
  )
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
})

t.test('whatever the times are, nothing is told below the floor', async (_t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true }), { maxLength: 99 }),
      (afterUs) => burst(afterUs.map((us): Timed => [exec(), us])).length === 0,
    ),
  )
})
