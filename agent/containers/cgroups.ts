/**
 * The registry of cgroups: (hierarchy, id) → path → container. Asked by the tracker for every event, thousands of times a second,
 * so that a known cgroup costs two map lookups and no allocation.
 *
 * It learns from the probe's cgroup records, from a walk of the mounted hierarchies, and from /proc/PID/cgroup. Removed
 * cgroups stay known for a grace period, because their processes' last records come later.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { CgroupKey, CgroupRecord } from '#agent/sources/record.ts'
import type { Clock } from '#base/clock.ts'
import { hostContainerId } from '#proto/event.ts'
import {
  assumedHost,
  attributionOf,
  type CgroupAttribution,
  confirmedAttribution,
  isOfContainer,
  unknownAttribution,
} from './cgroup-attribution.ts'
import type { CgroupMemory } from './cgroup-memory.ts'
import type { CgroupMount } from './cgroup-mounts.ts'
import { identityRank, parseCgroupFile, parseCgroupPath, resolveCgroupPath } from './cgroup-path.ts'
import { type CgroupEntry, CgroupTable } from './cgroup-table.ts'
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
  /** What is known of containers over restarts of the agent. */
  readonly memory?: CgroupMemory
  /** Most cgroups remembered. Default 65,536. */
  readonly entriesMax?: number
  /** How long a removed cgroup stays known. Default 10 minutes. */
  readonly graceMs?: number
}

export interface CgroupRegistryCounts {
  /** Cgroups known now, removed ones included. */
  readonly entries: number
  readonly created: number
  readonly removed: number
  /** Forgotten for want of room, before their time. */
  readonly evicted: number
  /** Attributions of cgroups that nothing could name. */
  readonly unknown: number
  /** Unknown at first, then found in /proc or by a walk. */
  readonly foundLate: number
  /** Plain-named containers confirmed only after their first event. */
  readonly confirmedLate: number
  /** Walks that met more cgroups than are remembered. */
  readonly walksTruncated: number
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
/** Paths whose answers are remembered, and how long the answer for an unproven plain name holds. */
const pathsMax = 4096
const openPathMs = 1000

export class CgroupRegistry {
  readonly #options: CgroupRegistryOptions
  readonly #entriesMax: number
  readonly #table: CgroupTable
  readonly #undecided = new Set<CgroupEntry>()
  /** Keys that were looked for in vain a moment ago. */
  readonly #unknown: LRUCache<string, true>
  /** Answers about paths, as attributePath() gave them. */
  readonly #paths: LRUCache<string, CgroupAttribution>
  #walkedMs = Number.NEGATIVE_INFINITY
  /** The agent's own cgroup when it lives in a cgroup namespace of its own; empty otherwise. */
  #basePath = ''
  readonly #counts = {
    created: 0,
    removed: 0,
    unknown: 0,
    foundLate: 0,
    confirmedLate: 0,
    walksTruncated: 0,
  }

