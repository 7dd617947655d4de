import t from 'tap'
import { BytesOut } from '#collector/detection/statistics/bytes-out.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { close, dayUs, hitsOf, hourUs, minuteUs, type Timed, times } from './events.ts'

const megabyte = 1e6

/** So many megabytes in each hour, in six parts. */
const hours = (
  amounts: readonly number[],
  fromHour = 0,
  facts: Parameters<typeof close>[0] = {},
): readonly Timed[] =>
  amounts.flatMap((amount, hour) =>
    times(
      6,
      (n): Timed => [
        close({ ongoing: true, ...facts, sentBytes: (amount * megabyte) / 6 }),
        (fromHour + hour) * hourUs + n * 10 * minuteUs,
      ],
    ),
  )
const repeat = (amounts: readonly number[], often: number) =>
  Array.from({ length: often }, () => amounts).flat()

const out = (events: readonly Timed[]) => hitsOf(new BytesOut(defaultParameters), events)

t.test('far more than in any hour before, after a day of learning', async (t) => {
  t.strictSame(out(hours([...repeat([10, 12], 12), 300])), [
    {
      at: 24 * 6 + 2,
      key: {},
      reason:
        'sent 150 MB to external peers within an hour, last to 9.0.0.1; in 24 hours before it was 12 MB at most',
    },
  ])
})

t.test('from a history of nothing', async (t) => {
  t.equal(out(hours([...repeat([0], 24), 101])).length, 1)
})

const day = [...repeat([5], 23), 2_000]
const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['before a day is learnt', hours([...repeat([1], 23), 9_000])],
  ['below the floor', hours([...repeat([1], 24), 100])],
  ['a backup of every night, from the second on', hours([...day, ...day, ...day])],
  ['within the spread', hours([...repeat([100, 200, 300], 10), 420])],
  ['inside the cluster', hours([...repeat([1], 24), 900], 0, { peer: { address: '10.0.0.1' } })],
  ['answers to whoever comes', hours([...repeat([1], 24), 900], 0, { direction: 'inbound' })],
]

t.test('what is not unusual', async (t) => {
  for (const [name, events] of quiet) t.strictSame(out(events), [], name)
})

t.test('replicas are one workload, others are not', async (t) => {
  const learnt = hours(repeat([1], 24))
  const spread = times(
    300,
    (n): Timed => [
      close({ sentBytes: megabyte, containerId: `c${n}`, pod: `api-${n}` }),
      dayUs + n,
    ],
  )
  t.equal(out([...learnt, ...spread]).length, 1)
  const other = hours([900], 24, { workload: 'web' })
  t.equal(out([...learnt, ...other]).length, 0)
})

t.test('told once per hour', async (t) => {
  t.equal(out(hours([...repeat([1], 24), 9_000, 90_000])).length, 2)
  t.equal(out(hours([...repeat([1], 24), 300, 250])).length, 1, 'and is history then')
})

t.test('a backlog of a quiet night teaches nothing and is judged', async (t) => {
  const learnt = hours(repeat([1], 25))
  t.strictSame(out([...learnt, ...hours(repeat([90], 5), 3), ...hours([1], 25)]), [])
  t.equal(out([...learnt, ...hours([300], 3)]).length, 1)
})

t.test('bytes that nobody counted are none; wild times harm nothing', async (t) => {
  const statistic = new BytesOut(defaultParameters)
  const events = [0, -1e18, 1e18, Number.MAX_SAFE_INTEGER, 0].map(
    (us): Timed => [close({ sentBytes: null }), us],
  )
  t.strictSame(hitsOf(statistic, events), [])
})

t.test('memory is bounded', async (t) => {
  const statistic = new BytesOut(defaultParameters)
  hitsOf(
    statistic,
    times(6_000, (n): Timed => [close({ workload: `w${n}` }), 0]),
  )
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
})
