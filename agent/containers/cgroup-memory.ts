/**
 * Remembers over restarts of the agent which cgroups were whose container's. One that ends while no agent runs is in no file
 * system any more when the next agent reads its last records from the ring, and would be taken for the host's. Fed by the
 * registry; main has it written before the kernel may forget the records that it was learnt from.
 *
 * A file of lines, appended to as containers come, rewritten at start and when it has grown. Like the ring it needs to survive
 * the agent, not the machine: it is never synced.
 */
import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CgroupKey } from '../sources/record.ts'
import type { CgroupAttribution } from './cgroup-attribution.ts'

/** A container's cgroup. */
export interface RememberedCgroup {
  readonly key: CgroupKey
  readonly path: string
  readonly rank: number
  readonly attribution: CgroupAttribution
}

export interface CgroupMemoryOptions {
  readonly dir: string
  /** Kernel boot id: ids of cgroups mean nothing beyond it. */
  readonly boot: string
  /** Size at which the file is rewritten; 4 MiB by default, some 15,000 containers. */
  readonly maxBytes?: number
}

const fileName = 'cgroups'
const maxBytesDefault = 4 * 1024 * 1024
/** Lines kept for a disk that does not take them; the oldest go first. */
const pendingMax = 16_384

const lineOf = ({ key, path, rank, attribution }: RememberedCgroup): string => {
  const { containerId, podUid, runtime, sandbox, own } = attribution
  return `${JSON.stringify([key.hierarchy, key.id, path, rank, containerId, podUid, runtime, sandbox, own])}\n`
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Undefined for anything but a line that lineOf() wrote, such as one that a crash has torn. */
export const parseCgroupLine = (line: string): RememberedCgroup | undefined => {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!Array.isArray(fields) || fields.length !== 9) return undefined
  const [hierarchy, id, path, rank, containerId, podUid, runtime, sandbox, own] = fields
  const isNumbered = [hierarchy, id, rank].every((value) => Number.isSafeInteger(value))
  if (!isNumbered || ![path, containerId, podUid, runtime].every(isText)) return undefined
  if (typeof sandbox !== 'boolean' || typeof own !== 'boolean' || containerId === '')
    return undefined
  const facts = { containerId, podUid, path, runtime, sandbox, own, known: true }
  return { key: { hierarchy, id }, path, rank, attribution: Object.freeze(facts) }
}

export class CgroupMemory {
  readonly #options: CgroupMemoryOptions
  readonly #path: string
  #pending: string[] = []
  #bytes = 0
  /** Writes that failed; what they held is tried again. */
  failures = 0

  constructor(options: CgroupMemoryOptions) {
    this.#options = options
    this.#path = join(options.dir, fileName)
  }

  /** What an earlier agent of this boot knew; empty for another boot, and without a file. */
  recall(): readonly RememberedCgroup[] {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch {
      return []
    }
    const [boot, ...lines] = text.split('\n')
    return boot === this.#options.boot ? lines.flatMap((line) => parseCgroupLine(line) ?? []) : []
  }

  /** Keeps a cgroup for the next write. */
  remember(cgroup: RememberedCgroup): void {
    this.#pending.push(lineOf(cgroup))
    if (this.#pending.length > pendingMax) this.#pending.shift()
  }

  /** Begins the file anew with what is known now; never throws. */
  rewrite(cgroups: Iterable<RememberedCgroup>): void {
    const text = [`${this.#options.boot}\n`, ...[...cgroups].map(lineOf)].join('')
    try {
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
      this.#bytes = Buffer.byteLength(text)
      this.#pending = []
    } catch {
      this.failures += 1
    }
  }

  /** Writes what is new; `all` is asked for when the file has to begin anew. Never throws. */
  write(all: () => Iterable<RememberedCgroup>): void {
    if (this.#pending.length === 0) return
    const { maxBytes = maxBytesDefault } = this.#options
    if (this.#bytes === 0 || this.#bytes > maxBytes) {
      this.rewrite(all())
      return
    }
    const text = this.#pending.join('')
    try {
      appendFileSync(this.#path, text)
      this.#bytes += Buffer.byteLength(text)
      this.#pending = []
    } catch {
      this.failures += 1
      this.#repair()
    }
  }

  /** A part of a line may have reached the file: with a newline it is one that nobody reads. */
  #repair(): void {
    try {
      this.#bytes = statSync(this.#path).size
      appendFileSync(this.#path, '\n')
    } catch {
      // The next write begins the file anew.
      this.#bytes = 0
    }
  }
}
