/** The process part of rows of `events`, as the API gives it. Pure; called by event-reader.ts. */
import { constants } from 'node:os'
import type { ProcessInfo } from '#proto/api.ts'
import { type EntryKind, type FileOrigin, processId } from '#proto/event.ts'
import { type EventRow, fileKeyOf, has } from './event-row.ts'
import { unsetLoginUid } from './event-rows.ts'

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

const namespaceNames = ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup'] as const
const stdioNames = ['stdin', 'stdout', 'stderr'] as const

const keyId = (row: EventRow, pidColumn: string, startColumn: string): string | null => {
  const key = { pid: row.number(pidColumn), startNs: row.number(startColumn) }
  return key.pid === 0 && key.startNs === 0 ? null : processId(row.text('boot'), key)
}

/** The process of rows that carry no more than its identity; null when it is unknown. */
export const bareProcess = (row: EventRow): ProcessInfo | null => {
  const id = keyId(row, 'pid', 'start_ns')
  if (id === null) return null
  const pid = row.number('pid')
  return { id, parentId: null, pid, parentPid: null, uid: null, exe: row.text('exe') }
}

/** The process of an exit, as far as its row tells. */
export const ownProcess = (row: EventRow): ProcessInfo => {
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

/** The process of an exec. `hashes` is by `fileKeyText`; null where the file could not be read. */
export const execProcess = (
  row: EventRow,
  hashes: ReadonlyMap<string, string | null>,
): ProcessInfo => {
  const own = ownProcess(row)
  const creatorId = keyId(row, 'creator_pid', 'creator_start_ns')
  const ancestorId = keyId(row, 'ancestor_pid', 'ancestor_start_ns')
  const loginUid = row.number('login_uid')
  const inodes = row.text('namespaces').split(',').map(Number)
  const sockets = row.number('stdio_sockets')
  const sha256 = hashes.get(fileKeyOf(row))
  const script = row.text('script')
  const interpreter = row.text('interpreter')
  return {
    ...own,
    ...(creatorId !== null && creatorId !== own.parentId ? { creatorId } : {}),
    ...(ancestorId === null ? {} : { ancestorId }),
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
