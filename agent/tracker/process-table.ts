/**
 * The processes that live now, by identity (pid and start), never by pid alone: after a restart the ring still tells of
 * the dead owner of a pid that somebody else has by now. Owned by the tracker; bounded; what is pushed out is counted.
 */
import type { EntryKind, ProcessKey } from '#proto/event.ts'

/** What the tracker must remember of a running process to describe its next exec, its children and its exit. */
export interface LiveProcess {
  readonly key: ProcessKey
  parent: ProcessKey | undefined
  /** Who forked it, exactly; known only when the fork was seen. */
  creator: ProcessKey | undefined
  /** Its nearest forebear that had executed something when it was forked; known only when the fork was seen. */
  ancestor: ProcessKey | undefined
  containerId: string
  podUid: string
  exe: string
  entry: EntryKind
  runtime: boolean
  /** True after an exec of its own; undefined when it was met running and nobody can tell. */
  executed: boolean | undefined
  nsPid: number
  uid: number
  /** Mount namespace at its last exec; 0 when unknown. */
  mountNamespace: number
  /** Reconciliation passes in a row that did not find it in /proc. */
  missing: number
}

export interface ProcessTableOptions {
  /** Most processes remembered at a time; the longest known goes first. About 400 bytes each. */
  readonly processesMax: number
}

const textKey = (key: ProcessKey): string => `${key.pid}:${key.startNs}`

export class ProcessTable {
  readonly #options: ProcessTableOptions
  readonly #live = new Map<string, LiveProcess>()
  #evicted = 0

  constructor(options: ProcessTableOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#live.size
  }

  /** Processes forgotten while alive because the table was full. */
  get evicted(): number {
    return this.#evicted
  }

  get(key: ProcessKey | undefined): LiveProcess | undefined {
    return key === undefined ? undefined : this.#live.get(textKey(key))
  }

  set(process: LiveProcess): void {
    const key = textKey(process.key)
    if (!this.#live.has(key) && this.#live.size >= this.#options.processesMax) {
      const oldest = this.#live.keys().next().value
      if (oldest !== undefined) this.#live.delete(oldest)
      this.#evicted += 1
    }
    this.#live.set(key, process)
  }

  delete(key: ProcessKey): LiveProcess | undefined {
    const text = textKey(key)
    const process = this.#live.get(text)
    this.#live.delete(text)
    return process
  }

  keys(): ProcessKey[] {
    return Array.from(this.#live.values(), (process) => process.key)
  }

  /** A few live pids of a container, for reading files through /proc/PID/root. */
  pidsOf(containerId: string, most: number): number[] {
    const pids: number[] = []
    for (const process of this.#live.values()) {
      if (process.containerId !== containerId) continue
      pids.push(process.key.pid)
      if (pids.length >= most) break
    }
    return pids
  }
}
