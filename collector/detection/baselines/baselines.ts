/**
 * All baselines: finds whose an event is, has it learnt or judged, and keeps what was learnt in the store. Called by detection.ts
 * with every event that rules were held against; owns the baselines.
 *
 * A container has its names a second or two after its first process. What it does until then waits for them, so that the beginning
 * of a container is learnt and judged like the rest.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import type { Baseline, BaselineCoverage, WrittenBaseline } from '#proto/baseline.ts'
import { isContainerId } from '#proto/event.ts'
import { mayBeNamed, type NameCache, type Names } from '../../names.ts'
import type { BaselineQuery, StoredBaseline } from '../../store/baselines.ts'
import { containerKey } from '../../store/container-key.ts'
import type { KnownProcess } from '../processes.ts'
import { type BaselineOwner, baselineId, WorkloadBaseline } from './baseline.ts'
import { type Drift, driftOf } from './drift.ts'
import { isBeginning, itemsOf, keyOf, peerValue, type Seen } from './item.ts'
import { type BaselineLimits, dayUs } from './limits.ts'
import type { Life } from './lives.ts'

/** Workloads' containers; some 50 KB each when they do much. */
const maxBaselines = 5_000
/** Containers whose names are waited for, and different things of each. */
const maxUnnamed = 2_000
const maxUnnamedItems = 256
/** How long what waits for names keeps its place in the agents' events; longer ones are lost with the collector. */
const holdMs = 10_000
/** Containers whose baseline is at hand. */
const maxContainers = 50_000
const passMs = 30_000
const writeMs = 5_000
/** Written at once. */
const maxWritten = 200
/** Controllers that come back under the same name; a Job that no CronJob made runs once. */
const learntTypes: readonly string[] =
  'deployment rollout statefulset daemonset cronjob replicaset replicationcontroller pod staticpod'.split(
    ' ',
  )

export interface BaselineStore {
  baselines(query: BaselineQuery): Promise<readonly StoredBaseline[]>
  writeBaselines(baselines: readonly StoredBaseline[]): Promise<void>
}

/** Which baselines: every given field narrows. */
export interface BaselineFilter {
  readonly namespace?: string | undefined
  readonly workload?: string | undefined
  readonly container?: string | undefined
  readonly limit: number
}

export interface BaselinesOptions {
  readonly store: BaselineStore
  readonly names: NameCache
  readonly clock: Clock
  readonly limits: BaselineLimits
}

/** Something of a container without names. */
interface Waiting {
  readonly seen: Seen
  readonly event: TimelineEvent
  /** Ancestors, as they were. */
  readonly line: readonly KnownProcess[]
  /** Asked when its container has names. */
  readonly isSuspect: () => boolean
}

interface Unnamed {
  readonly node: string
  readonly containerId: string
  readonly sinceMs: number
  readonly items: Map<string, Waiting>
  /** Something of it was not seen, up to then; Unix microseconds. */
  gapUs: number
  hasEnded: boolean
}

interface Place {
  readonly baseline: WorkloadBaseline
  readonly names: Names
  readonly podUid: string
}

export interface BaselineCounts {
  learnt: number
  outside: number
  refused: number
  /** Workloads that there was no room for. */
  turnedAway: number
  /** Things of containers whose names never came. */
  unnamed: number
}

const timeOf = ({ time }: TimelineEvent): number => Math.trunc(Date.parse(time) * 1_000)

const coverageOf = ({ source }: TimelineEvent): BaselineCoverage =>
  source === 'procfs' ? 'procfs' : 'ebpf'

