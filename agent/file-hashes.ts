/**
 * SHA-256 of executables, each content once: what else on the node, or on the other nodes, ran this very file? Called by the
 * agent for every exec with a file identity, while the process may still live; results come back through a callback.
 *
 * Rule: a hash belongs to the file identity it is given for, or there is none. The identity is checked on the open file, before
 * the first byte and after the last.
 */

import { createHash, type Hash } from 'node:crypto'
import { type BigIntStats, close, constants, fstatSync, openSync, read, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import type { FileFact, FileKey } from '#proto/event.ts'
import { fileKeyOf } from './sources/procfs/links.ts'

/** What the rest of the agent needs to make a FileFact. */
export type FileHash = Pick<FileFact, 'file' | 'path' | 'sizeBytes' | 'sha256' | 'state'> & {
  readonly containerId: string
}

export interface FileHashesOptions {
  readonly procRoot: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Directories that may be the root of that container, such as /proc/PID/root of its live processes; best first. */
  readonly rootsOf: (containerId: string) => readonly string[]
  /** Called once for each new state of a file. */
  readonly hashed: (result: FileHash) => void
  /** Bytes read per second on average; 32 MiB by default, which is some 3 % of a core. */
  readonly bytesPerSecond?: number
  /** Files above are `skipped`; 256 MiB by default. */
  readonly fileBytesMax?: number
  /** Files held open until their turn; further ones are `skipped`, and tried again when seen again. 64 by default. */
  readonly queueFilesMax?: number
  /** Identities remembered; 16,384 by default, some 200 bytes each. */
  readonly cacheFilesMax?: number
  /** Pause before a file that was missed is tried again; 50 by default. */
  readonly retryDelayMs?: number
}

/** Cumulative, but for `queued`. */
export interface FileHashesCounts {
  readonly hashed: number
  readonly missed: number
  readonly skipped: number
  /** Bytes read for hashing. */
  readonly readBytes: number
  /** Files that wait or are being read. */
  readonly queued: number
}

/** Read and hashed in one step: 0.2 to 0.6 ms of SHA-256 on the main thread. */
const chunkBytes = 256 * 1024

/** How much unused budget may be saved up: a second's worth. */
const burstSeconds = 1

interface Job {
  readonly containerId: string
  readonly file: FileKey
  readonly path: string
  readonly descriptor: number
  readonly sizeBytes: number
}

interface Known {
  state: 'queued' | FileHash['state']
  /** Never tried again: the file is what it is. */
  readonly final: boolean
  readonly triedMs: number
}

const keyText = (file: FileKey): string => `${file.device}:${file.inode}:${file.ctimeUs}`

/**
 * True when an open file is the one the kernel reported. The device may differ: on overlayfs and btrfs stat(2) reports one per
 * layer or subvolume where the kernel's own record has the file system's. Inode and change time, to the microsecond, decide.
 */
export const isFile = (
  stats: Pick<BigIntStats, 'dev' | 'ino' | 'ctimeNs'>,
  file: FileKey,
): boolean => {
  const seen = fileKeyOf(stats)
  return seen.inode === file.inode && seen.ctimeUs === file.ctimeUs
}

/** Neither may a fifo or a device block or wake up, nor a symbolic link lead elsewhere. */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

const readChunk = (descriptor: number, buffer: Buffer, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, length) =>
      error === null ? resolve(length) : reject(error),
    )
  })

const closeQuietly = (descriptor: number): void => close(descriptor, () => {})

