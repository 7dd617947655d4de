/**
 * The processes the procfs source knows: what it last saw of each, and how it reads the new ones. Owned by the source, which decides
 * what is worth a record. Bounded; what does not fit is counted.
 */
import type { ProcessKey } from '#proto/event.ts'
import { isDenied } from './proc-file.ts'
import { type ProgramReading, readProgram } from './program-reader.ts'
import { isDead, type ProcStat, readStat } from './stat.ts'

/** Cumulative, but for `known` and `restricted`. */
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
  /** Now: pids known, kernel threads and zombies included, and how many of them may not be looked into. */
  readonly known: number
  readonly restricted: number
}

export type ProcfsTally = {
  -readonly [K in keyof Omit<ProcfsCounts, 'known' | 'restricted'>]: number
}

export interface KnownProcess {
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

export interface KnownProcessesOptions {
  readonly root: string
  readonly argvBytesMax: number
  readonly processesMax: number
}

export class KnownProcesses {
  readonly #options: KnownProcessesOptions
  readonly #byPid = new Map<number, KnownProcess>()
  #restricted = 0
  readonly tally: ProcfsTally = {
    scans: 0,
    vanished: 0,
    denied: 0,
    failed: 0,
    kernelThreads: 0,
    zombies: 0,
    deferred: 0,
    untracked: 0,
  }

  constructor(options: KnownProcessesOptions) {
    this.#options = options
  }

  get counts(): ProcfsCounts {
    return { ...this.tally, known: this.#byPid.size, restricted: this.#restricted }
  }

  get size(): number {
    return this.#byPid.size
  }

  get(pid: number): KnownProcess | undefined {
    return this.#byPid.get(pid)
  }

  entries(): IterableIterator<[number, KnownProcess]> {
    return this.#byPid.entries()
  }

  /** Those with a program that may be looked into. */
  *visible(): IterableIterator<ProcessKey> {
    for (const { stat, ignored, denied } of this.#byPid.values()) {
      if (!ignored && !denied) yield { pid: stat.pid, startNs: stat.startNs }
    }
  }

  clear(): void {
    this.#byPid.clear()
    this.#restricted = 0
  }

  forget(pid: number): void {
    if (this.#byPid.get(pid)?.denied === true) this.#restricted -= 1
    this.#byPid.delete(pid)
  }

  /** Remembers a pid that is of no interest until somebody else has it. */
  ignore(stat: ProcStat): void {
    const nothing = { parent: undefined, nsPid: 0, uid: 0, denied: false }
    this.#set(stat.pid, { stat, ignored: true, ...nothing, scan: this.tally.scans })
  }

  /**
   * Reads the program of a process and remembers both, in place of what was known of this pid. Undefined when there is nothing to tell;
   * then what was known stays.
   */
  learn(stat: ProcStat): ProgramReading | undefined {
    const { root, argvBytesMax, processesMax } = this.#options
    if (this.#byPid.size >= processesMax && !this.#byPid.has(stat.pid)) {
      this.tally.untracked += 1
      return undefined
    }
    if (stat.kernelThread || isDead(stat)) {
      this.tally[stat.kernelThread ? 'kernelThreads' : 'zombies'] += 1
      this.ignore(stat)
      return undefined
    }
    const parentOf = (child: ProcStat) => this.#parentOf(child)
    let reading: ProgramReading | undefined
    try {
      reading = readProgram({ root, argvBytesMax, parentOf }, stat)
    } catch {
      this.tally.failed += 1
      return undefined
    }
    if (reading === undefined) {
      this.tally.vanished += 1
      return undefined
    }
    if (reading.denied) this.tally.denied += 1
    const { parent, nsPid, uid } = reading.facts
    const { denied } = reading
    const scan = this.tally.scans
    this.#set(stat.pid, { stat: reading.stat, ignored: false, parent, nsPid, uid, denied, scan })
    return reading
  }

  /**
   * Whether the process still runs its parent's program: fork copies the random places of code and stack, exec draws new
   * ones. A child of pid 1 may be an orphan, whose real parent nobody knows any more.
   */
  forked({ stat }: ProgramReading): boolean | undefined {
    const parent = this.#byPid.get(stat.parentPid)
    if (parent === undefined || parent.stat.image === '' || stat.image === '') return undefined
    if (parent.stat.image === stat.image) return true
    return stat.parentPid === 1 ? undefined : false
  }

  /** One look at each, oldest process first. Those that cannot be looked at are left out and counted. */
  readStats(pids: readonly number[]): ProcStat[] {
    const stats: ProcStat[] = []
    for (const pid of pids) {
      const stat = this.readStat(pid)
      if (stat === undefined) this.tally.vanished += 1
      else if (stat !== 'unknown') stats.push(stat)
    }
    return stats.sort((a, b) => a.startNs - b.startNs || a.pid - b.pid)
  }

  /** One look: undefined when nothing runs there, `unknown` when that cannot be told. */
  readStat(pid: number): ProcStat | 'unknown' | undefined {
    try {
      const stat = readStat(this.#options.root, pid)
      return isDenied(stat) ? 'unknown' : stat
    } catch {
      this.tally.failed += 1
      return 'unknown'
    }
  }

  #set(pid: number, known: KnownProcess): void {
    this.forget(pid)
    this.#byPid.set(pid, known)
    if (known.denied) this.#restricted += 1
  }

  #parentOf(child: ProcStat): ProcessKey | undefined {
    if (child.parentPid < 1) return undefined
    const stat = this.#byPid.get(child.parentPid)?.stat ?? this.readStat(child.parentPid)
    if (stat === undefined || stat === 'unknown') return undefined
    // A younger "parent" is another process that has the pid by now.
    return stat.startNs > child.startNs ? undefined : { pid: stat.pid, startNs: stat.startNs }
  }
}
