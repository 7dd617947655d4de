/**
 * Connections without eBPF: looks at one network namespace after the other and turns what changed since its last look into records.
 * Owned and driven by the procfs source; it owns no timer.
 *
 * The kernel walks its whole socket table for every namespace (see net-table.ts), so the namespaces of one round are spread
 * over time, one per step, as the budget allows. What lives and ends between two looks is not seen.
 */
import type { Clock } from '#base/clock.ts'
import type { ProcessKey } from '#proto/event.ts'
import { type KnownSocket, NamespaceSockets } from './namespace-sockets.ts'
import { NetNamespaces, readNamespaceTables, type TableLook } from './net-namespaces.ts'
import { netTableBytesMax } from './net-table.ts'
import { ScanPace } from './scan-pace.ts'
import { SocketHolders } from './socket-holders.ts'
import { endRecord, type SocketRecord, startRecord } from './socket-records.ts'

export interface SocketScanOptions {
  readonly root: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly bootNowNs: () => number
  /** CPU time of this thread, ms. */
  readonly cpuMs: () => number
  /** Share of one core for looking at sockets. */
  readonly budget: number
  /** Shortest time between two looks at one network namespace; 5000 by default. Many namespaces take longer. */
  readonly roundMinMs?: number
  /** Most sockets remembered, of all namespaces; those beyond are counted and left out. 65,536 by default, about 300 bytes each. */
  readonly socketsMax?: number
  /** Most bytes read of one table. */
  readonly tableBytesMax?: number
  /** Most descriptors read of one process, and at one look, to find owners; 32,768 and 65,536 by default. */
  readonly descriptorsPerProcessMax?: number
  readonly descriptorsPerSearchMax?: number
}

/** Cumulative, but for `known`. */
export interface SocketCounts {
  /** Looks at one network namespace. */
  readonly looks: number
  /** Looks that gave nothing: all processes that were tried vanished, or /proc could not be read. */
  readonly failed: number
  /** Now: sockets remembered. */
  readonly known: number
  /** Sockets left out because `socketsMax` were remembered, at each look anew. */
  readonly refused: number
  /** Sockets told without a process: none of their namespace was seen to hold them. */
  readonly unowned: number
  /** Processes of which not all descriptors were read though owners were sought, at each look anew. */
  readonly processesCut: number
  /** Tables of which the end was not read. */
  readonly tablesCut: number
  /** Lines of tables that made no sense. */
  readonly malformed: number
}

/** Between two steps; a step that costs more than its budget over the longest pause exceeds it. */
const stepMinMs = 20
const stepMaxMs = 30_000
/** A socket that nobody was found to hold (the kernel's own, or passed to another namespace) is searched for this often. */
const searchesMax = 3

export class SocketScan {
  readonly #options: Required<SocketScanOptions>
  readonly #pace: ScanPace
  readonly #namespaces: NetNamespaces
  readonly #holders: SocketHolders
  readonly #byNamespace = new Map<number, NamespaceSockets>()
  /** Namespaces still to be looked at in this round. */
  #round: number[] = []
  #roundDueMs = Number.NEGATIVE_INFINITY
  /** When this round and the one before began, ns since boot. */
  #roundNs: number | undefined
  #previousRoundNs: number | undefined
  readonly #tally = { looks: 0, failed: 0, refused: 0, unowned: 0, tablesCut: 0, malformed: 0 }

