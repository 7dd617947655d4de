/**
 * The /proc source: the snapshot at start, the repair pass, and, where eBPF is refused, the only capture path, by scanning.
 * Driven by the agent's loop through drain(); it owns no timer.
 *
 * Rule: a scan sees what lives at that moment, and says no more than that. Coverage made of it is `sampled`; the end of a
 * process or of a connection is inferred from its absence, at the time it was missed.
 */
import type { Clock } from '#base/clock.ts'
import type { ProcessKey } from '#proto/event.ts'
import type { LossRecord, RecordSink, Source } from '../record.ts'
import { type KnownProcess, KnownProcesses, type ProcfsCounts } from './known-processes.ts'
import { listPids } from './proc-file.ts'
import { aliveRecord, byTime, exitRecord, type ProcessRecord } from './process-records.ts'
import { findVanished } from './reconcile.ts'
import { ScanPace } from './scan-pace.ts'
import type { SocketRecord } from './socket-records.ts'
import { type SocketCounts, SocketScan } from './socket-scan.ts'
import { isDead, type ProcStat } from './stat.ts'

export interface ProcfsSourceOptions {
  /** Where procfs is mounted. */
  readonly root: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** CLOCK_BOOTTIME, ns. */
  readonly bootNowNs: () => number
  /** CPU time of this thread, ms, for measuring what scans cost; the kernel's account by default. */
  readonly cpuMs?: () => number
  /** Share of one core for scanning processes, and as much again for sockets; 0.02 by default. */
  readonly budget?: number
  /** Shortest pause between scans; 20 by default. */
  readonly intervalMinMs?: number
  /** Longest pause between scans, even if they then exceed the budget; 1000 by default. */
  readonly intervalMaxMs?: number
  /** Most bytes of argv kept; 32 KiB by default. */
  readonly argvBytesMax?: number
  /** Most processes known at a time; those beyond are counted and left out. 131,072 by default, about 300 bytes each. */
  readonly processesMax?: number
  /** Most new processes read in one scan; the rest waits for the next. 512 by default: some 150 ms. */
  readonly arrivalsMax?: number
  /** Shortest time between two looks at the sockets of one network namespace; 5000 by default. */
  readonly socketRoundMinMs?: number
  /** Most sockets known at a time; those beyond are counted and left out. 65,536 by default, about 300 bytes each. */
  readonly socketsMax?: number
}

/** Every process is looked at again within this time, to notice an exec or another owner of its pid. */
const rotationMs = 5000
/** A young process is looked at in every scan: most execs follow their fork at once. */
const youthNs = 2_000_000_000
const rotationMin = 16

const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

export class ProcfsSource implements Source {
  readonly name = 'procfs'
  readonly watchingSinceNs: number
  readonly #options: Required<ProcfsSourceOptions>
  readonly #pace: ScanPace
  readonly #known: KnownProcesses
  readonly #sockets: SocketScan
  /** Made by one scan, handed out by drains; no scan starts before it is empty, which bounds it. */
  #pending: (ProcessRecord | SocketRecord)[] = []
  /** Pids still to be looked at again in this rotation. */
  #rotation: number[] = []
  #seeded = false

