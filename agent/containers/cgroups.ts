/**
 * The registry of cgroups: (hierarchy, id) → path → container. Asked by the tracker for every event, thousands of times a second,
 * so that a known cgroup costs two map lookups and no allocation.
 *
 * It learns from the probe's cgroup records, from a walk of the mounted hierarchies, and from /proc/PID/cgroup. Removed
 * cgroups stay known for a grace period, because their processes' last records come later.
 */
import { statSync } from 'node:fs'
import type { CgroupKey, CgroupRecord } from '#agent/sources/record.ts'
import type { Clock } from '#base/clock.ts'
import { hostContainerId } from '#proto/event.ts'
import {
  attributionOf,
  type CgroupAttribution,
  confirmedAttribution,
  unknownAttribution,
} from './cgroup-attribution.ts'
import type { CgroupMount } from './cgroup-mounts.ts'
import { identityRank, parseCgroupFile, parseCgroupPath, resolveCgroupPath } from './cgroup-path.ts'
import { walkCgroups } from './cgroup-walk.ts'
import type { RuntimeStates } from './runtime-states.ts'

export interface CgroupRegistryOptions {
  readonly mounts: readonly CgroupMount[]
  readonly clock: Clock
  /** Confirms plain-named containers; without it they belong to the host. */
  readonly states?: RuntimeStates
  /** Text of /proc/PID/cgroup, undefined when the process is gone. Asked for cgroups that nothing else named. */
  readonly readProcessCgroups?: (pid: number) => string | undefined
  /**
   * Root of the cgroup namespace the agent itself lives in (/sys/fs/cgroup as the agent sees it). When that turns out to be a
   * cgroup below the host's root, paths from /proc/PID/cgroup are relative to it.
   */
  readonly ownRoot?: string
  /** Most cgroups remembered. Default 65,536. */
  readonly entriesMax?: number
  /** How long a removed cgroup stays known. Default 10 minutes. */
  readonly graceMs?: number
}

export interface CgroupRegistryCounts {
  /** Cgroups known now, removed ones included. */
  entries: number
  created: number
  removed: number
  /** Forgotten for want of room, before their time. */
  evicted: number
  /** Attributions of cgroups that nothing could name. */
  unknown: number
  /** Unknown at first, then found in /proc or by a walk. */
  foundLate: number
  /** Plain-named containers confirmed only after their first event. */
  confirmedLate: number
  /** Walks that met more cgroups than are remembered. */
  walksTruncated: number
}

interface Entry {
  readonly key: CgroupKey
  readonly path: string
  attribution: CgroupAttribution
  rank: number
  /** How often a plain name may still be looked up in the runtimes' directories. */
  probesLeft: number
  removedMs: number | undefined
}

const entriesMaxDefault = 65_536
const graceMsDefault = 600_000
/** Plain-named cgroups that may yet turn out to be containers. */
const undecidedMax = 1024
/** Looks at the runtimes' directories per plain-named cgroup: at its creation and at its first events. */
const probesMax = 3
/** Shortest time between two walks made because something was unknown. */
const walkIntervalMs = 30_000
/** How long an unknown cgroup is not looked for again, and how many such are remembered. */
const unknownRetryMs = 1000
const unknownMax = 4096

export class CgroupRegistry {
  readonly #options: CgroupRegistryOptions
  readonly #entriesMax: number
  readonly #graceMs: number
  readonly #hierarchies = new Map<number, Map<number, Entry>>()
  readonly #undecided = new Set<Entry>()
  /** Removed entries, oldest first. */
  readonly #removed = new Set<Entry>()
  /** When a key was last looked for in vain. */
  readonly #unknown = new Map<string, number>()
  #walkedMs = Number.NEGATIVE_INFINITY
  /** The agent's own cgroup when it lives in a cgroup namespace of its own; empty otherwise. */
  #basePath = ''
  readonly counts: CgroupRegistryCounts = {
    entries: 0,
    created: 0,
    removed: 0,
    evicted: 0,
    unknown: 0,
    foundLate: 0,
    confirmedLate: 0,
    walksTruncated: 0,
  }

  constructor(options: CgroupRegistryOptions) {
    this.#options = options
    this.#entriesMax = options.entriesMax ?? entriesMaxDefault
    this.#graceMs = options.graceMs ?? graceMsDefault
    if (options.states !== undefined) options.states.onLearnt = () => this.#reconsider()
  }