export class FileHashes {
  readonly #options: Required<FileHashesOptions>
  readonly #known: LRUCache<string, Known>
  readonly #jobs: Job[] = []
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes)
  readonly #closing = new AbortController()
  readonly #tally = { hashed: 0, missed: 0, skipped: 0, readBytes: 0 }
  #worker: Promise<void> | undefined
  #budgetBytes: number
  #budgetMs: number

  constructor(options: FileHashesOptions) {
    this.#options = {
      bytesPerSecond: 32 << 20,
      fileBytesMax: 256 << 20,
      queueFilesMax: 64,
      cacheFilesMax: 16_384,
      retryDelayMs: 50,
      ...options,
    }
    this.#known = new LRUCache({ max: this.#options.cacheFilesMax })
    this.#budgetBytes = this.#options.bytesPerSecond * burstSeconds
    this.#budgetMs = options.clock.monotonicMs()
  }

  get counts(): FileHashesCounts {
    return { ...this.#tally, queued: this.#jobs.length }
  }

  /**
   * An executable just started. Opens it at once, if it is new, because its process may be gone in a moment; reads it later.
   * Never throws: what cannot be opened is `missed`.
   */
  seen(executable: {
    readonly pid: number
    readonly containerId: string
    readonly file: FileKey
    readonly path: string
  }): void {
    if (this.#closing.signal.aborted) return
    const key = keyText(executable.file)
    const known = this.#known.get(key)
    if (known !== undefined && !this.#mayRetry(known)) return
    const { containerId, file, path } = executable
    if (this.#jobs.length >= this.#options.queueFilesMax) {
      this.#finish({ containerId, file, path, sizeBytes: 0, sha256: '', state: 'skipped' }, false)
      return
    }
    const opened = this.#open(executable)
    if (opened === undefined) {
      this.#finish({ containerId, file, path, sizeBytes: 0, sha256: '', state: 'missed' }, false)
      return
    }
    const { descriptor, sizeBytes } = opened
    if (sizeBytes > this.#options.fileBytesMax) {
      closeQuietly(descriptor)
      this.#finish({ containerId, file, path, sizeBytes, sha256: '', state: 'skipped' }, true)
      return
    }
    // The state told last stays, so that a second failure is not told again.
    this.#known.set(key, { state: known?.state ?? 'queued', final: true, triedMs: 0 })
    this.#jobs.push({ containerId, file, path, descriptor, sizeBytes })
    this.#worker ??= this.#work()
  }

  /** Stops reading and closes every file. Resolves when nothing is left open; results that were due do not come. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#worker
    for (const job of this.#jobs.splice(0)) closeQuietly(job.descriptor)
  }

  #mayRetry(known: Known): boolean {
    if (known.final) return false
    return this.#options.clock.monotonicMs() - known.triedMs >= this.#options.retryDelayMs
  }

  #open(executable: {
    readonly pid: number
    readonly containerId: string
    readonly file: FileKey
    readonly path: string
  }): { readonly descriptor: number; readonly sizeBytes: number } | undefined {
    const { procRoot, rootsOf } = this.#options
    const first = this.#openVerified(`${procRoot}/${executable.pid}/exe`, executable.file)
    if (first !== undefined || !executable.path.startsWith('/')) return first
    for (const root of rootsOf(executable.containerId)) {
      const opened = this.#openVerified(`${root}${executable.path}`, executable.file)
      if (opened !== undefined) return opened
    }
    return undefined
  }

  /**
   * Looks before it opens: inside a container's root, the path is the container's to choose, and merely opening a device can do
   * harm. The look is repeated on the open file.
   */
  #openVerified(
    path: string,
    file: FileKey,
  ): { readonly descriptor: number; readonly sizeBytes: number } | undefined {
    let descriptor: number | undefined
    try {
      const look = statSync(path, { bigint: true })
      if (!look.isFile() || !isFile(look, file)) return undefined
      descriptor = openSync(path, openFlags)
      const stats = fstatSync(descriptor, { bigint: true })
      if (stats.isFile() && isFile(stats, file))
        return { descriptor, sizeBytes: Number(stats.size) }
    } catch {
      // Gone or refused, at whichever step: the caller has other paths to try, and counts the rest.
    }
    if (descriptor !== undefined) closeQuietly(descriptor)
    return undefined
  }

  #finish(result: FileHash, final: boolean): void {
    const key = keyText(result.file)
    const told = this.#known.get(key)?.state
    const triedMs = this.#options.clock.monotonicMs()
    this.#known.set(key, { state: result.state, final, triedMs })
    this.#tally[result.state] += 1
    if (told !== result.state) this.#options.hashed(result)
  }

  async #work(): Promise<void> {
    for (;;) {
      const job = this.#jobs[0]
      if (job === undefined || this.#closing.signal.aborted) break
      const sha256 = await this.#hash(job)
      this.#jobs.shift()
      closeQuietly(job.descriptor)
      if (this.#closing.signal.aborted) break
      const { containerId, file, path, sizeBytes } = job
      const state = sha256 === undefined ? 'missed' : 'hashed'
      const result = { containerId, file, path, sizeBytes, sha256: sha256 ?? '', state } as const
      this.#finish(result, state === 'hashed')
    }
    this.#worker = undefined
  }

  /** Lower-case hex, or undefined when the content could not be read as that of this identity. */
  async #hash(job: Job): Promise<string | undefined> {
    const hash = createHash('sha256')
    try {
      const length = await this.#readInto(hash, job)
      if (length !== job.sizeBytes) return undefined
      // Somebody wrote to it meanwhile: this is the content of no identity.
      if (!isFile(fstatSync(job.descriptor, { bigint: true }), job.file)) return undefined
    } catch {
      return undefined
    }
    return hash.digest('hex')
  }

  /** Bytes read until the end, or until there is more than was promised. */
  async #readInto(hash: Hash, job: Job): Promise<number> {
    let position = 0
    while (position <= job.sizeBytes && !this.#closing.signal.aborted) {
      await this.#afford(Math.min(chunkBytes, job.sizeBytes - position))
      const length = await readChunk(job.descriptor, this.#buffer, position)
      if (length === 0) break
      hash.update(this.#buffer.subarray(0, length))
      position += length
      this.#budgetBytes -= length
      this.#tally.readBytes += length
    }
    return position
  }

  /** Waits until the budget covers `bytes`: a token bucket. */
  async #afford(bytes: number): Promise<void> {
    const { bytesPerSecond, clock } = this.#options
    for (;;) {
      const nowMs = clock.monotonicMs()
      const earned = ((nowMs - this.#budgetMs) / 1000) * bytesPerSecond
      this.#budgetBytes = Math.min(bytesPerSecond * burstSeconds, this.#budgetBytes + earned)
      this.#budgetMs = nowMs
      // A bucket smaller than a chunk is allowed to run into debt, or it would never fill.
      const missing = Math.min(bytes, bytesPerSecond * burstSeconds) - this.#budgetBytes
      if (missing <= 0 || this.#closing.signal.aborted) return
      const waitMs = Math.max(1, Math.ceil((missing / bytesPerSecond) * 1000))
      const { signal } = this.#closing
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}
