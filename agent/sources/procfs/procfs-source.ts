/**
 * The /proc source: the snapshot at start, the repair pass, and, where eBPF is refused, the only capture path, by scanning.
 * Driven by the agent's loop through drain(); it owns no timer.
 *
 * Rule: a scan sees what lives at that moment, and says no more than that. Coverage made of it is `sampled`; the end of a
 * process is inferred from its absence, at the time it was missed.
 */
import type { Clock } from '#base/clock.ts'
import type { ProcessKey } from '#proto/event.ts'
import type {
  AliveRecord,
  ExecRecord,
  ExitRecord,
  LossRecord,
  RecordSink,
  Source,
  SourceRecord,
} from '../record.ts'
import { isDenied, listPids } from './proc-file.ts'
import { type ProgramReading, readProgram } from './program-reader.ts'
import { findVanished } from './reconcile.ts'
import { ScanPace } from './scan-pace.ts'
import { isDead, type ProcStat, readStat } from './stat.ts'

export interface ProcfsSourceOptions {
  /** Where procfs is mounted. */
  readonly root: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** CLOCK_BOOTTIME, ns. */
  readonly bootNowNs: () => number
  /** CPU time of this thread, ms, for measuring what scans cost; the kernel's account by default. */
  readonly cpuMs?: () => number
  /** Share of one core for scanning; 0.02 by default. */
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
}

/** Cumulative, but for `restricted` and `known`. */
export interface ProcfsCounts {
  readonly scans: number
  /** Processes seen in the listing that ended before they were read. */
  readonly vanished: number
  /** Processes whose executable this agent was not allowed to see, ever. */
  readonly denied: number
  /** Reads that failed for another reason than an end or a refusal: malformed files, I/O errors. */
  readonly failed: number
  readonly kernelThreads: number
  /** Zombies that were never seen alive. */
  readonly zombies: number
  /** New processes put off to the next scan. */
  readonly deferred: number
  /** New processes left out because `processesMax` were known. */
  readonly untracked: number
  /** Now: known processes, and how many of them may not be looked into. */
  readonly known: number
  readonly restricted: number
}

/** Every process is looked at again within this time, to notice an exec or another owner of its pid. */
const rotationMs = 5000
/** A young process is looked at in every scan: most execs follow their fork at once. */
const youthNs = 2_000_000_000
const rotationMin = 16

interface KnownProcess {
  stat: ProcStat
  /** Kernel threads and zombies are remembered only so as not to be read again. */
  readonly ignored: boolean
  readonly parent: ProcessKey | undefined
  readonly nsPid: number
  readonly uid: number
  readonly denied: boolean
  /** The scan that saw it last. */
  scan: number
}

type Tally = { -readonly [K in keyof Omit<ProcfsCounts, 'known' | 'restricted'>]: number }

const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Oldest first; what ends makes room for what begins in the same tick. */
const byTime = (a: SourceRecord, b: SourceRecord): number => {
  const [aNs, bNs] = ['bootNs' in a ? a.bootNs : 0, 'bootNs' in b ? b.bootNs : 0]
  return aNs - bNs || Number(a.kind !== 'exit') - Number(b.kind !== 'exit')
}

