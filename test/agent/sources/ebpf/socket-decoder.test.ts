import fc from 'fast-check'
import t from 'tap'
import { RecordDecoder } from '#agent/sources/ebpf/record-decoder.ts'
import {
  dnsOffsets,
  headerOffsets,
  recordFlags,
  recordKinds,
  socketBytes,
  socketOffsets,
} from '#agent/sources/ebpf/record-layout.ts'

const kindOf = (name: (typeof recordKinds)[number]): number => recordKinds.indexOf(name)

const decode = (bytes: Buffer, size = bytes.length) => {
  const decoder = new RecordDecoder({ pageBytes: 4096 })
  const memory = Buffer.from(new ArrayBuffer((bytes.length + 3) & ~3))
  bytes.copy(memory)
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length >> 2)
  return { record: decoder.decode({ words, bytes: memory }, 0, size), errors: decoder.errors }
}

const ipv4 = (bytes: Buffer, at: number, ...parts: readonly number[]): void => {
  bytes.writeUInt16BE(0xffff, at + 10)
  for (const [index, part] of parts.entries()) bytes.writeUInt8(part, at + 12 + index)
}

const socketRecord = (kind: (typeof recordKinds)[number], flags = 0): Buffer => {
  const bytes = Buffer.alloc(socketBytes)
  bytes.writeUInt32LE(kindOf(kind), headerOffsets.kind)
  bytes.writeUInt32LE(flags, headerOffsets.flags)
  bytes.writeBigUInt64LE(5_000n, headerOffsets.boot_ns)
  bytes.writeUInt32LE(42, headerOffsets.pid)
  bytes.writeBigUInt64LE(7n, headerOffsets.start_ns)
  bytes.writeBigUInt64LE(99n, headerOffsets.cgroup_id)
  bytes.writeBigUInt64LE(123n, socketOffsets.socket)
  bytes.writeBigUInt64LE(2_000n, socketOffsets.began_ns)
  bytes.writeBigUInt64LE(1_000n, socketOffsets.sent_bytes)
  bytes.writeBigUInt64LE(2n ** 40n, socketOffsets.received_bytes)
  bytes.writeBigUInt64LE(10n, socketOffsets.told_sent_bytes)
  bytes.writeBigUInt64LE(20n, socketOffsets.told_received_bytes)
  bytes.writeBigUInt64LE(3n, socketOffsets.sent_packets)
  bytes.writeBigUInt64LE(4n, socketOffsets.received_packets)
  ipv4(bytes, socketOffsets.local, 10, 0, 0, 1)
  bytes.writeUInt16BE(0x2001, socketOffsets.peer)
  bytes.writeUInt8(1, socketOffsets.peer + 15)
  bytes.writeUInt16LE(40_000, socketOffsets.local_port)
  bytes.writeUInt16LE(443, socketOffsets.peer_port)
  bytes.writeUInt8(2, socketOffsets.direction)
  bytes.writeUInt8(2, socketOffsets.outcome)
  bytes.writeUInt8(2, socketOffsets.closed_by)
  bytes.writeUInt32LE(4_026_531_833, socketOffsets.ns_net)
  return bytes
}

const shared = {
  bootNs: 5_000,
  process: { pid: 42, startNs: 7 },
  cgroups: [{ hierarchy: 0, id: 99 }],
  transport: 'tcp',
  local: { address: '10.0.0.1', port: 40_000 },
  netNamespace: 4_026_531_833,
  snapshot: false,
}
const connection = { ...shared, socket: 123, peer: { address: '2001::1', port: 443 } }

t.test('connect: outcome and the time it took', async (t) => {
  t.strictSame(decode(socketRecord('connect')).record, {
    kind: 'connect',
    ...connection,
    outcome: 'refused',
    latencyNs: 3_000,
  })
})

t.test('a connect that was met, or is a flow, has no latency', async (t) => {
  const met = socketRecord('connect', recordFlags.snapshot)
  t.match(decode(met).record, { snapshot: true, latencyNs: null })
  const flow = socketRecord('connect')
  flow.writeUInt8(1, socketOffsets.transport)
  t.match(decode(flow).record, { transport: 'udp', latencyNs: null })
})

