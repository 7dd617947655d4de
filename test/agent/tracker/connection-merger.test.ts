import fc from 'fast-check'
import t from 'tap'
import { type ConnectionEvent, ConnectionMerger } from '#agent/tracker/connection-merger.ts'
import type { AcceptEvent, CloseEvent, ConnectEvent } from '#proto/event.ts'

const base = {
  timeUs: 1,
  bootNs: 1000,
  source: 'ebpf',
  containerId: 'c',
  podUid: '',
  process: { pid: 7, startNs: 7 },
  transport: 'tcp',
  socket: 5,
  local: { address: '10.0.0.1', port: 40_000 },
  peer: { address: '10.0.0.2', port: 443 },
  peerName: '',
  count: 1,
  exe: '/app',
  snapshot: false,
} as const

const connect = (changes: Partial<ConnectEvent> = {}): ConnectEvent => ({
  ...base,
  kind: 'connect',
  outcome: 'established',
  latencyUs: 10,
  maxLatencyUs: 10,
  ...changes,
})
const accept = (changes: Partial<AcceptEvent> = {}): AcceptEvent => ({
  ...base,
  kind: 'accept',
  ...changes,
})
const close = (changes: Partial<CloseEvent> = {}): CloseEvent => ({
  ...base,
  kind: 'close',
  ongoing: false,
  direction: 'outbound',
  sentBytes: 1,
  receivedBytes: 2,
  sentPackets: null,
  receivedPackets: null,
  durationUs: 100,
  minDurationUs: 100,
  maxDurationUs: 100,
  closedBy: 'local',
  ...changes,
})

/** What a drain of these events hands on. */
const drain = (
  events: readonly ConnectionEvent[],
  merger = new ConnectionMerger(),
): ConnectionEvent[] => {
  const out = events.flatMap((event) => merger.take(event) ?? []) as ConnectionEvent[]
  merger.endDrain()
  return out
}

const flood = (event: () => ConnectionEvent, count: number): ConnectionEvent[] =>
  Array.from({ length: count }, event)

t.test('what a busy node does keeps every detail', async (t) => {
  const events = flood(connect, 64)
  t.strictSame(drain(events), events)
})

t.test(
  'of a flood the first keep theirs, the rest become one with sums and extremes',
  async (t) => {
    let n = 0
    const out = drain(
      flood(() => {
        n += 1
        return close({
          socket: n,
          local: { address: '10.0.0.1', port: 40_000 + n },
          durationUs: n,
          minDurationUs: n,
          maxDurationUs: n,
        })
      }, 164),
    )
    t.equal(out.length, 65)
    t.match(out[64], {
      kind: 'close',
      count: 100,
      socket: 0,
      local: { address: '10.0.0.1', port: 0 },
      peer: { port: 443 },
      sentBytes: 100,
      receivedBytes: 200,
      minDurationUs: 65,
      maxDurationUs: 164,
      durationUs: (100 * (65 + 164)) / 2,
    })
  },
)

t.test('a server’s clients differ by their port alone', async (t) => {
  let port = 1000
  const out = drain(
    flood(() => {
      port += 1
      return accept({ local: { address: 's', port: 80 }, peer: { address: 'p', port } })
    }, 100),
  )
  t.equal(out.length, 65)
  t.match(out[64], { count: 36, local: { port: 80 }, peer: { address: 'p', port: 0 } })
})

t.test('latency is the mean, in whole microseconds, and the longest', async (t) => {
  const out = drain([
    ...flood(connect, 64),
    ...[10, 20, 40].map((us) => connect({ latencyUs: us, maxLatencyUs: us })),
  ])
  t.match(out[64], { count: 3, latencyUs: 23, maxLatencyUs: 40 })
})

t.test('the only one of its kind stays as it was', async (t) => {
  const alone = connect({ peer: { address: 'x', port: 1 } })
  t.strictSame(drain([...flood(connect, 70), alone]).at(-1), alone)
})

const different: readonly (readonly [string, ConnectionEvent, ConnectionEvent])[] = [
  ['outcome', connect(), connect({ outcome: 'refused' })],
  ['process', connect(), connect({ process: { pid: 8, startNs: 7 } })],
  ['a reused pid', connect(), connect({ process: { pid: 7, startNs: 8 } })],
  ['container', connect(), connect({ containerId: 'd' })],
  ['peer', connect(), connect({ peer: { address: '10.0.0.3', port: 443 } })],
  ['peer port', connect(), connect({ peer: { address: '10.0.0.2', port: 80 } })],
  ['peer name', connect(), connect({ peerName: 'x' })],
  ['transport', connect(), connect({ transport: 'udp' })],
  ['who closed', close(), close({ closedBy: 'peer' })],
  ['direction', close(), close({ direction: 'inbound' })],
  ['kind', connect(), accept()],
]
for (const [name, one, other] of different)
  t.test(`another ${name} is another event`, async (t) => {
    const out = drain([...flood(connect, 64), one, other, one, other])
    t.strictSame(
      out.slice(64).map(({ count }) => count),
      [2, 2],
    )
  })

const kept: readonly (readonly [string, ConnectionEvent])[] = [
  ['a long connection', close({ durationUs: 1_000_001 })],
  ['one that goes on', close({ ongoing: true })],
  ['one whose beginning was not seen', close({ durationUs: null })],
  ['one that was there before', connect({ snapshot: true })],
]
for (const [name, event] of kept)
  t.test(`${name} is never merged`, async (t) => {
    t.strictSame(drain([...flood(connect, 64), event, event, event]).slice(64), [
      event,
      event,
      event,
    ])
  })

t.test('the next drain does not touch what was handed on', async (t) => {
  const merger = new ConnectionMerger()
  const first = drain(flood(connect, 70), merger)
  const before = structuredClone(first)
  drain(flood(connect, 70), merger)
  t.strictSame(first, before)
  t.equal(merger.merged, 10)
})

t.test('whatever comes, counts and bytes add up', async () => {
  const some = fc.record({
    which: fc.constantFrom('connect', 'accept', 'close'),
    port: fc.integer({ min: 1, max: 3 }),
    bytes: fc.nat(1000),
    durationUs: fc.option(fc.nat(2_000_000), { nil: null }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(some, { maxLength: 200 }), { maxLength: 4 }), (drains) => {
      const merger = new ConnectionMerger()
      for (const specs of drains) {
        const events = specs.map(({ which, port, bytes, durationUs }) => {
          const peer = { address: 'p', port }
          if (which === 'connect') return connect({ peer })
          if (which === 'accept') return accept({ local: peer })
          return close({ peer, sentBytes: bytes, durationUs })
        })
        const out = drain(structuredClone(events), merger)
        for (const kind of ['connect', 'accept', 'close'] as const) {
          const total = (list: readonly ConnectionEvent[]) =>
            list.reduce(
              (sums, event) =>
                event.kind === kind
                  ? [
                      (sums[0] ?? 0) + event.count,
                      (sums[1] ?? 0) + (event.kind === 'close' ? (event.sentBytes ?? 0) : 0),
                    ]
                  : sums,
              [0, 0],
            )
          if (String(total(out)) !== String(total(events))) return false
        }
      }
      return true
    }),
  )
})
