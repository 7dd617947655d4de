/**
 * Rows of `events` as the API's timeline events: the inverse of event-rows.ts, with names and hashes joined in. Pure;
 * called by timeline.ts.
 */
import { constants } from 'node:os'
import type { ContainerInfo, ProcessInfo, TimelineEvent } from '#proto/api.ts'
import {
  type ConnectOutcome,
  type EntryKind,
  type EventKind,
  type FileOrigin,
  type GapReason,
  hostContainerId,
  processId,
  type SourceName,
} from '#proto/event.ts'
import { fromStored, fromStoredList } from './cells.ts'
import { flagBits, unknownNumber, unsetLoginUid } from './event-rows.ts'
import { containerKey } from './names.ts'
import { asNumber, asText, type Cell } from './select.ts'
import { rfc3339 } from './time.ts'

/** A row by column name. */
export interface EventRow {
  number(column: string): number
  /** Decoded text of a String column. */
  text(column: string): string
  list(column: string): readonly string[]
}

/** Makes rows of arrays whose cells are in the order of `columns`. */
export const eventRowReader = (
  columns: readonly string[],
): ((cells: readonly Cell[]) => EventRow) => {
  const index = new Map(columns.map((name, place) => [name, place]))
  return (cells) => {
    const at = (column: string): Cell | undefined => cells[index.get(column) ?? -1]
    return {
      number: (column) => asNumber(at(column)),
      text: (column) => fromStored(asText(at(column))),
      list: (column) => fromStoredList(asText(at(column))),
    }
  }
}

/** Identity of an executable's content, as text: the key between exec rows and the `files` table. */
export const fileKeyText = (
  node: string,
  boot: string,
  device: number,
  inode: number,
  ctimeUs: number,
): string => `${node}\0${boot}\0${device}\0${inode}\0${ctimeUs}`

export const fileKeyOf = (row: EventRow): string =>
  fileKeyText(
    row.text('node'),
    row.text('boot'),
    row.number('file_device'),
    row.number('file_inode'),
    row.number('file_ctime_us'),
  )

/** What is joined to rows when they are read. */
export interface Joined {
  readonly names: ReadonlyMap<string, ContainerInfo>
  /** By `fileKeyText`: lower-case hex, or null where the file could not be read. */
  readonly hashes: ReadonlyMap<string, string | null>
  /** Workload by peer address, where one can be told. */
  readonly peers: ReadonlyMap<string, string>
}

const signalNames = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, value]) => [value, name]),
)
const firstRealTimeSignal = 34
const lastSignal = 64

/** `SIGKILL` for 9; null for 0 and for numbers that no signal has. */
export const signalName = (signal: number): string | null => {
  const name = signalNames.get(signal)
  if (name !== undefined) return name
  const realTime = signal >= firstRealTimeSignal && signal <= lastSignal
  return realTime ? `SIGRTMIN+${signal - firstRealTimeSignal}` : null
}

const orNull = (value: number): number | null => (value === unknownNumber ? null : value)
const has = (row: EventRow, flag: keyof typeof flagBits): boolean =>
  (row.number('flags') & flagBits[flag]) !== 0

const namespaceNames = ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup'] as const
const stdioNames = ['stdin', 'stdout', 'stderr'] as const

const keyId = (row: EventRow, pidColumn: string, startColumn: string): string | null => {
  const key = { pid: row.number(pidColumn), startNs: row.number(startColumn) }
  return key.pid === 0 && key.startNs === 0 ? null : processId(row.text('boot'), key)
}

/** The process of rows that carry no more than its identity; null when it is unknown. */
const bareProcess = (row: EventRow): ProcessInfo | null => {
  const id = keyId(row, 'pid', 'start_ns')
  if (id === null) return null
  const pid = row.number('pid')
  return { id, parentId: null, pid, parentPid: null, uid: null, exe: row.text('exe') }
}

const ownProcess = (row: EventRow): ProcessInfo => {
  const parentId = keyId(row, 'parent_pid', 'parent_start_ns')
  return {
    id: processId(row.text('boot'), { pid: row.number('pid'), startNs: row.number('start_ns') }),
    parentId,
    pid: row.number('pid'),
    parentPid: parentId === null ? null : row.number('parent_pid'),
    nsPid: row.number('ns_pid'),
    uid: row.number('uid'),
    exe: row.text('exe'),
    runtime: has(row, 'runtime'),
  }
}