  /** Walks the mounted hierarchies and learns every cgroup in them. Call at start, after the probe is attached. */
  walk(): void {
    this.#walkedMs = this.#options.clock.monotonicMs()
    for (const mount of this.#options.mounts) this.#walkMount(mount)
    this.#findBase()
  }

  /** Takes in a record of the probe; returns whose cgroup it is or was. */
  apply(record: CgroupRecord): CgroupAttribution {
    if (record.phase === 'created') {
      this.counts.created += 1
      return this.#learn(record.cgroup, record.path).attribution
    }
    this.counts.removed += 1
    const entry = this.#find(record.cgroup) ?? this.#learn(record.cgroup, record.path)
    this.#remove(entry)
    this.#expire()
    return entry.attribution
  }

  /**
   * Whose an event is, from the cgroups it carries, v2 first: the one in a pod, else the most deeply nested, else the first. With
   * a pid, cgroups that nobody named are looked up in /proc.
   */
  attribute(cgroups: readonly CgroupKey[], pid?: number): CgroupAttribution {
    let best: Entry | undefined
    let missing = false
    for (const key of cgroups) {
      const entry = this.#hierarchies.get(key.hierarchy)?.get(key.id)
      if (entry === undefined) {
        missing = true
        continue
      }
      if (entry.probesLeft > 0) this.#probe(entry)
      if (best === undefined || entry.rank > best.rank) best = entry
    }
    // On v1 hosts everything sits in the v2 root, so that only the unknown other hierarchy can name the container.
    const isHost = best === undefined || best.attribution.containerId === hostContainerId
    if (missing && isHost && this.#lookUp(cgroups, pid)) return this.attribute(cgroups)
    if (best !== undefined) return best.attribution
    this.counts.unknown += 1
    return unknownAttribution
  }

  /** Whose a path is, as /proc/PID/cgroup shows it to the agent. For sources that read paths themselves. */
  attributePath(path: string): CgroupAttribution {
    const absolute = this.#absolute(path)
    const identity = parseCgroupPath(absolute)
    if (identity.kind !== 'candidate') return attributionOf(absolute, identity)
    return this.#confirm(absolute, true) ?? attributionOf(absolute, identity)
  }

  #absolute(path: string): string {
    return this.#basePath === '' ? path : resolveCgroupPath(this.#basePath, path)
  }

  #find(key: CgroupKey): Entry | undefined {
    return this.#hierarchies.get(key.hierarchy)?.get(key.id)
  }

  #learn(key: CgroupKey, path: string): Entry {
    const present = this.#find(key)
    if (present !== undefined) {
      // v2 ids are never used twice; on v1 a new path under an old id is a new cgroup.
      if (present.path === path && present.removedMs === undefined) return present
      this.#drop(present)
    }
    this.#expire()
    if (this.counts.entries >= this.#entriesMax) this.#makeRoom()
    const identity = parseCgroupPath(path)
    const entry: Entry = {
      key,
      path,
      attribution: attributionOf(path, identity),
      rank: identityRank(identity),
      probesLeft: 0,
      removedMs: undefined,
    }
    const hierarchy = this.#hierarchies.get(key.hierarchy) ?? new Map<number, Entry>()
    this.#hierarchies.set(key.hierarchy, hierarchy.set(key.id, entry))
    this.counts.entries += 1
    if (identity.kind === 'candidate' && this.#options.states !== undefined) {
      entry.probesLeft = probesMax
      this.#probe(entry)
      if (entry.attribution.containerId === hostContainerId) this.#postpone(entry)
    }
    return entry
  }

  #postpone(entry: Entry): void {
    this.#undecided.add(entry)
    const [oldest] = this.#undecided
    if (this.#undecided.size > undecidedMax && oldest !== undefined) this.#undecided.delete(oldest)
  }

