import fc from 'fast-check'
import t from 'tap'
import { ForkBomb } from '#collector/detection/statistics/fork-bomb.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { exec, exit, gap } from '#test/fixtures/timeline-events.ts'
import { hitsOf, minuteUs, secondUs, type Timed, times, withParameters } from './events.ts'

const bomb = (events: readonly Timed[]) => hitsOf(new ForkBomb(defaultParameters), events)

const begun = (count: number, stepUs: number, from = 0, process = {}): readonly Timed[] =>
  times(count, (n) => [exec({ pid: from + n, ...process }), n * stepUs])
const ended = (count: number, from = 0, atUs = 0): readonly Timed[] =>
  times(count, (n) => [exit({ pid: from + n }), atUs])

t.test('five hundred live, half of them since a minute', async (t) => {
  t.strictSame(bomb(begun(499, 1_000)), [])
  t.strictSame(bomb(begun(2_000, 1_000)), [
    {
      at: 499,
      key: {},
      reason: '500 processes live, 500 more than at the beginning of a window of 60 s',
    },
  ])
})

t.test('beside many that live already', async (t) => {
  const lived = begun(400, 0, 0, { snapshot: true })
  t.strictSame(
    bomb([...lived, ...begun(300, 1_000, 400)]).map(({ at }) => at),
    [400 + 249],
  )
})

t.test('ends of what never executed anything', async (t) => {
  const forks = times(12_000, (n): Timed => [exit({ pid: n }, { forked: true }), n])
  t.strictSame(bomb(forks), [
    {
      at: 9_999,
      key: {},
      reason: '10000 processes that only had been forked ended within 60 s',
    },
  ])
})

/** Each ends at once. */
const shortLived = (count: number, from = 0): readonly Timed[] =>
  begun(count, 1_000, from).flatMap((one, n): readonly Timed[] => [
    one,
    [exit({ pid: from + n }), n * 1_000],
  ])

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['a script’s programs', shortLived(20_000)],
  ['one that executes again and again', times(5_000, (n) => [exec({ pid: 1 }), n])],
  ['what lived when Mayfly began', begun(5_000, 0, 0, { snapshot: true })],
  ['growth over hours', begun(1_000, minuteUs)],
  [
    'many that live, with the coming and going of others',
    [...begun(600, 0, 0, { snapshot: true }), ...shortLived(2_000, 1_000)],
  ],
  ['in many containers', times(5_000, (n) => [exec({ pid: n }, { containerId: `c${n % 50}` }), n])],
]

t.test('what is no fork bomb', async (t) => {
  for (const [name, events] of quiet) t.strictSame(bomb(events), [], name)
})

t.test('a gap may hide ends: its node is counted anew, others are not', async (t) => {
  const hidden: Timed = [gap(), 1]
  t.strictSame(bomb([...begun(300, 0), hidden, ...begun(300, 0, 300)]), [])
  const elsewhere: Timed = [gap({ node: 'node-2' }), 1]
  t.equal(bomb([...begun(300, 0), elsewhere, ...begun(300, 0, 300)]).length, 1)
  const others: Timed = [gap({ affects: ['dns'] }), 1]
  t.equal(bomb([...begun(300, 0), others, ...begun(300, 0, 300)]).length, 1)
})

t.test('told once per window', async (t) => {
  const again = [...begun(600, 0), ...ended(600), ...begun(600, 0)]
  t.equal(bomb(again).length, 1)
  const later = begun(600, 0).map(([event]): Timed => [event, 90 * secondUs])
  t.equal(bomb([...begun(600, 0), ...ended(600), ...later]).length, 2)
})

t.test('who ended is forgotten', async (t) => {
  const statistic = new ForkBomb(defaultParameters)
  hitsOf(statistic, shortLived(100))
  t.equal(statistic.size, 1, 'the window’s change')
})

t.test('memory is bounded', async (t) => {
  const statistic = new ForkBomb(defaultParameters)
  hitsOf(
    statistic,
    times(5_000, (n) => [exec({ pid: n }, { containerId: `c${n}` }), 0]),
  )
  t.equal(statistic.size, 4_000)
  t.equal(statistic.evicted, 6_000)
})

t.test('never below the thresholds', async (_t) => {
  const parameters = withParameters({ 'fork-bomb.processes': 8, 'fork-bomb.forks': 8 })
  const pid = fc.nat({ max: 20 })
  const event = fc.oneof(
    pid.map((one) => exec({ pid: one })),
    fc.tuple(pid, fc.boolean()).map(([one, forked]) => exit({ pid: one }, { forked })),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat({ max: 100 }))), (events) => {
      const hits = hitsOf(
        new ForkBomb(parameters),
        events.map(([event, seconds]): Timed => [event, seconds * secondUs]),
      )
      return hits.every(({ at }) => at >= 7)
    }),
  )
})