  constructor(options: SocketScanOptions) {
    this.#options = {
      roundMinMs: 5000,
      socketsMax: 65_536,
      tableBytesMax: netTableBytesMax,
      descriptorsPerProcessMax: 32_768,
      descriptorsPerSearchMax: 65_536,
      ...options,
    }
    const { root, budget } = options
    this.#pace = new ScanPace({ budget, intervalMinMs: stepMinMs, intervalMaxMs: stepMaxMs })
    this.#namespaces = new NetNamespaces(root)
    this.#holders = new SocketHolders(this.#options)
  }

  get counts(): SocketCounts {
    const { processesCut } = this.#holders
    return { ...this.#tally, known: this.#size, processesCut }
  }

  /** Looks at one namespace when its time has come. `processes` are those the tracker knows already. Never throws. */
  step(processes: () => Iterable<ProcessKey>): SocketRecord[] {
    const { clock, cpuMs } = this.#options
    const startMs = clock.monotonicMs()
    if (!this.#pace.due(startMs)) return []
    if (this.#round.length === 0 && startMs < this.#roundDueMs) return []
    const startCpuMs = cpuMs()
    const records = this.#step(processes())
    this.#pace.scanned(startMs, cpuMs() - startCpuMs)
    return records
  }

  /** Everything that is open now, at once; what was known is forgotten. */
  snapshot(processes: Iterable<ProcessKey>): SocketRecord[] {
    this.clear()
    const all = [...processes]
    const records = this.#step(all)
    while (this.#round.length > 0) records.push(...this.#step(all))
    return records
  }

  clear(): void {
    this.#byNamespace.clear()
    this.#round = []
    this.#roundDueMs = Number.NEGATIVE_INFINITY
    this.#roundNs = undefined
  }

  get #size(): number {
    let size = 0
    for (const sockets of this.#byNamespace.values()) size += sockets.size
    return size
  }

  /** Looks at the next namespace of this round, or begins one. */
  #step(processes: Iterable<ProcessKey>): SocketRecord[] {
    const records: SocketRecord[] = []
    try {
      let netNamespace = this.#round.shift()
      if (netNamespace === undefined) this.#namespaces.forget()
      const groups = this.#namespaces.group(processes)
      if (netNamespace === undefined) {
        records.push(...this.#begin(groups))
        netNamespace = this.#round.shift()
      }
      const members = netNamespace === undefined ? undefined : groups.get(netNamespace)
      if (netNamespace !== undefined && members !== undefined) {
        records.push(...this.#look(netNamespace, members))
      }
    } catch {
      this.#tally.failed += 1
    }
    return records
  }

  /** Begins a round. Namespaces without a process are gone, with all their sockets. */
  #begin(groups: ReadonlyMap<number, readonly ProcessKey[]>): SocketRecord[] {
    const bootNs = this.#options.bootNowNs()
    this.#previousRoundNs = this.#roundNs
    this.#roundNs = bootNs
    this.#roundDueMs = this.#options.clock.monotonicMs() + this.#options.roundMinMs
    this.#round = [...groups.keys()]
    const records: SocketRecord[] = []
    for (const [netNamespace, sockets] of this.#byNamespace) {
      if (groups.has(netNamespace)) continue
      this.#byNamespace.delete(netNamespace)
      for (const socket of sockets.values()) {
        records.push(endRecord(socket, { bootNs, netNamespace }))
      }
    }
    return records
  }

  #look(netNamespace: number, members: readonly ProcessKey[]): SocketRecord[] {
    const { root, socketsMax, tableBytesMax, bootNowNs } = this.#options
    const bootNs = bootNowNs()
    this.#tally.looks += 1
    const tables = readNamespaceTables(root, netNamespace, members, tableBytesMax)
    if (tables === undefined) {
      this.#tally.failed += 1
      return []
    }
    const sockets = this.#byNamespace.get(netNamespace) ?? new NamespaceSockets()
    this.#byNamespace.set(netNamespace, sockets)
    const { started, ended, refused } = sockets.update(tables, {
      bootNs,
      isYoung: this.#isYoung(members),
      socketsMax: socketsMax - this.#size + sockets.size,
    })
    this.#findOwners(sockets, members)
    this.#count(tables, started, refused)
    const look = { bootNs, netNamespace }
    // Listeners before the connections they accepted.
    const order = started.toSorted(
      (a, b) => Number(b.role === 'listen') - Number(a.role === 'listen'),
    )
    return [
      ...ended.map((socket) => endRecord(socket, look)),
      ...order.map((socket) => startRecord(socket, look)),
    ]
  }

  /** Whether all of these began after the previous round: then a namespace met for the first time was not there before it. */
  #isYoung(members: readonly ProcessKey[]): boolean {
    const sinceNs = this.#previousRoundNs
    return sinceNs !== undefined && members.every(({ startNs }) => startNs > sinceNs)
  }

  /** Searches for holders of sockets that have none, or whose holder ended while they live on (inherited by others). */
  #findOwners(sockets: NamespaceSockets, members: readonly ProcessKey[]): void {
    const starts = new Map(members.map(({ pid, startNs }) => [pid, startNs]))
    const wanted = new Map<number, KnownSocket>()
    for (const socket of sockets.values()) {
      const { owner, searches, inode } = socket
      if (owner !== undefined && starts.get(owner.pid) === owner.startNs) continue
      if (searches < searchesMax) wanted.set(inode, socket)
    }
    if (wanted.size === 0) return
    const holders = this.#holders.find(new Set(wanted.keys()), members)
    for (const [inode, socket] of wanted) {
      const holder = holders.get(inode)
      socket.searches = holder === undefined ? socket.searches + 1 : 0
      socket.owner = holder ?? socket.owner
    }
  }

  #count(tables: readonly TableLook[], started: readonly KnownSocket[], refused: number): void {
    this.#tally.refused += refused
    this.#tally.unowned += started.filter(({ owner }) => owner === undefined).length
    for (const { cut, malformed } of tables) {
      this.#tally.tablesCut += Number(cut)
      this.#tally.malformed += malformed
    }
  }
}