  #probe(entry: Entry): void {
    entry.probesLeft -= 1
    this.#decide(entry, true)
  }

  #decide(entry: Entry, probe: boolean): void {
    const confirmed = this.#confirm(entry.path, probe)
    if (confirmed === undefined) return
    if (this.#undecided.delete(entry)) this.counts.confirmedLate += 1
    entry.attribution = confirmed
    entry.probesLeft = 0
    entry.rank = identityRank({ ...parseCgroupPath(entry.path), kind: 'container', nesting: 1 })
  }

  #confirm(path: string, probe: boolean): CgroupAttribution | undefined {
    const found = this.#options.states?.confirm(path, probe)
    return found === undefined ? undefined : confirmedAttribution(path, found)
  }

  #reconsider(): void {
    for (const entry of [...this.#undecided]) this.#decide(entry, false)
  }

  /** Looks for cgroups that nothing has named yet, in /proc and then by a walk; true when one more is known now. */
  #lookUp(cgroups: readonly CgroupKey[], pid: number | undefined): boolean {
    const missing = cgroups.filter((key) => this.#find(key) === undefined)
    const first = missing[0]
    if (first === undefined) return false
    const nowMs = this.#options.clock.monotonicMs()
    const name = `${first.hierarchy}:${first.id}`
    if (nowMs - (this.#unknown.get(name) ?? Number.NEGATIVE_INFINITY) < unknownRetryMs) return false
    this.#unknown.delete(name)
    this.#unknown.set(name, nowMs)
    const [oldest] = this.#unknown.keys()
    if (this.#unknown.size > unknownMax && oldest !== undefined) this.#unknown.delete(oldest)
    const found = (): boolean => missing.some((key) => this.#find(key) !== undefined)
    if (pid !== undefined) this.#learnFromProcess(missing, pid)
    if (!found() && nowMs - this.#walkedMs >= walkIntervalMs) this.walk()
    if (!found()) return false
    this.counts.foundLate += 1
    this.#unknown.delete(name)
    return true
  }

  #learnFromProcess(cgroups: readonly CgroupKey[], pid: number): void {
    const text = this.#options.readProcessCgroups?.(pid)
    if (text === undefined) return
    for (const line of parseCgroupFile(text)) {
      const key = cgroups.find((candidate) => candidate.hierarchy === line.hierarchy)
      if (key !== undefined) this.#learn(key, this.#absolute(line.path))
    }
  }

  #walkMount(mount: CgroupMount): void {
    const { hierarchy } = mount
    const walk = walkCgroups(mount.directory, this.#entriesMax)
    for (const { id, path } of walk.cgroups) this.#learn({ hierarchy, id }, path)
    if (walk.truncated) this.counts.walksTruncated += 1
    else this.#removeMissing(hierarchy, new Set(walk.cgroups.map((cgroup) => cgroup.id)))
  }

  /** Marks as removed what a complete walk did not meet: its removal was not reported. */
  #removeMissing(hierarchy: number, present: ReadonlySet<number>): void {
    for (const entry of this.#hierarchies.get(hierarchy)?.values() ?? [])
      if (!present.has(entry.key.id)) this.#remove(entry)
  }

  #findBase(): void {
    const { ownRoot } = this.#options
    if (ownRoot === undefined) return
    const inode = statSync(ownRoot, { throwIfNoEntry: false })?.ino
    const entry = inode === undefined ? undefined : this.#find({ hierarchy: 0, id: inode })
    this.#basePath = entry === undefined || entry.path === '/' ? '' : entry.path
  }

  /** Forgets what was removed long ago. */
  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const entry of this.#removed) {
      if (nowMs - (entry.removedMs ?? nowMs) < this.#graceMs) break
      this.#drop(entry)
    }
  }

  /** Forgets one before its time: of the removed the oldest, else of the living. */
  #makeRoom(): void {
    const [oldestRemoved] = this.#removed
    const victim = oldestRemoved ?? this.#oldest()
    if (victim === undefined) return
    this.#drop(victim)
    this.counts.evicted += 1
  }

  #oldest(): Entry | undefined {
    for (const hierarchy of this.#hierarchies.values())
      for (const entry of hierarchy.values()) return entry
    return undefined
  }

  #remove(entry: Entry): void {
    if (entry.removedMs !== undefined) return
    entry.removedMs = this.#options.clock.monotonicMs()
    this.#removed.add(entry)
  }

  #drop(entry: Entry): void {
    this.#removed.delete(entry)
    this.#undecided.delete(entry)
    if (this.#hierarchies.get(entry.key.hierarchy)?.delete(entry.key.id) === true)
      this.counts.entries -= 1
  }
}