export class ProcfsSource implements Source {
  readonly name = 'procfs'
  readonly watchingSinceNs: number
  readonly #options: Required<ProcfsSourceOptions>
  readonly #pace: ScanPace
  readonly #known = new Map<number, KnownProcess>()
  readonly #tally: Tally = {
    scans: 0,
    vanished: 0,
    denied: 0,
    failed: 0,
    kernelThreads: 0,
    zombies: 0,
    deferred: 0,
    untracked: 0,
  }
  /** Made by one scan, handed out by drains; no scan starts before it is empty, which bounds it. */
  #pending: SourceRecord[] = []
  /** Pids still to be looked at again in this rotation. */
  #rotation: number[] = []
  #restricted = 0
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
      ...options,
    }
    this.#pace = new ScanPace(this.#options)
    listPids(options.root)
    this.watchingSinceNs = options.bootNowNs()
  }

  get counts(): ProcfsCounts {
    return { ...this.#tally, known: this.#known.size, restricted: this.#restricted }
  }

  /** Current pause between scans, ms: how coarse the sample is. */
  get intervalMs(): number {
    return this.#pace.intervalMs
  }

  /** Everything visible, parents before their children as far as start times tell. */
  snapshot(sink: RecordSink): void {
    this.#seeded = true
    this.#known.clear()
    this.#restricted = 0
    for (const stat of this.#readStats(listPids(this.#options.root))) {
      const reading = this.#learn(stat)
      if (reading === undefined) continue
      sink(this.#aliveRecord(reading))
    }
  }

  /** Hands over what the last scan found; scans when that is used up and the pace allows. A scan that fails is counted. */
  drain(sink: RecordSink, limit: number): boolean {
    const { clock, cpuMs } = this.#options
    const startMs = clock.monotonicMs()
    if (this.#pending.length === 0 && this.#pace.due(startMs)) {
      const startCpuMs = cpuMs()
      try {
        this.#scan()
      } catch {
        this.#tally.failed += 1
      }
      this.#pace.scanned(startMs, cpuMs() - startCpuMs)
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
    this.#pending = []
    this.#rotation = []
    this.#restricted = 0
  }

  #scan(): void {
    const { root, arrivalsMax } = this.#options
    this.#tally.scans += 1
    const scan = this.#tally.scans
    const seeding = !this.#seeded
    this.#seeded = true
    const arrivals: number[] = []
    for (const pid of listPids(root)) {
      const known = this.#known.get(pid)
      if (known === undefined) arrivals.push(pid)
      else known.scan = scan
    }
    for (const [pid, known] of this.#known) {
      if (known.scan !== scan) this.#leave(pid, known, this.#options.bootNowNs(), undefined)
    }
    arrivals.push(...this.#lookAgain())
    this.#tally.deferred += Math.max(0, arrivals.length - arrivalsMax)
    for (const stat of this.#readStats(arrivals.slice(0, arrivalsMax))) {
      this.#arrive(stat, seeding)
    }
    this.#pending.sort(byTime)
  }

  /** Looks again at the young and at a part of the others; returns pids that have a new owner. */
  #lookAgain(): number[] {
    const nowNs = this.#options.bootNowNs()
    if (this.#rotation.length === 0) this.#rotation = [...this.#known.keys()]
    const share = Math.ceil((this.#known.size * this.#pace.intervalMs) / rotationMs)
    const pids = new Set(this.#rotation.splice(0, Math.max(rotationMin, share)))
    for (const [pid, { ignored, stat }] of this.#known) {
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
    const stat = this.#readStat(pid)
    if (stat === 'failed' || stat === 'denied') return 'same'
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
      this.#ignore(stat)
      return 'same'
    }
    // Two images that were both seen and differ: an exec. A change of title or name alone proves nothing.
    const changed = stat.image !== '' && known.stat.image !== '' && stat.image !== known.stat.image
    known.stat = stat
    if (changed) this.#changeProgram(pid, known, nowNs)
    return 'same'
  }

  #changeProgram(pid: number, known: KnownProcess, nowNs: number): void {
    this.#forget(pid, known)
    const reading = this.#learn(known.stat)
    if (reading === undefined) {
      // It executed something and ended before that could be read: only its end is known.
      this.#pending.push(this.#exitRecord(known, nowNs, undefined))
      return
    }
    this.#pending.push({ kind: 'exec', bootNs: nowNs, ...reading.facts } satisfies ExecRecord)
  }

  #arrive(stat: ProcStat, seeding: boolean): void {
    const reading = this.#learn(stat)
    if (reading === undefined) return
    if (seeding || this.#forked(reading) === true) {
      this.#pending.push(this.#aliveRecord(reading))
      return
    }
    const bootNs = reading.facts.process.startNs
    this.#pending.push({ kind: 'exec', bootNs, ...reading.facts } satisfies ExecRecord)
  }

  /** Reads the program of a process not known yet and remembers both; undefined when there is nothing to tell. */
  #learn(stat: ProcStat): ProgramReading | undefined {
    if (this.#known.size >= this.#options.processesMax) {
      this.#tally.untracked += 1
      return undefined
    }
    if (stat.kernelThread || isDead(stat)) {
      this.#tally[stat.kernelThread ? 'kernelThreads' : 'zombies'] += 1
      this.#ignore(stat)
      return undefined
    }
    const { root, argvBytesMax } = this.#options
    const parentOf = (child: ProcStat) => this.#parentOf(child)
    let reading: ProgramReading | undefined
    try {
      reading = readProgram({ root, argvBytesMax, parentOf }, stat)
    } catch {
      this.#tally.failed += 1
      return undefined
    }
    if (reading === undefined) {
      this.#tally.vanished += 1
      return undefined
    }
    if (reading.denied) {
      this.#tally.denied += 1
      this.#restricted += 1
    }
    this.#known.set(stat.pid, {
      stat: reading.stat,
      ignored: false,
      parent: reading.facts.parent,
      nsPid: reading.facts.nsPid,
      uid: reading.facts.uid,
      denied: reading.denied,
      scan: this.#tally.scans,
    })
    return reading
  }

  #ignore(stat: ProcStat): void {
    const scan = this.#tally.scans
    const nothing = { parent: undefined, nsPid: 0, uid: 0, denied: false }
    this.#known.set(stat.pid, { stat, ignored: true, ...nothing, scan })
  }

  #forget(pid: number, known: KnownProcess): void {
    this.#known.delete(pid)
    if (known.denied) this.#restricted -= 1
  }

  #leave(pid: number, known: KnownProcess, bootNs: number, last: ProcStat | undefined): void {
    this.#forget(pid, known)
    if (!known.ignored) this.#pending.push(this.#exitRecord(known, bootNs, last))
  }

  /** `last` is the zombie, when it was met: it still has its status and its final CPU times. */
  #exitRecord(known: KnownProcess, bootNs: number, last: ProcStat | undefined): ExitRecord {
    const { pid, startNs, userNs, systemNs, comm } = last ?? known.stat
    return {
      kind: 'exit',
      bootNs,
      process: { pid, startNs },
      ...(known.parent === undefined ? {} : { parent: known.parent }),
      cgroups: [],
      nsPid: known.nsPid,
      uid: known.uid,
      status: last?.status ?? null,
      userNs,
      systemNs,
      maxRssBytes: 0,
      maxRssInherited: false,
      comm,
    }
  }

  #aliveRecord(reading: ProgramReading): AliveRecord {
    const forked = this.#forked(reading)
    return {
      kind: 'alive',
      bootNs: reading.facts.process.startNs,
      ...(forked === undefined ? {} : { forked }),
      ...reading.facts,
    }
  }

  /**
   * Whether the process still runs its parent's program: fork copies the random places of code and stack, exec draws new
   * ones. A child of pid 1 may be an orphan, whose real parent nobody knows any more.
   */
  #forked({ stat }: ProgramReading): boolean | undefined {
    const parent = this.#known.get(stat.parentPid)
    if (parent === undefined || parent.stat.image === '' || stat.image === '') return undefined
    if (parent.stat.image === stat.image) return true
    return stat.parentPid === 1 ? undefined : false
  }

  #parentOf(child: ProcStat): ProcessKey | undefined {
    if (child.parentPid < 1) return undefined
    const stat = this.#known.get(child.parentPid)?.stat ?? this.#readStat(child.parentPid)
    if (stat === undefined || stat === 'failed' || stat === 'denied') return undefined
    // A younger "parent" is another process that has the pid by now.
    return stat.startNs > child.startNs ? undefined : { pid: stat.pid, startNs: stat.startNs }
  }

  #readStats(pids: readonly number[]): ProcStat[] {
    const stats: ProcStat[] = []
    for (const pid of pids) {
      const stat = this.#readStat(pid)
      if (stat === undefined) this.#tally.vanished += 1
      else if (stat !== 'failed' && stat !== 'denied') stats.push(stat)
    }
    return stats.sort((a, b) => a.startNs - b.startNs || a.pid - b.pid)
  }

  #readStat(pid: number): ProcStat | 'failed' | 'denied' | undefined {
    try {
      const stat = readStat(this.#options.root, pid)
      return isDenied(stat) ? 'denied' : stat
    } catch {
      this.#tally.failed += 1
      return 'failed'
    }
  }
}
