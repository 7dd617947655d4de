/**
 * Bytes of the probe's socket and DNS records to source records. Pure and total, like record-decoder.ts, which calls it:
 * undefined is counted there.
 */
import type { Endpoint } from '#proto/event.ts'
import type {
  AcceptRecord,
  CgroupKey,
  CloseRecord,
  ConnectionFacts,
  ConnectRecord,
  DnsRecord,
  ListenRecord,
} from '../record.ts'
import {
  dnsOffsets,
  headerOffsets,
  recordClosedBy,
  recordDirections,
  recordFlags,
  recordOutcomes,
  recordTransports,
  socketBytes,
  socketOffsets,
} from './record-layout.ts'
import { type RecordMemory, u16, u32, u64 } from './record-memory.ts'
import type { TextCache } from './text-cache.ts'

export type SocketRecord = ConnectRecord | AcceptRecord | CloseRecord | ListenRecord | DnsRecord
type SocketKind = Exclude<SocketRecord['kind'], 'dns'>

/** What the decoders share: texts and lists that repeat. */
export interface SocketContext {
  readonly addresses: TextCache
  readonly cgroups: (words: Uint32Array, at: number) => readonly CgroupKey[]
}

const addressBytes = 16

const endpointAt = (
  context: SocketContext,
  bytes: Buffer,
  address: number,
  port: number,
): Endpoint => ({
  address: context.addresses.get(bytes, address, address + addressBytes),
  port: u16(bytes, port),
})

const ownerAt = (words: Uint32Array, at: number): Pick<ConnectionFacts, 'process'> => {
  const pid = u32(words, at + headerOffsets.pid)
  return pid === 0 ? {} : { process: { pid, startNs: u64(words, at + headerOffsets.start_ns) } }
}

export const decodeSocket = (
  context: SocketContext,
  kind: SocketKind,
  { words, bytes }: RecordMemory,
  at: number,
  size: number,
): SocketRecord | undefined => {
  if (size < socketBytes) return undefined
  const flags = u32(words, at + headerOffsets.flags)
  const bootNs = u64(words, at + headerOffsets.boot_ns)
  const transport = recordTransports[bytes[at + socketOffsets.transport] as number]
  const direction = recordDirections[bytes[at + socketOffsets.direction] as number]
  if (transport === undefined || direction === undefined) return undefined
  const facts = {
    bootNs,
    ...ownerAt(words, at),
    cgroups: context.cgroups(words, at),
    transport,
    local: endpointAt(context, bytes, at + socketOffsets.local, at + socketOffsets.local_port),
    netNamespace: u32(words, at + socketOffsets.ns_net),
    snapshot: (flags & recordFlags.snapshot) !== 0,
  }
  if (kind === 'listen') {
    const stopped = (flags & recordFlags.listenStopped) !== 0
    return { kind, ...facts, phase: stopped ? 'stopped' : 'started' }
  }
  const connection = {
    ...facts,
    socket: u64(words, at + socketOffsets.socket),
    peer: endpointAt(context, bytes, at + socketOffsets.peer, at + socketOffsets.peer_port),
  }
  if (kind === 'accept') return { kind, ...connection }
  const beganNs = u64(words, at + socketOffsets.began_ns)
  if (kind === 'connect') {
    const outcome = recordOutcomes[bytes[at + socketOffsets.outcome] as number] ?? 'unknown'
    // A flow begins with its first datagram: nothing was waited for.
    const isMeasured = transport === 'tcp' && beganNs !== 0 && !facts.snapshot
    return { kind, ...connection, outcome, latencyNs: isMeasured ? bootNs - beganNs : null }
  }
  const isUdp = transport === 'udp'
  return {
    kind,
    ...connection,
    ongoing: (flags & recordFlags.ongoing) !== 0,
    direction,
    sentBytes: u64(words, at + socketOffsets.sent_bytes),
    receivedBytes: u64(words, at + socketOffsets.received_bytes),
    toldSentBytes: u64(words, at + socketOffsets.told_sent_bytes),
    toldReceivedBytes: u64(words, at + socketOffsets.told_received_bytes),
    sentPackets: isUdp ? u64(words, at + socketOffsets.sent_packets) : null,
    receivedPackets: isUdp ? u64(words, at + socketOffsets.received_packets) : null,
    openedNs: beganNs === 0 ? null : beganNs,
    closedBy: recordClosedBy[bytes[at + socketOffsets.closed_by] as number] ?? 'unknown',
  }
}

/** The message is a view of the memory. */
export const decodeDns = (
  context: SocketContext,
  { words, bytes }: RecordMemory,
  at: number,
  size: number,
): DnsRecord | undefined => {
  if (size < dnsOffsets.tail) return undefined
  const messageSize = u32(words, at + dnsOffsets.message_size)
  if (messageSize > size - dnsOffsets.tail) return undefined
  const isReply = (u32(words, at + headerOffsets.flags) & recordFlags.dnsReply) !== 0
  return {
    kind: 'dns',
    bootNs: u64(words, at + headerOffsets.boot_ns),
    ...ownerAt(words, at),
    cgroups: context.cgroups(words, at),
    transport: 'udp',
    local: endpointAt(context, bytes, at + dnsOffsets.local, at + dnsOffsets.local_port),
    peer: endpointAt(context, bytes, at + dnsOffsets.peer, at + dnsOffsets.peer_port),
    netNamespace: u32(words, at + dnsOffsets.ns_net),
    snapshot: false,
    socket: u64(words, at + dnsOffsets.socket),
    direction: isReply ? 'reply' : 'query',
    message: bytes.subarray(at + dnsOffsets.tail, at + dnsOffsets.tail + messageSize),
    messageBytes: u32(words, at + dnsOffsets.message_length),
  }
}
