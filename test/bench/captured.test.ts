import t from 'tap'
import type { TimelineEvent } from '#proto/api.ts'
import { bulkShares, dnsShares, stormShares } from '../../bench/captured.ts'

const server = { address: '10.77.0.3', port: 7001 }
const client = { address: '10.77.0.2', port: 41000 }
const other = { address: '10.77.0.3', port: 7002 }
/** Only what is read. */
const event = (fields: object): TimelineEvent => fields as TimelineEvent
const outbound = { kind: 'close', direction: 'outbound', transport: 'tcp', peer: server }
const done = { operations: 10, sentBytes: 10, receivedBytes: 30, durationMs: 1 }

t.test('a storm that is there in single events, merged ones and deltas', async (t) => {
  const connect = { kind: 'connect', outcome: 'established', peer: server }
  const events = [
    event({ ...connect, count: 1 }),
    event({ ...connect, count: 9 }),
    event({ kind: 'accept', local: server, peer: client, count: 10 }),
    event({ ...outbound, count: 9, sentBytes: 9, receivedBytes: 27 }),
    event({ ...outbound, count: 1, ongoing: true, sentBytes: 1, receivedBytes: 1 }),
    event({ ...outbound, count: 1, sentBytes: 0, receivedBytes: 2 }),
  ]
  t.strictSame(stormShares(events, server, done), { connects: 1, accepts: 1, closes: 1, bytes: 1 })
})

t.test('what belongs to something else does not count, and what is missing shows', async (t) => {
  const events = [
    event({ kind: 'connect', outcome: 'refused', peer: server, count: 10 }),
    event({ kind: 'connect', outcome: 'established', peer: other, count: 10 }),
    event({ kind: 'connect', outcome: 'established', peer: server, count: 5 }),
    event({ kind: 'accept', local: other, peer: client, count: 10 }),
    event({ ...outbound, peer: other, count: 10, sentBytes: 10, receivedBytes: 30 }),
    event({ ...outbound, direction: 'inbound', peer: client, count: 10, sentBytes: 30 }),
    event({ ...outbound, count: 1, sentBytes: null, receivedBytes: null }),
  ]
  t.strictSame(stormShares(events, server, done), {
    ...{ connects: 0.5, accepts: 0, closes: 0.1, bytes: 0 },
  })
})

t.test('queries of the domain that were answered', async (t) => {
  const query = { kind: 'dns', rcode: 'NOERROR', name: 'q-1.storm.example.test', count: 1 }
  const events = [
    event({ ...query, count: 4 }),
    event({ ...query, rcode: '' }),
    event({ ...query, rcode: 'NXDOMAIN' }),
    event({ ...query, name: 'q-1.example.test' }),
    event({ ...query, name: 'brainstorm.example.test' }),
  ]
  t.strictSame(dnsShares(events, 'storm.example.test', done), { queries: 0.4 })
})

t.test('bulk', async (t) => {
  const events = [
    event({ ...outbound, sentBytes: 4, ongoing: true }),
    event({ ...outbound, sentBytes: 6 }),
    event({ ...outbound, transport: 'udp', sentBytes: 10, sentPackets: 9 }),
  ]
  t.strictSame(bulkShares(events, server, done, 'tcp'), { bytes: 1 })
  t.strictSame(bulkShares(events, server, done, 'udp'), { bytes: 1, datagrams: 0.9 })
})