const execProcess = (row: EventRow, joined: Joined): ProcessInfo => {
  const own = ownProcess(row)
  const creatorId = keyId(row, 'creator_pid', 'creator_start_ns')
  const loginUid = row.number('login_uid')
  const inodes = row.text('namespaces').split(',').map(Number)
  const sockets = row.number('stdio_sockets')
  const sha256 = joined.hashes.get(fileKeyOf(row))
  const script = row.text('script')
  const interpreter = row.text('interpreter')
  return {
    ...own,
    ...(creatorId !== null && creatorId !== own.parentId ? { creatorId } : {}),
    gid: row.number('gid'),
    euid: row.number('euid'),
    ...(loginUid === unsetLoginUid ? {} : { loginUid }),
    argv: row.list('argv'),
    argvBytes: row.number('argv_bytes'),
    argvTruncated: has(row, 'argvTruncated'),
    argvEscaped: has(row, 'argvEscaped'),
    argvRedacted: row.number('argv_redacted'),
    ...(script === '' ? {} : { script }),
    ...(interpreter === '' ? {} : { interpreter }),
    cwd: row.text('cwd'),
    tty: row.text('tty'),
    entry: row.text('entry') as EntryKind,
    snapshot: has(row, 'snapshot'),
    fileOrigin: row.text('file_origin') as FileOrigin,
    fileMode: row.number('file_mode'),
    ...(sha256 === undefined ? {} : { sha256 }),
    capabilities: `0x${BigInt(row.number('capabilities')).toString(16)}`,
    namespaces: Object.fromEntries(namespaceNames.map((name, place) => [name, inodes[place] ?? 0])),
    stdioSockets: stdioNames.filter((_, bit) => (sockets & (1 << bit)) !== 0),
  }
}

const connection = (
  row: EventRow,
  kind: 'connect' | 'accept' | 'close' | 'listen',
  joined: Joined,
) => {
  const address = row.text('peer_address')
  const peer = {
    address,
    port: row.number('peer_port'),
    name: row.text('peer_name'),
    workload: joined.peers.get(address) ?? '',
  }
  const shared = {
    process: bareProcess(row),
    transport: row.text('transport'),
    socket: row.number('socket'),
    local: { address: row.text('local_address'), port: row.number('local_port') },
  }
  switch (kind) {
    case 'listen':
      return { ...shared, kind, count: 1, phase: row.text('phase') }
    case 'accept':
      return { ...shared, kind, peer, count: row.number('count') }
    case 'connect':
      return {
        ...shared,
        kind,
        peer,
        count: row.number('count'),
        outcome: row.text('outcome') as ConnectOutcome,
        latencyUs: orNull(row.number('latency_us')),
      }
    case 'close':
      return {
        ...shared,
        kind,
        peer,
        count: row.number('count'),
        direction: row.text('direction'),
        ongoing: has(row, 'ongoing'),
        sentBytes: row.number('sent_bytes'),
        receivedBytes: row.number('received_bytes'),
        durationUs: orNull(row.number('duration_us')),
        closedBy: row.text('closed_by'),
      }
  }
}

/** One row as the API gives it. */
export const timelineEvent = (row: EventRow, joined: Joined): TimelineEvent => {
  const node = row.text('node')
  const containerId = row.text('container_id')
  const names = joined.names.get(containerKey(node, containerId))
  const base = {
    time: rfc3339(row.number('time_us')),
    source: row.text('source') as SourceName,
    node,
    namespace: names?.namespace ?? '',
    workload: names?.workload ?? '',
    workloadType: names?.workloadType ?? '',
    pod: names?.pod ?? '',
    podUid: row.text('pod_uid') || (names?.podUid ?? ''),
    container: names?.container || (containerId === hostContainerId ? hostContainerId : ''),
    containerId,
    agent: row.text('agent'),
    epoch: row.number('epoch'),
    seq: row.number('seq'),
  }
  const kind = row.text('kind') as EventKind
  switch (kind) {
    case 'exec':
      return { kind, ...base, process: execProcess(row, joined) }
    case 'exit':
      return {
        kind,
        ...base,
        process: ownProcess(row),
        exitCode: orNull(row.number('exit_code')),
        signal: row.number('signal'),
        signalName: signalName(row.number('signal')),
        coreDumped: has(row, 'coreDumped'),
        lifetimeUs: orNull(row.number('lifetime_us')),
        userUs: row.number('user_us'),
        systemUs: row.number('system_us'),
        maxRssBytes: row.number('max_rss_bytes'),
        maxRssInherited: has(row, 'maxRssInherited'),
        forked: has(row, 'forked'),
        inferred: has(row, 'inferred'),
      }
    case 'connect':
    case 'accept':
    case 'close':
    case 'listen':
      return { ...base, ...connection(row, kind, joined) }
    case 'dns':
      return {
        kind,
        ...base,
        process: bareProcess(row),
        peer: { address: row.text('peer_address'), port: row.number('peer_port') },
        name: row.text('dns_name'),
        type: row.text('dns_type'),
        rcode: row.text('dns_rcode'),
        answers: row.list('dns_answers'),
        latencyUs: orNull(row.number('latency_us')),
        count: row.number('count'),
      }
    case 'container':
      return {
        kind,
        ...base,
        phase: row.text('phase') as 'started' | 'named' | 'ended',
        image: names?.image ?? '',
        imageId: names?.imageId ?? '',
        type: names?.type ?? 'unknown',
        runtime: names?.runtime ?? '',
      }
    case 'gap':
      return {
        kind,
        ...base,
        reason: row.text('gap_reason') as GapReason,
        lost: orNull(row.number('lost')),
        from: rfc3339(row.number('from_us')),
        to: rfc3339(row.number('to_us')),
        affects: row.text('affects').split(',').filter(Boolean) as EventKind[],
      }
  }
}
