/**
 * Events as rows of the `events` table, in TabSeparated: the fastest text that the embedded engine takes. Columns are
 * grouped so that a row is a few templates; a group that a kind does not use is a run of empty cells, which read as the
 * column's default (input_format_tsv_empty_as_default). event-reader.ts is the inverse. Called by inserter.ts.
 */
import type {
  AcceptEvent,
  CloseEvent,
  ConnectEvent,
  DnsEvent,
  Event,
  ExecEvent,
  ExitEvent,
  FactKind,
  FileKey,
  GapEvent,
  ListenEvent,
  PodEvent,
  ProcessKey,
} from '#proto/event.ts'
import { cell, listCell } from './cells.ts'
import type { AgentChunk } from './store.ts'

const headColumns =
  'receive_day kind time_us boot_ns source container_id pod_uid agent node boot epoch seq'
const processColumns = 'pid start_ns exe parent_pid parent_start_ns ns_pid uid flags'
const execColumns =
  'creator_pid creator_start_ns entry gid euid login_uid capabilities namespaces file_device file_inode file_ctime_us ' +
  'file_mode file_origin argv argv_bytes argv_redacted script interpreter cwd tty stdio_sockets ' +
  'ancestor_pid ancestor_start_ns'
const exitColumns = 'exit_code signal lifetime_us user_us system_us max_rss_bytes'
const connectionColumns =
  'transport socket local_address local_port peer_address peer_port peer_name count outcome latency_us max_latency_us ' +
  'direction sent_bytes received_bytes sent_packets received_packets duration_us min_duration_us max_duration_us closed_by phase'
const dnsColumns = 'dns_name dns_type dns_rcode dns_answers'
const gapColumns = 'gap_reason lost from_us to_us affects replaces'
const podColumns = 'reason message severity reporter'
/** Filled in the last row of each range by inserter.ts; always the last cell. */
const ledgerColumns = 'acked'

const groups = [
  headColumns,
  processColumns,
  execColumns,
  exitColumns,
  connectionColumns,
  dnsColumns,
  gapColumns,
  podColumns,
  ledgerColumns,
].map((names) => names.split(' '))

/** All stored columns of `events`, in the order of a row's cells. */
export const eventColumns: readonly string[] = groups.flat()

const [
  ,
  noProcess = '',
  noExec = '',
  noExit = '',
  noConnection = '',
  noDns = '',
  noGap = '',
  noPod = '',
] = groups.map((names) => '\t'.repeat(names.length - 1))

/** Bits of the `flags` column. */
export const flagBits = {
  snapshot: 1,
  runtime: 2,
  argvTruncated: 4,
  argvEscaped: 8,
  coreDumped: 16,
  maxRssInherited: 32,
  forked: 64,
  inferred: 128,
  ongoing: 256,
} as const

/** How null is stored in the Int64 columns that may be unknown: exit codes, durations, losses are never negative. */
export const unknownNumber = -1
/** The kernel's own mark for an unset audit login uid. */
export const unsetLoginUid = 4_294_967_295

const execFlags = (event: ExecEvent): number =>
  (event.snapshot ? flagBits.snapshot : 0) |
  (event.runtime ? flagBits.runtime : 0) |
  (event.argvTruncated ? flagBits.argvTruncated : 0) |
  (event.argvEscaped ? flagBits.argvEscaped : 0)

const exitFlags = (event: ExitEvent): number =>
  (event.runtime ? flagBits.runtime : 0) |
  (event.coreDumped ? flagBits.coreDumped : 0) |
  (event.maxRssInherited ? flagBits.maxRssInherited : 0) |
  (event.forked ? flagBits.forked : 0) |
  (event.inferred ? flagBits.inferred : 0)

/** Exact decimal text of a non-negative integer that may exceed 2^53. */
const number = (value: number): string | number =>
  value <= Number.MAX_SAFE_INTEGER ? value : BigInt(value).toString()

const orUnknown = (value: number | null): number => value ?? unknownNumber

const keyCells = (key: ProcessKey | undefined): string =>
  key === undefined ? '0\t0' : `${key.pid}\t${number(key.startNs)}`

const fileCells = (file: FileKey | undefined): string =>
  file === undefined ? '0\t0\t0' : `${file.device}\t${number(file.inode)}\t${file.ctimeUs}`

/** Events that become rows of `events`; file and coverage facts have tables of their own. */
export type RowEvent = Exclude<Event, { readonly kind: FactKind }>

export const isRowEvent = (event: Event): event is RowEvent =>
  event.kind !== 'file' && event.kind !== 'coverage'

/** The cells that every row of one chunk shares, computed once. */
export interface RowContext {
  readonly receiveDay: string
  readonly agentCells: string
}

export const rowContext = (chunk: AgentChunk, receiveDay: string): RowContext => ({
  receiveDay,
  agentCells: `${cell(chunk.agent)}\t${cell(chunk.node)}\t${cell(chunk.boot)}\t${chunk.epoch}`,
})

/** One line of TabSeparated, with its newline; its last cell is empty, see `withAcked`. */
export const eventRow = (context: RowContext, event: RowEvent, seq: number): string =>
  `${context.receiveDay}\t${event.kind}\t${event.timeUs}\t${number(event.bootNs)}\t${event.source}\t${cell(event.containerId)}\t${cell(event.podUid)}\t${context.agentCells}\t${seq}\t${body(event)}\t\n`

/** The same line with the entry of `acked` that it carries. */
export const withAcked = (line: string, entry: string): string =>
  `${line.slice(0, -1)}${cell(entry)}\n`

