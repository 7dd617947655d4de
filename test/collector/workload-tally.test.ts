import fc from 'fast-check'
import t from 'tap'
import { isCounted, Tally } from '#collector/workload-tally.ts'
import { connectOutcomes, type Event } from '#proto/event.ts'
import { eventArbitraries } from '#test/fixtures/arbitrary-events.ts'
import {
  wireAccept,
  wireClose,
  wireConnect,
  wireDns,
  wireListen,
} from '#test/fixtures/socket-events.ts'
import { wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

const tallyOf = (...events: readonly Event[]): Tally => {
  const tally = new Tally()
  for (const event of events) if (isCounted(event)) tally.add(event)
  return tally
}

const latencyOf = (tally: Tally) => tally.observed.get('connectLatency')

/** `counter label label: amount`. */
const told = (tally: Tally): readonly string[] =>
  [...tally.amounts].map(
    ([{ counter, labels }, amount]) =>
      `${[counter, ...Object.values(labels)].join(' ')}: ${amount}`,
  )

for (const [what, event, expected] of [
  ['an exec', wireExec(), ['execs: 1']],
  ['an exec of before', wireExec({ snapshot: true }), []],
  ['container set-up', wireExec({ runtime: true }), []],
  ['an exit', wireExit({ exitCode: 2 }), ['exits error: 1']],
  ['an exit by a signal', wireExit({ exitCode: null, signal: 9 }), ['exits signal: 1']],
  ['a connect', wireConnect(), ['connections outbound tcp established: 1']],
  [
    'a flood',
    wireConnect({ outcome: 'refused', count: 1_204 }),
    ['connections outbound tcp refused: 1204'],
  ],
  ['a connection of before', wireConnect({ snapshot: true }), []],
  ['an accept', wireAccept({ count: 2 }), ['connections inbound tcp established: 2']],
  ['an accept of before', wireAccept({ snapshot: true }), []],
  [
    'a UDP flow, whatever outcome is claimed',
    wireConnect({ transport: 'udp' }),
    ['connections outbound udp unknown: 1'],
  ],
  [
    'a UDP flow from outside',
    wireAccept({ transport: 'udp' }),
    ['connections inbound udp unknown: 1'],
  ],
  [
    'a close',
    wireClose({ direction: 'inbound' }),
    ['sentBytes inbound tcp: 1200', 'receivedBytes inbound tcp: 88000'],
  ],
  [
    'what went on',
    wireClose({ ongoing: true, sentBytes: 1, receivedBytes: 0 }),
    ['sentBytes outbound tcp: 1'],
  ],
  [
    'a close of before counts: its bytes are of now',
    wireClose({ snapshot: true, receivedBytes: 0 }),
    ['sentBytes outbound tcp: 1200'],
  ],
  ['a close that tells no bytes', wireClose({ sentBytes: null, receivedBytes: null }), []],
  ['a lookup', wireDns({ rcode: 'NXDOMAIN', count: 3 }), ['lookups NXDOMAIN: 3']],
  ['a lookup without an answer', wireDns({ rcode: '' }), ['lookups unanswered: 1']],
  ['an rcode from whoever answers', wireDns({ rcode: 'x"} 1' }), ['lookups other: 1']],
  ['an rcode that is named as a property', wireDns({ rcode: 'constructor' }), ['lookups other: 1']],
  ['listening', wireListen(), []],
  ['a container', wireContainer(), []],
] as const) {
  t.test(`${what} counts as it should`, async (t) => t.strictSame(told(tallyOf(event)), expected))
}

t.test('sums are the same, whether made at once or merged', async (t) => {
  const events = [
    wireExec(),
    wireConnect(),
    wireConnect({ latencyUs: 5e6 }),
    wireDns(),
    wireClose(),
  ]
  const whole = tallyOf(...events, ...events)
  const merged = tallyOf(...events)
  merged.merge(tallyOf(...events))
  t.strictSame(told(merged), told(whole))
  t.strictSame(latencyOf(merged)?.read(), latencyOf(whole)?.read())
  t.equal(merged.events, 10)
  const bare = tallyOf(wireDns())
  bare.merge(tallyOf(wireConnect()))
  t.ok(latencyOf(bare) && bare.showsLife)
})

t.test('only established connects are measured', async (t) => {
  const measured = connectOutcomes.filter((outcome) => latencyOf(tallyOf(wireConnect({ outcome }))))
  t.strictSame(measured, ['established'])
  t.notOk(latencyOf(tallyOf(wireConnect({ latencyUs: null }))))
})

t.test(
  'of a flood the longest is not hidden by the mean, and number and sum are exact',
  async (t) => {
    const flood = tallyOf(wireConnect({ count: 1_001, latencyUs: 3_000, maxLatencyUs: 2_900_000 }))
    const { upTo = [], sum = 0 } = latencyOf(flood)?.read() ?? {}
    t.strictSame(
      upTo.filter(([le]) => ['0.0001', '0.0003', '0.3', '3', '+Inf'].includes(le)),
      [
        ['0.0001', 0],
        ['0.0003', 1_000],
        ['0.3', 1_000],
        ['3', 1_001],
        ['+Inf', 1_001],
      ],
    )
    t.equal(sum.toFixed(6), (3.003).toFixed(6))
  },
)

t.test('lifetimes are measured where the start is known', async (t) => {
  const one = tallyOf(wireExit({ lifetimeUs: 2_500 }), wireExit({ lifetimeUs: null }))
  const { upTo = [], sum } = one.observed.get('processLifetime')?.read() ?? {}
  t.equal(sum, 0.0025)
  t.strictSame(
    upTo.slice(0, 3),
    [
      ['0.001', 0],
      ['0.01', 1],
      ['0.1', 1],
    ],
    'one of the two',
  )
  const other = new Tally()
  other.containerStarted()
  t.ok(other.showsLife)
  other.containerEnded(null)
  t.notOk(other.observed.has('containerLifetime'))
  other.containerEnded(3e6)
  one.merge(other)
  t.equal(one.observed.get('containerLifetime')?.read().sum, 3)
  t.strictSame(told(other), ['containersStarted: 1', 'containersEnded: 2'])
})

t.test('whatever comes, amounts are finite and not negative', async () => {
  const any = fc.oneof(...Object.values(eventArbitraries))
  fc.assert(
    fc.property(fc.array(any), (events) => {
      const { amounts, observed } = tallyOf(...events)
      const observations = [...observed.values()].map((one) => one.read())
      const numbers = [
        ...amounts.values(),
        ...observations.flatMap(({ upTo, sum }) => [sum, ...upTo.map(([, count]) => count)]),
      ]
      return numbers.every((number) => Number.isFinite(number) && number >= 0)
    }),
  )
})
