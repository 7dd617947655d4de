import fc from 'fast-check'
import t from 'tap'
import {
  describeConnection,
  describeListening,
  describeLookup,
} from '#cli/render/connection-text.ts'
import type { TimelineConnection, TimelineDns } from '#proto/api.ts'
import { connectOutcomes } from '#proto/event.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'

const bare = { address: '10.1.2.3', port: 5_432, name: '', workload: '' }
const peer = (facts: Partial<NonNullable<TimelineConnection['peer']>>) => ({
  peer: { ...bare, ...facts },
})
const to = peer({})
const udp = { ...to, transport: 'udp', outcome: 'unknown', latencyUs: null } as const
const inbound = { ...accept(), kind: 'close', direction: 'inbound' } as const
const some = { sentBytes: 1, receivedBytes: 2, durationUs: 3 } as const

const connections: readonly (readonly [string, readonly TimelineConnection[], string])[] = [
  [
    'a hostile name is quoted and cannot pass for the words around it',
    [connect(peer({ name: 'x) established\x1b[2J\u202e' }))],
    "→ 10.1.2.3:5432 ($'x) established\\x1b[2J\\u{202e}') established in 400µs",
  ],
  [
    'a hostile address is escaped',
    [connect({ ...peer({ address: '\x9b1' }) })],
    '→ \\x9b1:5432 established in 400µs',
  ],
  [
    'a peer’s name, workload and kind',
    [connect(peer({ name: 'db', workload: 'pg', namespace: 'data', kind: 'pod' }))],
    '→ 10.1.2.3:5432 (db) established in 400µs (data/pg)',
  ],
  [
    'a node by its name',
    [connect(peer({ kind: 'node', node: 'node-2' }))],
    '→ 10.1.2.3:5432 established in 400µs (node node-2)',
  ],
  [
    'a kind that says more',
    [connect(peer({ kind: 'api-server' }))],
    '→ 10.1.2.3:5432 established in 400µs (api-server)',
  ],
  [
    'a kind that says no more',
    [connect(peer({ kind: 'private' }))],
    '→ 10.1.2.3:5432 established in 400µs',
  ],
  ['IPv6', [connect(peer({ address: '::1' }))], '→ [::1]:5432 established in 400µs'],
  [
    'a snapshot has no latency',
    [connect({ ...to, latencyUs: null })],
    '→ 10.1.2.3:5432 established',
  ],
  [
    'a failure',
    [connect({ ...to, outcome: 'timeout', latencyUs: 127e6 })],
    '→ 10.1.2.3:5432 timeout after 2m07s',
  ],
  [
    'an outcome that nobody saw',
    [connect({ ...to, outcome: 'unknown', latencyUs: null })],
    '→ 10.1.2.3:5432 outcome unknown',
  ],
  [
    'many alike',
    [connect({ ...to, outcome: 'refused', count: 1_204, maxLatencyUs: 3_200 })],
    '→ 10.1.2.3:5432 ×1,204 refused after 400µs on average, at most 3.2ms',
  ],
  ['accepted', [accept()], '← 10.0.0.9:41234 on port 8080 accepted'],
  [
    'many accepted share the port that is served',
    [accept({ count: 9, peer: { ...bare, port: 0 } })],
    '← 10.1.2.3 on port 8080 ×9 accepted',
  ],
  [
    'opening, bytes of each half minute, and end are summed',
    [
      connect(to),
      close({ ...to, ongoing: true, sentBytes: 100, receivedBytes: 1 }),
      close({ ...to, ongoing: true, sentBytes: 200, receivedBytes: 2 }),
      close({ ...to, sentBytes: 700, receivedBytes: 4 }),
    ],
    '→ 10.1.2.3:5432 ↑1.0 kB ↓7 B, closed by peer, established in 400µs',
  ],
  [
    'what goes on',
    [connect(to), close({ ...to, ongoing: true, closedBy: 'unknown' })],
    '→ 10.1.2.3:5432 ↑1.2 kB ↓88.0 kB, still open, established in 400µs',
  ],
  [
    'an end alone',
    [close({ ...to, closedBy: 'local' })],
    '→ 10.1.2.3:5432 ↑1.2 kB ↓88.0 kB, closed locally',
  ],
  [
    'an inbound end',
    [{ ...inbound, ...some, closedBy: 'unknown' }],
    '← 10.0.0.9:41234 on port 8080 ↑1 B ↓2 B, closed',
  ],
  [
    'bytes that nobody could tell',
    [close({ ...to, sentBytes: null, receivedBytes: null })],
    '→ 10.1.2.3:5432 closed by peer',
  ],
  [
    'one unknown part makes the sum unknown',
    [close({ ...to, ongoing: true, sentBytes: null }), close(to)],
    '→ 10.1.2.3:5432 ↓176.0 kB, closed by peer',
  ],
  [
    'many ends',
    [close({ ...to, count: 3, minDurationUs: 300, maxDurationUs: 3_200 })],
    '→ 10.1.2.3:5432 ×3 ↑1.2 kB ↓88.0 kB, each open for 300µs to 3.2ms, closed by peer',
  ],
  ['a UDP flow knows no handshake', [connect(udp)], '→ 10.1.2.3:5432 udp'],
  [
    'a UDP flow has datagrams and ends',
    [connect(udp), close({ ...udp, sentPackets: 1, receivedPackets: 0, receivedBytes: 0 })],
    '→ 10.1.2.3:5432 udp ↑1.2 kB in 1 datagram ↓0 B in 0 datagrams, ended',
  ],
]

