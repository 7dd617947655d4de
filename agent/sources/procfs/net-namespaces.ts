/**
 * Network namespaces and who is in them: every namespace is read once, through one of its processes. Called by socket-scan.ts.
 *
 * Rule: a process may end or move to another namespace at any time, so a reading counts only if its process was in that
 * namespace before and after.
 */
import type { ProcessKey, Transport } from '#proto/event.ts'
import { readNamespace } from './namespaces.ts'
import { readNetTable, type SocketRow } from './net-table.ts'
import { isDenied, type Reading, readValue } from './proc-file.ts'

/** Processes tried for one reading; when all of them vanish, the namespace waits for the next round. */
const representativesMax = 4

export const connectionTables = ['tcp', 'tcp6', 'udp', 'udp6'] as const
export type ConnectionTableName = (typeof connectionTables)[number]

/** One table as it was at one look. */
export interface TableLook {
  readonly name: ConnectionTableName
  readonly transport: Transport
  readonly rows: readonly SocketRow[]
  /** False when rows may be missing: then an absence proves nothing. */
  readonly complete: boolean
  /** True when its end was not read. */
  readonly cut: boolean
  /** Lines that were no rows. */
  readonly malformed: number
}

/** Remembers where processes are, so that a link is read once per round and not at every look. */
export class NetNamespaces {
  readonly #root: string
  #byPid = new Map<number, { readonly startNs: number; readonly netNamespace: number }>()

  constructor(root: string) {
    this.#root = root
  }

  /** Reads the links of all processes anew at the next call of group(): setns(2) may have moved them. */
  forget(): void {
    this.#byPid.clear()
  }

  /**
   * These processes by inode of their network namespace, lowest pid first; without those where that cannot be seen.
   * @throws ProcfsError `io` when /proc as a whole fails.
   */
  group(processes: Iterable<ProcessKey>): ReadonlyMap<number, readonly ProcessKey[]> {
    const before = this.#byPid
    this.#byPid = new Map()
    const groups = new Map<number, ProcessKey[]>()
    for (const { pid, startNs } of processes) {
      const known = before.get(pid)
      const netNamespace =
        known?.startNs === startNs
          ? known.netNamespace
          : (readValue(readNamespace(this.#root, pid, 'net')) ?? 0)
      this.#byPid.set(pid, { startNs, netNamespace })
      if (netNamespace === 0) continue
      const members = groups.get(netNamespace)
      if (members === undefined) groups.set(netNamespace, [{ pid, startNs }])
      else members.push({ pid, startNs })
    }
    for (const members of groups.values()) members.sort((a, b) => a.pid - b.pid)
    return groups
  }
}

const tableLook = (
  name: ConnectionTableName,
  reading: ReturnType<typeof readNetTable>,
): TableLook => {
  const transport = name.startsWith('tcp') ? 'tcp' : 'udp'
  const { rows = [], malformed = 0, cut = false } = readValue(reading) ?? {}
  // A kernel without IPv6 has no table of it: that is complete. A refusal is not.
  const complete = !isDenied(reading) && !cut && malformed === 0
  return { name, transport, rows, complete, cut, malformed }
}

/**
 * The four tables of one network namespace, through the first of its processes that stays for long enough; undefined when none does.
 * @throws ProcfsError `io` when /proc as a whole fails.
 */
export const readNamespaceTables = (
  root: string,
  netNamespace: number,
  members: readonly ProcessKey[],
  tableBytesMax: number,
): readonly TableLook[] | undefined => {
  const isThere = (reading: Reading<number>): boolean => readValue(reading) === netNamespace
  for (const { pid } of members.slice(0, representativesMax)) {
    if (!isThere(readNamespace(root, pid, 'net'))) continue
    const looks = connectionTables.map((name) =>
      tableLook(name, readNetTable(root, pid, name, tableBytesMax)),
    )
    if (isThere(readNamespace(root, pid, 'net'))) return looks
  }
  return undefined
}
