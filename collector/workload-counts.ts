/**
 * Metrics by namespace and workload, with bounded labels: beyond `maxWorkloads` everything counts as `other`;
 * the series of a dead workload go. What a container did before its workload is known is held back for a moment, so
 * that short-lived containers are not all counted as nobody's.
 */
import type { Clock } from '#base/clock.ts'
import type { MetricCounter } from '#base/metric-table.ts'
import { type ContainerEvent, isContainerId } from '#proto/event.ts'
import { ContainerLives } from './container-lives.ts'
import type { NameCache } from './names.ts'
import { containerKey } from './store/container-key.ts'
import type { AgentChunk } from './store/store.ts'
import type { WeightedHistogram } from './weighted-histogram.ts'
import { maxWorkloads } from './workload-metric-table.ts'
import {
  cellsOf,
  type Family,
  isCounted,
  type Observed,
  Tally,
  type WorkloadCounter,
} from './workload-tally.ts'

/** How long counts wait for the names of their container; the kubelet is asked at once and then for up to 30 s. */
const maxNameWaitMs = 30_000
/** Containers whose counts wait; more than that, and the newest are counted without a name. */
const maxPending = 10_000
/** A workload without a living container and without an event keeps its series this long. */
const deadWorkloadMs = 15 * 60_000
/** The same for one whose container's end was never seen. */
const lostWorkloadMs = 24 * 3_600_000
/** Containers remembered as living per workload. */
const maxLiveContainers = 10_000

interface WorkloadLabels {
  readonly namespace: string
  readonly workload: string
  readonly workload_type: string
}

const keyOf = ({ namespace, workload, workload_type }: WorkloadLabels): string =>
  `${namespace}\0${workload}\0${workload_type}`

const otherLabels: WorkloadLabels = {
  namespace: 'other',
  workload: 'other',
  workload_type: 'other',
}

/** What has a new name each time: as series of their own a pipeline's Jobs would push everybody else out. CronJobs' are their CronJob's. */
const passingTypes: readonly string[] = ['job', 'pod']

/** A container on its node. */
interface Place {
  readonly node: string
  readonly containerId: string
}

const placeKey = ({ node, containerId }: Place): string => containerKey(node, containerId)

/** What a container did while its name is waited for. */
interface Waiting {
  readonly place: Place
  readonly sinceMs: number
  readonly tally: Tally
  /** True when the container's end came while its counts waited. */
  ended: boolean
}

interface Series {
  readonly labels: WorkloadLabels
  readonly families: Set<Family>
  readonly live: Set<string>
  lastMs: number
}

export interface WorkloadCountsOptions {
  readonly counters: Readonly<Record<WorkloadCounter, MetricCounter>>
  /** By namespace only: a histogram has more series than all counters of a workload. */
  readonly histograms: Readonly<Record<Observed, WeightedHistogram>>
  /** Events that were counted as `other`. */
  readonly overflow: MetricCounter
  readonly names: NameCache
  readonly clock: Clock
  readonly maxWorkloads?: number
}

export class WorkloadCounts {
  readonly #options: WorkloadCountsOptions
  readonly #series = new Map<string, Series>()
  readonly #pending = new Map<string, Waiting>()
  readonly #lives = new ContainerLives()

  constructor(options: WorkloadCountsOptions) {
    this.#options = options
  }