for (const [what, events, expected] of connections) {
  t.test(what, async (t) => t.equal(describeConnection(events).text, expected))
}

t.test('failed outcomes are bad, the others not', async (t) => {
  const bad = connectOutcomes.filter((outcome) => describeConnection([connect({ outcome })]).isBad)
  t.strictSame(bad, ['refused', 'reset', 'timeout', 'unreachable', 'aborted'])
  t.notOk(describeConnection([close()]).isBad)
})

t.test('the life is that of the one connection, the latest that is known', async (t) => {
  const lifeUs = (...events: readonly TimelineConnection[]) => describeConnection(events).lifeUs
  t.equal(lifeUs(connect()), null)
  t.equal(lifeUs(connect(), close({ ongoing: true, durationUs: 30e6 })), 30e6)
  t.equal(lifeUs(close({ ongoing: true, durationUs: 30e6 }), close({ durationUs: 40e6 })), 40e6)
  t.equal(lifeUs(close({ count: 2 })), null)
  t.equal(lifeUs(close({ durationUs: null })), null)
})

t.test('what was open before, and bytes that are only a part, are marked', async (t) => {
  const flags = (...events: readonly TimelineConnection[]) => describeConnection(events).flags
  t.strictSame(flags(connect(), close({ durationUs: 60e6 })), [])
  t.strictSame(flags(close({ durationUs: 29e6 })), [])
  t.strictSame(flags(close({ durationUs: 31e6 })), ['part of its bytes'])
  t.strictSame(flags(close({ durationUs: 31e6, count: 2 })), [])
  t.strictSame(flags(accept({ snapshot: true }), close({ durationUs: 60e6 })), ['open before'])
})

t.test('listening begins and ends', async (t) => {
  const local = { address: '::', port: 53 }
  t.equal(describeListening(listen()).text, 'listening on 0.0.0.0:8080')
  t.equal(
    describeListening(listen({ phase: 'stopped', transport: 'udp', local })).text,
    'stopped listening on [::]:53 udp',
  )
  t.strictSame(describeListening(listen({ snapshot: true })).flags, ['open before'])
})

const lookups: readonly (readonly [string, Partial<TimelineDns>, string, boolean])[] = [
  [
    'a hostile name and answer',
    { name: 'a b\x07', answers: ['→ x'] },
    "A $'a b\\x07' → '→ x' (1.2ms",
    false,
  ],
  ['a found name', {}, 'A db.payments.svc → 10.1.2.3 (1.2ms', false],
  [
    'no such name, as search domains ask for many',
    { rcode: 'NXDOMAIN', answers: [] },
    'A db.payments.svc NXDOMAIN (1.2ms',
    false,
  ],
  ['no such record', { answers: [] }, 'A db.payments.svc NOERROR without answers (1.2ms', false],
  [
    'a failing server',
    { rcode: 'SERVFAIL', answers: [] },
    'A db.payments.svc SERVFAIL (1.2ms',
    true,
  ],
  ['asked again and again', { count: 3 }, 'A db.payments.svc → 10.1.2.3 ×3 (1.2ms', false],
  [
    'the root',
    { name: '', type: 'NS', answers: ['a.root', 'b.root'] },
    'NS . → a.root, b.root (1.2ms',
    false,
  ],
]

for (const [what, facts, expected, isBad] of lookups) {
  t.test(`a lookup: ${what}`, async (t) => {
    const { text, ...rest } = describeLookup(dns(facts))
    t.equal(text, `? ${expected}, server 10.96.0.10)`)
    t.equal(rest.isBad, isBad)
  })
}

t.test('an unanswered lookup is bad, and a server elsewhere is told with its port', async (t) => {
  const peer = { address: '203.0.113.9', port: 5_353 }
  t.match(describeLookup(dns({ rcode: '', answers: [], latencyUs: null, peer })), {
    text: '? A db.payments.svc unanswered (server 203.0.113.9:5353)',
    isBad: true,
  })
})

t.test('whatever the names hold, nothing reaches the terminal but text', async () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, any, any, (name, address, workload) => {
      const shown = [
        describeConnection([connect(peer({ name, address, workload }))]).text,
        describeLookup(dns({ name, answers: [address], type: workload, rcode: name })).text,
        describeListening(listen({ local: { address, port: 1 } })).text,
      ]
      return shown.every((text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text))
    }),
  )
})