const body = (event: RowEvent): string => {
  switch (event.kind) {
    case 'exec':
      return `${execProcess(event)}\t${execCells(event)}\t${noExit}\t${noConnection}\t${noDns}\t${noGap}\t${noPod}`
    case 'exit':
      return `${exitProcess(event)}\t${noExec}\t${exitCells(event)}\t${noConnection}\t${noDns}\t${noGap}\t${noPod}`
    case 'connect':
    case 'accept':
    case 'close':
    case 'listen':
      return `${otherProcess(event)}\t${noExec}\t${noExit}\t${connectionCells(event)}\t${noDns}\t${noGap}\t${noPod}`
    case 'dns':
      return `${otherProcess(event)}\t${noExec}\t${noExit}\t${dnsPeerCells(event)}\t${dnsCells(event)}\t${noGap}\t${noPod}`
    case 'container':
      return `${noProcess}\t${noExec}\t${noExit}\t${noConnection}${cell(event.phase)}\t${noDns}\t${noGap}\t${noPod}`
    case 'gap':
      return `${noProcess}\t${noExec}\t${noExit}\t${noConnection}\t${noDns}\t${gapCells(event)}\t${noPod}`
    case 'pod':
      return podBody(event)
  }
}

const execProcess = (event: ExecEvent): string =>
  `${keyCells(event.process)}\t${cell(event.exe)}\t${keyCells(event.parent)}\t${event.nsPid}\t${event.uid}\t${execFlags(event)}`

const exitProcess = (event: ExitEvent): string =>
  `${keyCells(event.process)}\t${cell(event.exe)}\t${keyCells(event.parent)}\t${event.nsPid}\t${event.uid}\t${exitFlags(event)}`

type SocketEvent = ConnectEvent | AcceptEvent | CloseEvent | ListenEvent

const otherFlags = (event: SocketEvent | DnsEvent): number =>
  (event.kind === 'close' && event.ongoing ? flagBits.ongoing : 0) |
  (event.kind !== 'dns' && event.snapshot ? flagBits.snapshot : 0)

const otherProcess = (event: SocketEvent | DnsEvent): string =>
  `${keyCells(event.process)}\t${cell(event.exe)}\t0\t0\t0\t0\t${otherFlags(event)}`

const execCells = (event: ExecEvent): string => {
  const { mnt, pid, net, user, uts, ipc, cgroup } = event.namespaces
  return `${keyCells(event.creator)}\t${event.entry}\t${event.gid}\t${event.euid}\t${event.loginUid ?? unsetLoginUid}\t${number(event.capabilities)}\t${mnt},${pid},${net},${user},${uts},${ipc},${cgroup}\t${fileCells(event.file)}\t${event.fileMode}\t${event.fileOrigin}\t${listCell(event.argv)}\t${event.argvBytes}\t${event.argvRedacted}\t${cell(event.script ?? '')}\t${cell(event.interpreter ?? '')}\t${cell(event.cwd)}\t${cell(event.tty)}\t${event.stdioSockets}\t${keyCells(event.ancestor)}`
}

const exitCells = (event: ExitEvent): string =>
  `${orUnknown(event.exitCode)}\t${event.signal}\t${orUnknown(event.lifetimeUs)}\t${number(event.userUs)}\t${number(event.systemUs)}\t${number(event.maxRssBytes)}`

const connectionCells = (event: SocketEvent): string => {
  const local = `${event.transport}\t${event.kind === 'listen' ? 0 : number(event.socket)}\t${cell(event.local.address)}\t${event.local.port}`
  if (event.kind === 'listen') return `${local}${'\t'.repeat(17)}${event.phase}`
  const peer = `${cell(event.peer.address)}\t${event.peer.port}\t${cell(event.peerName)}\t${event.count}`
  switch (event.kind) {
    case 'connect':
      return `${local}\t${peer}\t${event.outcome}\t${orUnknown(event.latencyUs)}\t${orUnknown(event.maxLatencyUs)}${'\t'.repeat(10)}`
    case 'accept':
      return `${local}\t${peer}${'\t'.repeat(13)}`
    case 'close':
      return `${local}\t${peer}\t\t\t\t${event.direction}\t${orUnknown(event.sentBytes)}\t${orUnknown(event.receivedBytes)}\t${orUnknown(event.sentPackets)}\t${orUnknown(event.receivedPackets)}\t${orUnknown(event.durationUs)}\t${orUnknown(event.minDurationUs)}\t${orUnknown(event.maxDurationUs)}\t${event.closedBy}\t`
  }
}

const dnsPeerCells = (event: DnsEvent): string =>
  `\t\t\t\t${cell(event.peer.address)}\t${event.peer.port}\t\t${event.count}\t\t${orUnknown(event.latencyUs)}${'\t'.repeat(11)}`

const dnsCells = (event: DnsEvent): string =>
  `${cell(event.name)}\t${cell(event.type)}\t${cell(event.rcode)}\t${listCell(event.answers)}`

/** A count, a time and an exit code have columns already. */
export const podBody = (event: PodEvent): string =>
  `${noProcess}\t${noExec}\t${orUnknown(event.exitCode)}\t\t\t\t\t\t${'\t'.repeat(7)}${event.count}${'\t'.repeat(13)}\t${noDns}\t\t\t${event.firstUs}\t\t\t\t${cell(event.reason)}\t${cell(event.message)}\t${event.severity}\t${cell(event.reporter)}`

const gapCells = (event: GapEvent): string =>
  `${event.reason}\t${orUnknown(event.lost)}\t${event.fromUs}\t${event.toUs}\t${event.affects.join(',')}\t${event.replaces}`