export class Baselines {
  readonly #options: BaselinesOptions
  readonly #byId = new Map<string, WorkloadBaseline>()
  readonly #places = new LRUCache<string, Place>({ max: maxContainers })
  readonly #unnamed = new LRUCache<string, Unnamed>({
    max: maxUnnamed,
    dispose: ({ items }, _key, reason) => {
      if (reason === 'evict') this.counts.unnamed += items.size
    },
  })
  readonly counts: BaselineCounts = { learnt: 0, outside: 0, refused: 0, turnedAway: 0, unnamed: 0 }
  #version = 0
  #passedMs = 0
  #wroteMs = 0

  constructor(options: BaselinesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byId.size
  }

  /** By state. */
  get states(): Readonly<Record<Baseline['state'], number>> {
    const all = [...this.#byId.values()]
    const locked = all.filter(({ isLocked }) => isLocked).length
    return { locked, learning: all.length - locked }
  }

  /** Reads what was learnt. Rejects with StoreError. */
  async start(): Promise<void> {
    const { store, limits } = this.#options
    for (const { record, version } of await store.baselines({ limit: maxBaselines })) {
      this.#byId.set(record.baseline.id, new WorkloadBaseline(record.baseline, limits, record))
      this.#version = Math.max(this.#version, version)
    }
  }

  /** Learns from an event, or says what of it is outside. `line`: its process's ancestors, the nearest first. */
  observe(
    event: TimelineEvent,
    line: readonly KnownProcess[],
    isSuspect: () => boolean,
  ): readonly Drift[] {
    if (event.kind === 'gap') return this.#gap(event)
    if (!isContainerId(event.containerId)) return []
    if (event.kind === 'container') return this.#container(event)
    const items = itemsOf(event, line)
    if (items.length === 0) return []
    // Its beginning first: it says whether its life is whole.
    const begun = this.#judgeWaiting(containerKey(event.node, event.containerId))
    const place = this.#placeOf(event)
    if (place === undefined) return this.#wait(items, { event, line, isSuspect })
    if (place === 'none') return begun
    const told = items.flatMap((seen) => this.#judge(place, { seen, event, line, isSuspect }))
    return [...begun, ...told]
  }

  /** What is due. The drift of containers that have their names now. */
  tick(): readonly Drift[] {
    const { clock } = this.#options
    const nowMs = clock.monotonicMs()
    const drifts = [...this.#unnamed.keys()].flatMap((key) => this.#judgeWaiting(key))
    if (nowMs - this.#passedMs >= passMs) {
      this.#passedMs = nowMs
      for (const one of this.#byId.values()) one.pass(clock.nowUs())
    }
    return drifts
  }

  /** Writes what has changed. Rejects with StoreError. */
  async write(isLast = false): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    if (!isLast && nowMs - this.#wroteMs < writeMs) return
    this.#wroteMs = nowMs
    const changed = [...this.#byId.values()].filter(({ isChanged }) => isChanged)
    for (let start = 0; start < changed.length; start += maxWritten)
      await this.#write(changed.slice(start, start + maxWritten))
  }

  /** Events that wait for names, and have not waited long. */
  *waiting(): Iterable<TimelineEvent> {
    const sinceMs = this.#options.clock.monotonicMs() - holdMs
    for (const one of this.#unnamed.values())
      if (one.sinceMs >= sinceMs) for (const { event } of one.items.values()) yield event
  }

  /** Whom the workload is known to connect to: false also while nothing is known of it. */
  isKnownPeer(event: TimelineConnection): boolean {
    const place = this.#places.get(containerKey(event.node, event.containerId))
    const value = place && peerValue(event)
    return value !== undefined && place?.baseline.knowsPeer(value) === true
  }

  list(query: BaselineFilter): readonly Baseline[] {
    const { namespace, workload, container, limit } = query
    const nowUs = this.#options.clock.nowUs()
    return [...this.#byId.values()]
      .filter(({ owner }) => namespace === undefined || owner.namespace === namespace)
      .filter(({ owner }) => workload === undefined || owner.workload === workload)
      .filter(({ owner }) => container === undefined || owner.container === container)
      .sort(({ owner: a }, { owner: b }) => (nameOf(a) < nameOf(b) ? -1 : 1))
      .slice(0, limit)
      .map((one) => one.show(nowUs))
  }

  ownerOf(id: string): BaselineOwner | undefined {
    return this.#byId.get(id)?.owner
  }

  /** Undefined when there is none of that id. Rejects with StoreError; then it may be asked again. */
  async decide(
    id: string,
    action: 'lock' | 'unlock',
    author: string,
    comment: string,
  ): Promise<Baseline | undefined> {
    const one = this.#byId.get(id)
    if (one === undefined) return undefined
    const nowUs = this.#options.clock.nowUs()
    if (action === 'lock') one.lock(nowUs, author, comment || 'by hand')
    else one.unlock(nowUs, author, comment || 'by hand')
    await this.#write([one])
    return one.show(nowUs)
  }

  /** Takes what somebody wrote down. Undefined when there is no room. Rejects with StoreError. */
  async replace(
    written: WrittenBaseline,
    author: string,
    comment: string,
  ): Promise<Baseline | undefined> {
    const { namespace, workload, workloadType, container, coverage } = written
    const owner = { namespace, workload, workloadType, container, coverage }
    const nowUs = this.#options.clock.nowUs()
    const one = this.#of(owner, nowUs)
    if (one === undefined) return undefined
    one.replace(written, nowUs, author, comment || 'from a file')
    await this.#write([one])
    return one.show(nowUs)
  }

  async #write(changed: readonly WorkloadBaseline[]): Promise<void> {
    if (changed.length === 0) return
    const nowUs = this.#options.clock.nowUs()
    // Greater than before also when the clock was set back.
    this.#version = Math.max(nowUs, this.#version + 1)
    for (const one of changed) one.isChanged = false
    try {
      const records = changed.map((one) => ({
        record: one.toRecord(nowUs),
        version: this.#version,
      }))
      await this.#options.store.writeBaselines(records)
    } catch (error) {
      for (const one of changed) one.isChanged = true
      throw error
    }
  }

  #judge(place: Place, { seen, event, line, isSuspect }: Waiting): readonly Drift[] {
    const { baseline, names, podUid } = place
    const timeUs = timeOf(event)
    const verdict = baseline.observe(seen, {
      timeUs,
      podUid,
      image: imageOf(names),
      isSuspect: isSuspect(),
    })
    if (verdict === 'learnt' || verdict === 'provisional') this.counts.learnt += 1
    if (verdict === 'refused') this.counts.refused += 1
    if (verdict !== 'outside' && verdict !== 'provisional') return []
    if (verdict === 'outside') this.counts.outside += 1
    const days = Math.floor((timeUs - baseline.sinceUs) / dayUs)
    const isProvisional = verdict === 'provisional'
    const named = { ...event, ...namesIn(names) }
    return [driftOf(seen, named, line, baseline, { isProvisional, days })]
  }

  /** What of a container waited for names, if it has them now. */
  #judgeWaiting(key: string): readonly Drift[] {
    const one = this.#unnamed.get(key)
    const first = one?.items.values().next().value
    const place = first && this.#placeOf(first.event)
    if (one === undefined || place === undefined) return []
    this.#unnamed.delete(key)
    if (place === 'none') return []
    const { baseline } = place
    const drifts = [...one.items.values()].flatMap((waiting) => this.#judge(place, waiting))
    if (one.gapUs > 0) baseline.gap((container) => container === key, one.gapUs)
    if (one.hasEnded) baseline.ended(key)
    return drifts
  }

  #wait(items: readonly Seen[], told: Omit<Waiting, 'seen'>): readonly Drift[] {
    const { node, containerId } = told.event
    const key = containerKey(node, containerId)
    const sinceMs = this.#options.clock.monotonicMs()
    const nothing = { items: new Map(), gapUs: 0, hasEnded: false }
    const one = this.#unnamed.get(key) ?? { node, containerId, sinceMs, ...nothing }
    this.#unnamed.set(key, one)
    for (const seen of items) {
      const itemKey = keyOf(seen)
      if (one.items.has(itemKey)) continue
      if (one.items.size >= maxUnnamedItems) this.counts.unnamed += 1
      else one.items.set(itemKey, { seen, ...told })
    }
    return []
  }

  /** Undefined while the names are not known; `none` where there is no baseline to have. */
  #placeOf(event: TimelineEvent): Place | 'none' | undefined {
    const { node, containerId } = event
    const names = this.#options.names.get(node, containerId)
    const key = containerKey(node, containerId)
    const known = this.#places.get(key)
    if (known !== undefined && known.names === names) return known
    if (names.workload === '') return mayBeNamed(names, event.podUid) ? undefined : 'none'
    if (!learntTypes.includes(names.workloadType)) return 'none'
    const { namespace, workload, workloadType, container } = names
    const owner = { namespace, workload, workloadType, container, coverage: coverageOf(event) }
    const baseline = this.#of(owner, timeOf(event))
    if (baseline === undefined) return 'none'
    const place = { baseline, names, podUid: event.podUid || containerId }
    this.#places.set(key, place)
    const isWhole = event.kind === 'exec' && isBeginning(event.process)
    baseline.lives(key, { node, fromUs: timeOf(event), isWhole, image: imageOf(names) })
    return place
  }

  #of(owner: BaselineOwner, sinceUs: number): WorkloadBaseline | undefined {
    const id = baselineId(owner)
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    if (this.#byId.size >= maxBaselines) {
      this.counts.turnedAway += 1
      return undefined
    }
    const one = new WorkloadBaseline(owner, this.#options.limits, sinceUs)
    this.#byId.set(id, one)
    return one
  }

  #container(event: TimelineEvent & { readonly kind: 'container' }): readonly Drift[] {
    if (event.phase !== 'ended') return []
    const key = containerKey(event.node, event.containerId)
    const begun = this.#judgeWaiting(key)
    const unnamed = this.#unnamed.get(key)
    if (unnamed !== undefined) unnamed.hasEnded = true
    const place = this.#places.get(key)
    // After a start nobody remembers whose it is.
    const owners = place === undefined ? this.#byId.values() : [place.baseline]
    for (const one of owners) one.ended(key)
    return begun
  }

  #gap(event: TimelineEvent & { readonly kind: 'gap' }): readonly Drift[] {
    const concerned = containerKey(event.node, event.containerId)
    const toUs = Math.trunc(Date.parse(event.to) * 1_000)
    const concerns = (container: string, { node }: Pick<Life, 'node'>): boolean =>
      event.containerId === '' ? node === event.node : container === concerned
    for (const one of this.#byId.values()) one.gap(concerns, toUs)
    for (const [key, one] of this.#unnamed)
      if (concerns(key, one)) one.gapUs = Math.max(one.gapUs, toUs)
    return []
  }
}

/** The digest; the name where nobody told it. */
const imageOf = ({ image, imageId }: Names): string => imageId || image

const nameOf = ({ namespace, workload, container }: BaselineOwner): string =>
  `${namespace}/${workload}/${container}`

const namesIn = ({ namespace, workload, workloadType, pod, container }: Names) => ({
  namespace,
  workload,
  workloadType,
  pod,
  container,
})
