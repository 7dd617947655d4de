/**
 * The bounded table behind the cgroup registry: entries by hierarchy and id. Removed cgroups stay for a grace period; when there is
 * no room, the removed go first, oldest first, and then the oldest of the living.
 */
import type { CgroupKey } from '#agent/sources/record.ts'
import type { Clock } from '#base/clock.ts'
import type { CgroupAttribution } from './cgroup-attribution.ts'

export interface CgroupEntry {
  readonly key: CgroupKey
  readonly path: string
  attribution: CgroupAttribution
  /** How much the attribution tells, against other hierarchies of the same process. */
  rank: number
  /** How often a plain name may still be looked up in the runtimes' directories. */
  probesLeft: number
  removedMs: number | undefined
}

export interface CgroupTableOptions {
  readonly clock: Clock
  readonly entriesMax: number
  readonly graceMs: number
  /** Called for every entry that is forgotten. */
  readonly onForgotten: (entry: CgroupEntry) => void
}

export class CgroupTable {
  readonly #options: CgroupTableOptions
  readonly #hierarchies = new Map<number, Map<number, CgroupEntry>>()
  /** Oldest first. */
  readonly #removed = new Set<CgroupEntry>()
  /** Entries now, removed ones included. */
  size = 0
  /** Entries forgotten for want of room. */
  evicted = 0

  constructor(options: CgroupTableOptions) {
    this.#options = options
  }

  find(key: CgroupKey): CgroupEntry | undefined {
    return this.#hierarchies.get(key.hierarchy)?.get(key.id)
  }

  /** All that is known, removed ones included. */
  *entries(): Generator<CgroupEntry> {
    for (const ids of this.#hierarchies.values()) yield* ids.values()
  }

  /** Adds an entry, in place of the one with the same key. */
  add(entry: CgroupEntry): void {
    const { hierarchy, id } = entry.key
    const present = this.find(entry.key)
    if (present !== undefined) this.#forget(present)
    this.expire()
    if (this.size >= this.#options.entriesMax) this.#makeRoom()
    const ids = this.#hierarchies.get(hierarchy) ?? new Map<number, CgroupEntry>()
    this.#hierarchies.set(hierarchy, ids.set(id, entry))
    this.size += 1
  }

  /** Starts the grace period of a removed cgroup. */
  remove(entry: CgroupEntry): void {
    if (entry.removedMs !== undefined) return
    entry.removedMs = this.#options.clock.monotonicMs()
    this.#removed.add(entry)
  }

  /** Removes every cgroup of a hierarchy that is not among those present. */
  removeAbsent(hierarchy: number, presentIds: ReadonlySet<number>): void {
    for (const entry of this.#hierarchies.get(hierarchy)?.values() ?? [])
      if (!presentIds.has(entry.key.id)) this.remove(entry)
  }

  /** Forgets what was removed long ago. */
  expire(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const entry of this.#removed) {
      if (nowMs - (entry.removedMs ?? nowMs) < this.#options.graceMs) break
      this.#forget(entry)
    }
  }

  #makeRoom(): void {
    const [oldestRemoved] = this.#removed
    const victim = oldestRemoved ?? this.#oldest()
    if (victim === undefined) return
    this.#forget(victim)
    this.evicted += 1
  }

  #oldest(): CgroupEntry | undefined {
    for (const ids of this.#hierarchies.values()) for (const entry of ids.values()) return entry
    return undefined
  }

  #forget(entry: CgroupEntry): void {
    this.#removed.delete(entry)
    const { hierarchy, id } = entry.key
    if (this.#hierarchies.get(hierarchy)?.delete(id) === true) this.size -= 1
    this.#options.onForgotten(entry)
  }
}
