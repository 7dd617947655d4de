import t from 'tap'
import { DnsTunnel, entropyOf } from '#collector/detection/statistics/dns-tunnel.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { dayUs, dns, hitsOf, hourUs, minuteUs, type Timed, times } from './events.ts'

const tunnel = (events: readonly Timed[]) => hitsOf(new DnsTunnel(defaultParameters), events)

const chunk = (n: number) => n.toString(16).padStart(8, '0').repeat(7)
const asked = (count: number, name: (n: number) => string): readonly Timed[] =>
  times(count, (n) => [dns(name(n)), n * minuteUs])

t.test('RITA’s hundred names under one domain', async (t) => {
  t.strictSame(tunnel(asked(99, (n) => `${chunk(n)}.evil.example.com`)), [])
  const events = times(
    500,
    (n): Timed => [dns(`${chunk(n)}.x.evil.com`, { type: n % 2 ? 'TXT' : 'A' }), n],
  )
  t.strictSame(tunnel(events), [
    {
      at: 99,
      key: { domain: 'evil.com' },
      reason:
        'asked for 100 different names under evil.com within 24 h; 50 % of the questions are TXT, first labels have up to 56 characters and 0.9 bits per character',
    },
  ])
})

t.test('told once per day', async (t) => {
  const events = asked(3_000, (n) => `${chunk(n)}.evil.com`)
  t.strictSame(
    tunnel(events).map(({ at }) => at),
    [99, 24 * 60 + 99, 48 * 60 + 99],
  )
})

const expansions = (name: string) => [
  `${name}.payments.svc.cluster.local`,
  `${name}.svc.cluster.local`,
  `${name}.cluster.local`,
  `${name}.corp.example.org`,
  name,
]

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  [
    'the domain itself and 99 under it',
    asked(100, (n) => (n === 0 ? 'example.com' : `${n}.example.com`)),
  ],
  ['the same names', asked(1_000, (n) => `h${n % 99}.example.com`)],
  [
    'in other letters, with a dot',
    asked(1_000, (n) => (n % 2 ? 'A.example.com.' : 'a.EXAMPLE.com')),
  ],
  ['many domains', asked(1_000, (n) => `www.d${n}.com`)],
  [
    'a crawler’s, with search domains',
    Array.from({ length: 400 }, (_, n) => expansions(`www.d${n}.com`))
      .flat()
      .map((name, n): Timed => [dns(name), n]),
  ],
  ['addresses backwards', asked(1_000, (n) => `${n % 256}.${n >> 8}.0.9.in-addr.arpa`)],
  ['pods of a StatefulSet', asked(1_000, (n) => `db-${n}.db.payments.svc.cluster.local`)],
  ['nodes', asked(1_000, (n) => `ip-10-0-${n >> 8}-${n % 256}.eu-west-1.compute.internal`)],
  ['no names', asked(1_000, (n) => '.'.repeat(n % 255))],
]

t.test('what is no tunnel', async (t) => {
  for (const [name, events] of quiet) t.strictSame(tunnel(events), [], name)
})

t.test('a tunnel behind search domains counts each name once, under its own domain', async (t) => {
  const events = Array.from({ length: 120 }, (_, n) => expansions(`${chunk(n)}.evil.com`))
    .flat()
    .map((name, n): Timed => [dns(name), n])
  t.strictSame(
    tunnel(events).map(({ at, key }) => [at, key]),
    // Of each question, the node's suffix and the name itself are folded into one.
    [[99 * 5 + 3, { domain: 'evil.com' }]],
  )
})

t.test('disorder and a backlog beside count in their own days', async (t) => {
  const events = asked(120, (n) => `${chunk(n)}.evil.com`)
  t.equal(tunnel(events.toReversed()).length, 1)
  const half = events.map(([event], n): Timed => [event, n % 2 === 0 ? hourUs : hourUs - dayUs])
  t.strictSame(tunnel(half), [])
})

t.test('an event that stands for many is one name', async (t) => {
  t.strictSame(tunnel([[dns('a.evil.com', { count: 5_000 }), 0]]), [])
})

t.test('entropy', async (t) => {
  t.strictSame(['', 'aaaa', 'abab', 'abcdefgh'].map(entropyOf), [0, 0, 1, 3])
})

t.test('memory is bounded, with names as long as they can be', async (t) => {
  const statistic = new DnsTunnel(defaultParameters)
  const long = `${'x'.repeat(63)}.`.repeat(3)
  hitsOf(
    statistic,
    times(6_000, (n): Timed => [dns(`${long}d${n}.com`), 0]),
  )
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
  t.equal(
    statistic.take(dns('x'.repeat(100_000)), { timeUs: 0, isKnownPeer: () => false }),
    undefined,
  )
})