t.test('accept', async (t) => {
  t.strictSame(decode(socketRecord('accept')).record, { kind: 'accept', ...connection })
})

t.test('close: totals, and what of them was told', async (t) => {
  t.strictSame(decode(socketRecord('close', recordFlags.ongoing)).record, {
    kind: 'close',
    ...connection,
    ongoing: true,
    direction: 'inbound',
    sentBytes: 1_000,
    receivedBytes: 2 ** 40,
    toldSentBytes: 10,
    toldReceivedBytes: 20,
    sentPackets: null,
    receivedPackets: null,
    openedNs: 2_000,
    closedBy: 'peer',
  })
})

t.test('a flow has datagrams; a connection of unknown age no beginning', async (t) => {
  const bytes = socketRecord('close')
  bytes.writeUInt8(1, socketOffsets.transport)
  bytes.writeBigUInt64LE(0n, socketOffsets.began_ns)
  t.match(decode(bytes).record, { sentPackets: 3, receivedPackets: 4, openedNs: null })
})

t.test('listen has no peer', async (t) => {
  t.strictSame(decode(socketRecord('listen', recordFlags.listenStopped)).record, {
    kind: 'listen',
    ...shared,
    phase: 'stopped',
  })
})

t.test('nobody owns it: the process is absent, not pid 0', async (t) => {
  const bytes = socketRecord('accept')
  bytes.writeUInt32LE(0, headerOffsets.pid)
  t.notOk('process' in (decode(bytes).record ?? { process: 1 }))
})

t.test('dns: the message is what was kept, its length what was sent', async (t) => {
  const bytes = Buffer.alloc(dnsOffsets.tail + 8)
  bytes.writeUInt32LE(kindOf('dns'), headerOffsets.kind)
  bytes.writeUInt32LE(recordFlags.dnsReply, headerOffsets.flags)
  bytes.writeUInt32LE(3_000, dnsOffsets.message_length)
  bytes.writeUInt32LE(5, dnsOffsets.message_size)
  bytes.write('hello', dnsOffsets.tail)
  ipv4(bytes, dnsOffsets.local, 127, 0, 0, 1)
  ipv4(bytes, dnsOffsets.peer, 127, 0, 0, 53)
  bytes.writeUInt16LE(53, dnsOffsets.peer_port)
  const { record } = decode(bytes)
  t.match(record, {
    kind: 'dns',
    direction: 'reply',
    messageBytes: 3_000,
    peer: { address: '127.0.0.53', port: 53 },
  })
  t.equal(record?.kind === 'dns' && Buffer.from(record.message).toString(), 'hello')
})

const broken: readonly (readonly [string, () => Buffer])[] = [
  ['a record that is cut', () => socketRecord('close').subarray(0, socketBytes - 8)],
  [
    'a transport that there is not',
    () => {
      const bytes = socketRecord('connect')
      bytes.writeUInt8(9, socketOffsets.transport)
      return bytes
    },
  ],
  [
    'a direction that there is not',
    () => {
      const bytes = socketRecord('close')
      bytes.writeUInt8(3, socketOffsets.direction)
      return bytes
    },
  ],
  [
    'a message longer than its record',
    () => {
      const bytes = Buffer.alloc(dnsOffsets.tail + 4)
      bytes.writeUInt32LE(kindOf('dns'), headerOffsets.kind)
      bytes.writeUInt32LE(5, dnsOffsets.message_size)
      return bytes
    },
  ],
]
for (const [name, make] of broken)
  t.test(`${name} is counted, not guessed`, async (t) => {
    t.strictSame(decode(make()), { record: undefined, errors: 1 })
  })

t.test('whatever the bytes are, there is a record or a count', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 400 }),
      fc.integer({ min: 4, max: 9 }),
      (random, kind) => {
        const bytes = Buffer.from(random)
        bytes.writeUInt32LE(kind, headerOffsets.kind)
        const { record, errors } = decode(bytes)
        return (record === undefined) === (errors === 1)
      },
    ),
  )
})
