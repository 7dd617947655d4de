/**
 * Reads a container's OCI configuration as soon as the runtime has made its directory, before its first process. A container
 * that lives a few milliseconds takes its configuration with it before anybody could ask for its names.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { OciConfigReader } from './oci-config.ts'
import type { OciNames } from './oci-names.ts'
import type { RuntimeDirectory } from './runtime-directories.ts'
import { followDelayMs } from './runtime-watcher.ts'
import { type Schedule, scheduleUnref } from './timer.ts'

/** Most configurations kept until somebody asks; one takes well under a kilobyte. */
const prefetchedMax = 2048

export interface OciPrefetchCounts {
  /** Sightings that led to a configuration. */
  read: number
  /** Sightings that led to none before the directory was gone or the time was up. */
  missed: number
  /** Asked for and there. */
  used: number
}

export class OciPrefetch {
  readonly #reader: OciConfigReader
  readonly #schedule: Schedule
  readonly #found = new LRUCache<string, OciNames>({ max: prefetchedMax })
  readonly #pending = new Map<string, () => void>()
  readonly counts: OciPrefetchCounts = { read: 0, missed: 0, used: 0 }

  constructor(reader: OciConfigReader, schedule: Schedule = scheduleUnref) {
    this.#reader = reader
    this.#schedule = schedule
  }

  /** A container's directory has come, or has gone: what was read of it stays. */
  observe(directory: RuntimeDirectory, containerId: string): void {
    const cancel = this.#pending.get(containerId)
    if (cancel === undefined && this.#pending.size >= prefetchedMax) return
    cancel?.()
    this.#try(directory, containerId, 0)
  }

  /** What was read of a container, if anything. */
  get(containerId: string): OciNames | undefined {
    const found = this.#found.get(containerId)
    if (found !== undefined) this.counts.used += 1
    return found
  }

  close(): void {
    for (const cancel of this.#pending.values()) cancel()
    this.#pending.clear()
  }

  #try(directory: RuntimeDirectory, containerId: string, attempt: number): void {
    this.#pending.delete(containerId)
    const names = this.#reader.readFrom(directory, containerId)
    if (names !== undefined) {
      this.counts.read += 1
      this.#found.set(containerId, names)
      return
    }
    const delayMs = followDelayMs(attempt)
    if (delayMs === undefined || !existsSync(join(directory.directory, containerId))) {
      if (!this.#found.has(containerId)) this.counts.missed += 1
      return
    }
    const again = (): void => this.#try(directory, containerId, attempt + 1)
    this.#pending.set(containerId, this.#schedule(delayMs, again))
  }
}