  constructor(options: CgroupRegistryOptions) {
    this.#options = options
    this.#entriesMax = options.entriesMax ?? entriesMaxDefault
    this.#table = new CgroupTable({
      clock: options.clock,
      entriesMax: this.#entriesMax,
      graceMs: options.graceMs ?? graceMsDefault,
      onForgotten: (entry) => this.#undecided.delete(entry),
    })
    const perf = { now: () => options.clock.monotonicMs() }
    this.#unknown = new LRUCache({ max: unknownMax, ttl: unknownRetryMs, ttlResolution: 0, perf })
    this.#paths = new LRUCache({ max: pathsMax, ttlResolution: 0, perf })
    if (options.states !== undefined) options.states.onLearnt = () => this.#reconsider()
  }

  get counts(): CgroupRegistryCounts {
    return { ...this.#counts, entries: this.#table.size, evicted: this.#table.evicted }
  }

  /**
   * Learns what an earlier agent knew, and then what there is: of the containers that ended in between, records may wait. Call
   * at start, after the probe is attached.
   */
  start(): void {
    const { memory } = this.#options
    for (const remembered of memory?.recall() ?? [])
      if (this.#table.find(remembered.key) === undefined)
        this.#table.add({ ...remembered, probesLeft: 0, removedMs: undefined })
    this.walk()
    memory?.rewrite(this.#containers())
  }

  /** To be called before records are committed from which a container may have been learnt. */
  save(): void {
    this.#options.memory?.write(() => this.#containers())
  }

  *#containers(): Generator<CgroupEntry> {
    for (const entry of this.#table.entries()) if (isOfContainer(entry.attribution)) yield entry
  }

  /** Walks the mounted hierarchies and learns every cgroup in them. */
  walk(): void {
    this.#walkedMs = this.#options.clock.monotonicMs()
    for (const mount of this.#options.mounts) this.#walkMount(mount)
    this.#findBase()
  }

  /** Takes in a record of the probe; returns whose cgroup it is or was. */
  apply(record: CgroupRecord): CgroupAttribution {
    if (record.phase === 'created') {
      this.#counts.created += 1
      return this.#learn(record.cgroup, record.path).attribution
    }
    this.#counts.removed += 1
    const entry = this.#table.find(record.cgroup) ?? this.#learn(record.cgroup, record.path)
    this.#table.remove(entry)
    this.#table.expire()
    return entry.attribution
  }

  /**
   * Whose an event is, from the cgroups it carries, v2 first: the one in a pod, else the most deeply nested, else the first. With
   * a pid, cgroups that nobody named are looked up in /proc.
   */
  attribute(cgroups: readonly CgroupKey[], pid?: number): CgroupAttribution {
    let best: CgroupEntry | undefined
    let missing = false
    for (const key of cgroups) {
      const entry = this.#table.find(key)
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
    // A v2 root or slice says nothing while the cgroup in the other hierarchy, which may be a container's, is not known.
    if (best !== undefined && !(isHost && missing && this.#misses(cgroups))) return best.attribution
    this.#counts.unknown += 1
    return cgroups.length === 0 ? assumedHost : unknownAttribution
  }

  /** True when a cgroup is not known whose hierarchy is, so that it should be. */
  #misses(cgroups: readonly CgroupKey[]): boolean {
    const { mounts } = this.#options
    return cgroups.some(
      (key) =>
        this.#table.find(key) === undefined &&
        mounts.some(({ hierarchy }) => hierarchy === key.hierarchy),
    )
  }

  /** Whose a path is, as /proc/PID/cgroup shows it to the agent. For sources that read paths themselves. */
  attributePath(path: string): CgroupAttribution {
    const remembered = this.#paths.get(path)
    if (remembered !== undefined) return remembered
    const absolute = this.#absolute(path)
    const identity = parseCgroupPath(absolute)
    const confirmed = identity.kind === 'candidate' ? this.#confirm(absolute, true) : undefined
    const attribution = confirmed ?? attributionOf(absolute, identity)
    const isOpen = identity.kind === 'candidate' && confirmed === undefined
    this.#paths.set(path, attribution, isOpen ? { ttl: openPathMs } : {})
    return attribution
  }

  #absolute(path: string): string {
    return this.#basePath === '' ? path : resolveCgroupPath(this.#basePath, path)
  }

  #learn(key: CgroupKey, path: string): CgroupEntry {
    const present = this.#table.find(key)
    // v2 ids are never used twice; on v1 a new path under an old id is a new cgroup.
    if (present?.path === path && present.removedMs === undefined) return present
    const identity = parseCgroupPath(path)
    const entry: CgroupEntry = {
      key,
      path,
      attribution: attributionOf(path, identity),
      rank: identityRank(identity),
      probesLeft: 0,
      removedMs: undefined,
    }
    this.#table.add(entry)
    if (isOfContainer(entry.attribution)) this.#options.memory?.remember(entry)
    if (identity.kind === 'candidate' && this.#options.states !== undefined) {
      entry.probesLeft = probesMax
      this.#probe(entry)
      if (entry.attribution.containerId === hostContainerId) this.#postpone(entry)
    }
    return entry
  }

  #postpone(entry: CgroupEntry): void {
    this.#undecided.add(entry)
    const [oldest] = this.#undecided
    if (this.#undecided.size > undecidedMax && oldest !== undefined) this.#undecided.delete(oldest)
  }

  #probe(entry: CgroupEntry): void {
    entry.probesLeft -= 1
    this.#decide(entry, true)
  }

  #decide(entry: CgroupEntry, probe: boolean): void {
    const confirmed = this.#confirm(entry.path, probe)
    if (confirmed === undefined) return
    if (this.#undecided.delete(entry)) this.#counts.confirmedLate += 1
    entry.attribution = confirmed
    entry.probesLeft = 0
    entry.rank = identityRank({ ...parseCgroupPath(entry.path), kind: 'container', nesting: 1 })
    this.#options.memory?.remember(entry)
  }

  #confirm(path: string, probe: boolean): CgroupAttribution | undefined {
    const found = this.#options.states?.confirm(path, probe)
    return found === undefined ? undefined : confirmedAttribution(path, found)
  }

  #reconsider(): void {
    this.#paths.clear()
    for (const entry of [...this.#undecided]) this.#decide(entry, false)
  }

  /** Looks for cgroups that nothing has named yet, in /proc and then by a walk; true when one more is known now. */
  #lookUp(cgroups: readonly CgroupKey[], pid: number | undefined): boolean {
    const missing = cgroups.filter((key) => this.#table.find(key) === undefined)
    const first = missing[0]
    if (first === undefined) return false
    const name = `${first.hierarchy}:${first.id}`
    if (this.#unknown.has(name)) return false
    this.#unknown.set(name, true)
    const found = (): boolean => missing.some((key) => this.#table.find(key) !== undefined)
    if (pid !== undefined) this.#learnFromProcess(missing, pid)
    const walkedForMs = this.#options.clock.monotonicMs() - this.#walkedMs
    if (!found() && walkedForMs >= walkIntervalMs) this.walk()
    if (!found()) return false
    this.#counts.foundLate += 1
    this.#unknown.delete(name)
    return true
  }

  #learnFromProcess(cgroups: readonly CgroupKey[], pid: number): void {
    const text = this.#options.readProcessCgroups?.(pid)
    if (text === undefined) return
    for (const line of parseCgroupFile(text)) {
      const key = cgroups.find((candidate) => candidate.hierarchy === line.hierarchy)
      const path = this.#absolute(line.path)
      if (key !== undefined && this.#mayBe(key, path)) this.#learn(key, path)
    }
  }

  /** Whether a path can be that cgroup's: the process may have moved on, or its pid be another's by now. */
  #mayBe(key: CgroupKey, path: string): boolean {
    const mount = this.#options.mounts.find((candidate) => candidate.hierarchy === key.hierarchy)
    // Without the mount nothing can be compared, and /proc is all there is.
    if (mount === undefined) return true
    return statSync(join(mount.directory, path), { throwIfNoEntry: false })?.ino === key.id
  }

  #walkMount(mount: CgroupMount): void {
    const { hierarchy } = mount
    const walk = walkCgroups(mount.directory, this.#entriesMax)
    for (const { id, path } of walk.cgroups) this.#learn({ hierarchy, id }, path)
    if (walk.truncated) this.#counts.walksTruncated += 1
    // Those that a complete walk did not meet are gone, though nobody reported it.
    else this.#table.removeAbsent(hierarchy, new Set(walk.cgroups.map((cgroup) => cgroup.id)))
  }

  #findBase(): void {
    const { ownRoot } = this.#options
    if (ownRoot === undefined) return
    const inode = statSync(ownRoot, { throwIfNoEntry: false })?.ino
    const entry = inode === undefined ? undefined : this.#table.find({ hierarchy: 0, id: inode })
    const basePath = entry === undefined || entry.path === '/' ? '' : entry.path
    if (basePath !== this.#basePath) this.#paths.clear()
    this.#basePath = basePath
  }
}
