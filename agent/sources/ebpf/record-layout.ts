/**
 * Offsets and numbers of record.bpf.h, for the decoder. A test parses the header and compares both, so neither can change
 * alone. Words are offsets in units of four bytes: records are eight-byte aligned in the ring.
 */
import { connectOutcomes, type FileOrigin, transports } from '#proto/event.ts'
import type { CloseRecord } from '../record.ts'

/** LAYOUT_VERSION: part of the pins' path. */
export const layoutVersion = 2

/** KIND_*: also the index in the map `totals`. */
export const recordKinds = [
  'exec',
  'exit',
  'fork',
  'cgroup',
  'connect',
  'accept',
  'close',
  'listen',
  'dns',
] as const
export type RecordKind = (typeof recordKinds)[number]
export const kindAlive = 100

/** FLAG_*, bit numbers as masks. */
export const recordFlags = {
  exeTruncated: 1 << 0,
  cwdTruncated: 1 << 2,
  cwdDeleted: 1 << 3,
  argvUnreadable: 1 << 4,
  forked: 1 << 5,
  maxrssInherited: 1 << 6,
  cgroupRemoved: 1 << 7,
  noFile: 1 << 8,
  stringTruncated: 1 << 9,
  snapshot: 1 << 10,
  ongoing: 1 << 11,
  listenStopped: 1 << 12,
  dnsReply: 1 << 13,
} as const

/** ORIGIN_*, by value. */
export const recordOrigins: readonly FileOrigin[] = [
  'unknown',
  'image',
  'copied-up',
  'dropped',
  'volume',
  'memfd',
]

/** TRANSPORT_*, DIRECTION_*, OUTCOME_* and CLOSED_BY_*, by value. */
export const recordTransports = transports
export const recordDirections: readonly CloseRecord['direction'][] = [
  'unknown',
  'outbound',
  'inbound',
]
export const recordOutcomes = connectOutcomes
export const recordClosedBy: readonly CloseRecord['closedBy'][] = ['unknown', 'local', 'peer']

/** UNTRACKED_*, by index in the map `untracked`: what the kernel's maps had no room for, or had wrong. */
export const untrackedNames = [
  'sockets',
  'listeners',
  'datagram_sockets',
  'flows',
  'packets',
  'stale',
] as const
export type UntrackedName = (typeof untrackedNames)[number]

/** ARGV_MAX: bytes of the argument area that are kept. */
export const argvBytesMax = 8192

/** struct record_header, byte offsets. */
export const headerOffsets = {
  kind: 0,
  flags: 4,
  boot_ns: 8,
  start_ns: 16,
  parent_start_ns: 24,
  pid: 32,
  parent_pid: 36,
  cgroup_id: 40,
  v1_cgroup_id: 48,
  v1_hierarchy: 56,
  ns_pid: 60,
} as const
export const headerBytes = 64

export const forkOffsets = { creator_start_ns: 64, creator_pid: 72 } as const
export const forkBytes = 80

export const exitOffsets = {
  status: 64,
  uid: 68,
  user_ns: 72,
  system_ns: 80,
  run_ns: 88,
  maxrss_pages: 96,
  comm: 104,
} as const
export const exitBytes = 120

export const cgroupOffsets = { path_size: 64, tail: 72 } as const

export const programOffsets = {
  uid: 64,
  gid: 68,
  euid: 72,
  login_uid: 76,
  capabilities: 80,
  ns_mnt: 88,
  ns_pidns: 92,
  ns_net: 96,
  ns_user: 100,
  ns_uts: 104,
  ns_ipc: 108,
  ns_cgroup: 112,
  device: 116,
  inode: 120,
  ctime_seconds: 128,
  ctime_ns: 136,
  mode: 140,
  origin: 142,
  stdio_sockets: 143,
  argv_length: 144,
  argv_size: 148,
  exe_size: 152,
  cwd_size: 156,
  script_size: 160,
  interpreter_size: 164,
  comm: 168,
  tty: 184,
  tail: 208,
} as const
export const commBytes = 16
export const ttyBytes = 24

export const socketOffsets = {
  socket: 64,
  began_ns: 72,
  sent_bytes: 80,
  received_bytes: 88,
  told_sent_bytes: 96,
  told_received_bytes: 104,
  sent_packets: 112,
  received_packets: 120,
  local: 128,
  peer: 144,
  local_port: 160,
  peer_port: 162,
  transport: 164,
  direction: 165,
  outcome: 166,
  closed_by: 167,
  ns_net: 168,
} as const
export const socketBytes = 176

export const dnsOffsets = {
  socket: 64,
  local: 72,
  peer: 88,
  local_port: 104,
  peer_port: 106,
  ns_net: 108,
  message_length: 112,
  message_size: 116,
  tail: 120,
} as const

/** struct program_record with a full tail: no record is larger. */
export const recordBytesMax = 208 + 8192 + 2 * 4096 + 256 + 1024 + 256

/** frame_header, before each record of the task iterator. */
export const frameHeaderBytes = 8
