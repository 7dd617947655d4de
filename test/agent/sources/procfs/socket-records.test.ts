import t from 'tap'
import type { KnownSocket } from '#agent/sources/procfs/namespace-sockets.ts'
import { endRecord, startRecord } from '#agent/sources/procfs/socket-records.ts'

const local = { address: '10.0.0.1', port: 50000 }
const peer = { address: '10.0.0.9', port: 443 }
const owner = { pid: 7, startNs: 10_000_000 }
const look = { bootNs: 9e9, netNamespace: 5 }

const socket = (change: Partial<KnownSocket> = {}): KnownSocket => ({
  inode: 77,
  table: 'tcp',
  transport: 'tcp',
  role: 'outbound',
  local,
  peer,
  firstSeenNs: 8e9,
  owner,
  searches: 0,
  look: 1,
  ...change,
})

const where = { process: owner, cgroups: [], transport: 'tcp', local, ...look } as const

t.test('a socket that began', async (t) => {
  t.strictSame(startRecord(socket(), look), {
    kind: 'connect',
    socket: 77,
    peer,
    outcome: 'established',
    latencyNs: null,
    snapshot: false,
    ...where,
  })
  t.strictSame(startRecord(socket({ role: 'inbound' }), look), {
    kind: 'accept',
    socket: 77,
    peer,
    snapshot: false,
    ...where,
  })
  t.strictSame(startRecord(socket({ role: 'listen' }), look), {
    kind: 'listen',
    phase: 'started',
    snapshot: false,
    ...where,
  })
})

t.test('UDP has no handshake, and what was there before is a snapshot', async (t) => {
  t.match(startRecord(socket({ transport: 'udp' }), look), { transport: 'udp', outcome: 'unknown' })
  for (const role of ['outbound', 'inbound', 'listen'] as const) {
    t.equal(startRecord(socket({ role, firstSeenNs: null }), look).snapshot, true, role)
    t.equal(endRecord(socket({ role, firstSeenNs: null }), look).snapshot, false, role)
  }
})

t.test('a socket that ended', async (t) => {
  const close = {
    kind: 'close',
    socket: 77,
    peer,
    ongoing: false,
    direction: 'outbound',
    sentBytes: null,
    receivedBytes: null,
    toldSentBytes: 0,
    toldReceivedBytes: 0,
    sentPackets: null,
    receivedPackets: null,
    openedNs: 8e9,
    closedBy: 'unknown',
    snapshot: false,
    ...where,
  }
  t.strictSame(endRecord(socket(), look), close)
  t.strictSame(endRecord(socket({ role: 'inbound', firstSeenNs: null }), look), {
    ...close,
    direction: 'inbound',
    openedNs: null,
  })
  t.strictSame(endRecord(socket({ role: 'listen' }), look), {
    kind: 'listen',
    phase: 'stopped',
    snapshot: false,
    ...where,
  })
})

t.test('a process that is not known is left out', async (t) => {
  for (const record of [startRecord, endRecord]) {
    t.notOk('process' in record(socket({ owner: undefined }), look))
  }
})