  get workloads(): number {
    return this.#series.size
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Takes in what ran before: of these no start is counted, and no life is whole. */
  remember(containers: readonly Place[]): void {
    for (const place of containers) this.#lives.remember(placeKey(place))
  }

  /** Counts a stored chunk. Container events must have reached the name cache before. */
  add(chunk: AgentChunk): void {
    const { node } = chunk
    const tallies = new Map<string, Tally>()
    const tallyOf = (containerId: string): Tally => {
      const tally = tallies.get(containerId) ?? new Tally()
      tallies.set(containerId, tally)
      return tally
    }
    const ended: string[] = []
    for (const event of chunk.events) {
      const { kind, containerId } = event
      if (kind === 'container') {
        this.#live(placeKey({ node, containerId }), event, () => tallyOf(containerId))
        if (event.phase === 'ended') ended.push(containerId)
        continue
      }
      const begins = this.#lives.awaits && this.#lives.acts(placeKey({ node, containerId }), event)
      if (begins) tallyOf(containerId).containerStarted()
      if (isCounted(event)) tallyOf(containerId).add(event)
    }
    for (const [containerId, tally] of tallies) this.#settleOrWait({ node, containerId }, tally)
    // A short-lived container begins and ends within one chunk: its end comes after all it did.
    for (const containerId of ended) this.#ended({ node, containerId })
  }

  /** Settles what has its name now or has waited long enough, and lets dead workloads go. Call every few seconds. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const [key, { place, sinceMs, tally, ended }] of this.#pending) {
      const labels = this.#labelsOf(place)
      const waited = nowMs - sinceMs >= maxNameWaitMs
      if (labels.complete || waited) {
        this.#pending.delete(key)
        this.#count(place, labels, tally, ended)
      }
    }
    for (const [key, series] of this.#series) {
      const idleMs = nowMs - series.lastMs
      if (idleMs >= (series.live.size === 0 ? deadWorkloadMs : lostWorkloadMs)) {
        this.#series.delete(key)
        this.#remove(series)
      }
    }
  }

  #live(key: string, event: ContainerEvent, tally: () => Tally): void {
    const { phase, type, containerId, timeUs } = event
    // A pod's sandbox is none that somebody asked for; of the pseudo-containers none begins or ends.
    if (type === 'sandbox' || !isContainerId(containerId)) return
    if (phase === 'started') this.#lives.begins(key, timeUs)
    if (phase !== 'ended') return
    const life = this.#lives.ends(key, timeUs)
    if (life.begins) tally().containerStarted()
    tally().containerEnded(life.lifetimeUs)
  }

  #ended(place: Place): void {
    const key = placeKey(place)
    const waiting = this.#pending.get(key)
    if (waiting) waiting.ended = true
    this.#series.get(keyOf(this.#labelsOf(place)))?.live.delete(key)
  }

  #settleOrWait(place: Place, tally: Tally): void {
    const key = placeKey(place)
    const waiting = this.#pending.get(key)
    if (waiting) {
      waiting.tally.merge(tally)
      return
    }
    const labels = this.#labelsOf(place)
    if (labels.complete || this.#pending.size >= maxPending) {
      this.#count(place, labels, tally, false)
    } else {
      const sinceMs = this.#options.clock.monotonicMs()
      this.#pending.set(key, { place, sinceMs, tally, ended: false })
    }
  }

  #labelsOf({ node, containerId }: Place): WorkloadLabels & { readonly complete: boolean } {
    const names = this.#options.names.get(node, containerId)
    if (containerId !== '' && !isContainerId(containerId)) {
      return { namespace: '', workload: containerId, workload_type: containerId, complete: true }
    }
    if (names.workload !== '') {
      const { namespace, workloadType: workload_type } = names
      const workload = passingTypes.includes(workload_type) ? otherLabels.workload : names.workload
      return { namespace, workload, workload_type, complete: true }
    }
    // Outside Kubernetes a container's own name is the best there is, and nothing better will come.
    if (names.pod === '' && names.container !== '') {
      return {
        namespace: '',
        workload: names.container,
        workload_type: 'container',
        complete: true,
      }
    }
    const { namespace } = names
    const workload = names.pod === '' ? '' : otherLabels.workload
    return { namespace, workload, workload_type: '', complete: false }
  }

  #count(place: Place, labels: WorkloadLabels, tally: Tally, ended: boolean): void {
    const { counters, histograms, overflow, clock } = this.#options
    const series = this.#seriesOf(labels)
    const target = series?.labels ?? otherLabels
    if (series) {
      series.lastMs = clock.monotonicMs()
      const isLive = tally.showsLife && !ended
      if (isLive && series.live.size < maxLiveContainers) series.live.add(placeKey(place))
    } else overflow.inc(tally.events)
    for (const [cell, amount] of tally.amounts) {
      if (series && !series.families.has(cell.family)) this.#begin(series, cell.family)
      counters[cell.counter].inc({ ...target, ...cell.labels }, amount)
    }
    for (const [histogram, observations] of tally.observed)
      histograms[histogram].add(target.namespace, observations)
  }

  #seriesOf({ namespace, workload, workload_type }: WorkloadLabels): Series | undefined {
    const labels = { namespace, workload, workload_type }
    const key = keyOf(labels)
    const known = this.#series.get(key)
    if (known) return known
    if (this.#series.size >= (this.#options.maxWorkloads ?? maxWorkloads)) return undefined
    const series: Series = { labels, families: new Set(), live: new Set(), lastMs: 0 }
    this.#series.set(key, series)
    return series
  }

  /** All series of a family begin at 0, so that the first of a kind shows as a rise. */
  #begin({ labels, families }: Series, family: Family): void {
    families.add(family)
    for (const cell of cellsOf[family]) {
      this.#options.counters[cell.counter].inc({ ...labels, ...cell.labels }, 0)
    }
  }

  #remove({ labels, families }: Series): void {
    const { counters, histograms } = this.#options
    for (const family of families) {
      for (const cell of cellsOf[family]) {
        counters[cell.counter].remove({ ...labels, ...cell.labels })
      }
    }
    const namespaces = [...this.#series.values()].map((series) => series.labels.namespace)
    const retained = new Set([...namespaces, otherLabels.namespace])
    for (const histogram of Object.values(histograms)) histogram.retain(retained)
  }
}
