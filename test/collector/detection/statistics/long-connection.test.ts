import t from 'tap'
import { LongConnection } from '#collector/detection/statistics/long-connection.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import {
  close,
  dayUs,
  external,
  hitsOf,
  hourUs,
  minuteUs,
  type Timed,
  times,
  withParameters,
} from './events.ts'

/** A connection that tells of itself each ten minutes, and at its end. */
const open = (hours: number, facts: Parameters<typeof close>[0] = {}): readonly Timed[] =>
  times(hours * 6 + 1, (n) => [
    close({ ongoing: n < hours * 6, durationUs: n * 10 * minuteUs, ...facts }),
    n * 10 * minuteUs,
  ])

const long = (events: readonly Timed[], parameters = defaultParameters) =>
  hitsOf(new LongConnection(parameters), events)

t.test('told of at 4, 8 and 12 hours, as RITA has them', async (t) => {
  t.strictSame(
    long(open(20)).map(({ at }) => at / 6),
    [4, 8, 12],
  )
  t.strictSame(long(open(4)), [
    {
      at: 24,
      key: { destination: '9.0.0.1' },
      reason: 'a connection to 9.0.0.1, port 443, was open for 4 h',
    },
  ])
  t.match(long(open(5))[0]?.reason, /is open for 4 h$/)
})

t.test('the first step is what is asked for', async (t) => {
  const stepsOf = (duration: number) =>
    long(open(20), withParameters({ 'long-connection.duration': duration })).map(({ at }) => at / 6)
  t.strictSame([1, 2, 8, 13].map(stepsOf), [[1, 4, 8, 12], [2, 4, 8, 12], [8, 12], [13]])
})

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['shorter', open(3)],
  ['internal', open(20, { peer: { address: '10.0.0.1' } })],
  ['inbound', open(20, { direction: 'inbound' })],
  ['a node’s public address', open(20, { peer: { kind: 'node' } })],
  ['many short ones in one event', [[close({ count: 50, durationUs: 20 * hourUs }), 0]]],
  ['nobody knows how long', [[close({ durationUs: null }), 0]]],
]

t.test('what is not long', async (t) => {
  for (const [name, events] of quiet) t.strictSame(long(events), [], name)
  t.strictSame(
    hitsOf(new LongConnection(defaultParameters), open(20), () => true),
    [],
    'known',
  )
})

t.test('of several the longest counts', async (t) => {
  const several = close({ count: 3, durationUs: 9 * hourUs, maxDurationUs: 8 * hourUs })
  t.match(long([[several, 0]])[0]?.reason, /8 h$/)
})

t.test('many at once to one destination are told of once; disorder repeats nothing', async (t) => {
  const many = times(50, (): Timed => [close({ durationUs: 9 * hourUs }), 0])
  t.equal(long(many).length, 1)
  t.strictSame(long(open(20).toReversed()).length, 1)
})

t.test('one that lasts for days is told of once a day', async (t) => {
  t.equal(long(open(72).filter(([, us]) => us >= dayUs)).length, 3)
})

t.test('memory is bounded', async (t) => {
  const statistic = new LongConnection(defaultParameters)
  const events = times(
    6_000,
    (n): Timed => [close({ durationUs: dayUs, peer: { address: external(n) } }), 0],
  )
  hitsOf(statistic, events)
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
})