  /** @throws RangeError for limits that contradict each other, ProcfsError `not-a-proc` when `root` cannot be listed. */
  constructor(options: ProcfsSourceOptions) {
    this.#options = {
      cpuMs: threadCpuMs,
      budget: 0.02,
      intervalMinMs: 20,
      intervalMaxMs: 1000,
      argvBytesMax: 32_768,
      processesMax: 131_072,
      arrivalsMax: 512,
      socketRoundMinMs: 5000,
      socketsMax: 65_536,
      ...options,
    }
    this.#pace = new ScanPace(this.#options)
    this.#known = new KnownProcesses(this.#options)
    this.#sockets = new SocketScan({
      ...this.#options,
      roundMinMs: this.#options.socketRoundMinMs,
    })
    listPids(options.root)
    this.watchingSinceNs = options.bootNowNs()
  }

  get counts(): ProcfsCounts & { readonly sockets: SocketCounts } {
    return { ...this.#known.counts, sockets: this.#sockets.counts }
  }

  /** Current pause between scans, ms: how coarse the sample is. */
  get intervalMs(): number {
    return this.#pace.intervalMs
  }

  /** Everything visible, parents before their children as far as start times tell, then their sockets. */
  snapshot(sink: RecordSink): void {
    this.#seeded = true
    this.#known.clear()
    for (const stat of this.#known.readStats(listPids(this.#options.root))) {
      const reading = this.#known.learn(stat)
      if (reading === undefined) continue
      sink(aliveRecord(reading, this.#known.forked(reading)))
    }
    for (const record of this.#sockets.snapshot(this.#known.visible())) sink(record)
  }

  /** Hands over what the last scan found; scans when that is used up and the pace allows. A scan that fails is counted. */
  drain(sink: RecordSink, limit: number): boolean {
    const { clock, cpuMs } = this.#options
    const startMs = clock.monotonicMs()
    if (this.#pending.length === 0) {
      if (this.#pace.due(startMs)) {
        const startCpuMs = cpuMs()
        try {
          this.#scan()
        } catch {
          this.#known.tally.failed += 1
        }
        this.#pace.scanned(startMs, cpuMs() - startCpuMs)
      }
      // After the processes of this scan: whoever follows the records then knows the owners of these sockets.
      for (const record of this.#sockets.step(() => this.#known.visible())) {
        this.#pending.push(record)
      }
    }
    const batch = this.#pending.splice(0, Math.max(0, limit))
    for (const record of batch) sink(record)
    return this.#pending.length > 0
  }

  position(): { readonly ringId: number; readonly ringPosition: number } {
    return { ringId: 0, ringPosition: 0 }
  }

  /** Nothing to give back: /proc keeps no queue. */
  commit(): void {}

  /** Never any: a sample has no count of what it did not see, and its coverage says so. */
  losses(): readonly LossRecord[] {
    return []
  }

  /** Those of the tracker's processes that run no more. */
  reconcile(known: Iterable<ProcessKey>): { readonly vanished: readonly ProcessKey[] } {
    return { vanished: findVanished(this.#options.root, known) }
  }

  close(): void {
    this.#known.clear()
    this.#sockets.clear()
    this.#pending = []
    this.#rotation = []
  }

  #scan(): void {
    const { root, arrivalsMax } = this.#options
    this.#known.tally.scans += 1
    const scan = this.#known.tally.scans
    const seeding = !this.#seeded
    this.#seeded = true
    const arrivals: number[] = []
    for (const pid of listPids(root)) {
      const known = this.#known.get(pid)
      if (known === undefined) arrivals.push(pid)
      else known.scan = scan
    }
    for (const [pid, known] of this.#known.entries()) {
      if (known.scan !== scan) this.#leave(pid, known, this.#options.bootNowNs(), undefined)
    }
    arrivals.push(...this.#lookAgain())
    this.#known.tally.deferred += Math.max(0, arrivals.length - arrivalsMax)
    for (const stat of this.#known.readStats(arrivals.slice(0, arrivalsMax))) {
      this.#arrive(stat, seeding)
    }
    this.#pending.sort(byTime)
  }

  /** Looks again at the young and at a part of the others; returns pids that have a new owner. */
  #lookAgain(): number[] {
    const nowNs = this.#options.bootNowNs()
    if (this.#rotation.length === 0)
      this.#rotation = Array.from(this.#known.entries(), ([pid]) => pid)
    const share = Math.ceil((this.#known.size * this.#pace.intervalMs) / rotationMs)
    const pids = new Set(this.#rotation.splice(0, Math.max(rotationMin, share)))
    for (const [pid, { ignored, stat }] of this.#known.entries()) {
      if (!ignored && nowNs - stat.startNs < youthNs) pids.add(pid)
    }
    const reused: number[] = []
    for (const pid of pids) {
      const known = this.#known.get(pid)
      if (known !== undefined && this.#check(known) === 'reused') reused.push(pid)
    }
    return reused
  }

  #check(known: KnownProcess): 'same' | 'reused' {
    const { pid } = known.stat
    const nowNs = this.#options.bootNowNs()
    const stat = this.#known.readStat(pid)
    if (stat === 'unknown') return 'same'
    if (stat === undefined) {
      this.#leave(pid, known, nowNs, undefined)
      return 'same'
    }
    if (stat.startNs !== known.stat.startNs) {
      // Its pid was free before the new owner began.
      this.#leave(pid, known, Math.min(nowNs, stat.startNs), undefined)
      return 'reused'
    }
    if (known.ignored) return 'same'
    if (isDead(stat)) {
      this.#leave(pid, known, nowNs, stat)
      this.#known.ignore(stat)
      return 'same'
    }
    // An image that cannot be seen just now proves nothing; nor does a changed title or name.
    if (stat.image === '') return 'same'
    if (known.stat.image !== '' && known.stat.image !== stat.image) this.#execute(stat, nowNs)
    else known.stat = stat
    return 'same'
  }

  /** The process runs another program. If that cannot be read, what was known stays, and the next look tries again. */
  #execute(stat: ProcStat, nowNs: number): void {
    const reading = this.#known.learn(stat)
    if (reading === undefined) return
    this.#pending.push({ kind: 'exec', bootNs: nowNs, ...reading.facts })
  }

  #arrive(stat: ProcStat, seeding: boolean): void {
    const reading = this.#known.learn(stat)
    if (reading === undefined) return
    if (seeding || this.#known.forked(reading) === true) {
      this.#pending.push(aliveRecord(reading, this.#known.forked(reading)))
      return
    }
    const bootNs = reading.facts.process.startNs
    this.#pending.push({ kind: 'exec', bootNs, ...reading.facts })
  }

  #leave(pid: number, known: KnownProcess, bootNs: number, last: ProcStat | undefined): void {
    this.#known.forget(pid)
    if (!known.ignored) this.#pending.push(exitRecord(known, bootNs, last))
  }
}
