/**
 * Process metrics by namespace and workload, with bounded labels: beyond `maxWorkloads` everything counts as `other`;
 * the series of a dead workload go. What a container did before its workload is known is held back for a moment, so
 * that short-lived containers are not all counted as nobody's.
 */
import type { Clock } from '#base/clock.ts'
import type { MetricCounter } from '#base/metric-table.ts'
import { type Event, type ExecEvent, type ExitEvent, hostContainerId } from '#proto/event.ts'
import type { NameCache } from './names.ts'
import type { AgentChunk } from './store/store.ts'

export const maxWorkloads = 1_000

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

export const exitOutcomes = ['ok', 'error', 'signal', 'unknown'] as const
export type ExitOutcome = (typeof exitOutcomes)[number]

const outcomeOf = ({ exitCode, signal }: ExitEvent): ExitOutcome => {
  if (signal !== 0) return 'signal'
  if (exitCode === null) return 'unknown'
  return exitCode === 0 ? 'ok' : 'error'
}

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

interface Tally {
  readonly sinceMs: number
  execs: number
  readonly exits: Record<ExitOutcome, number>
  /** True when the container's end came while its counts waited. */
  ended: boolean
}

const newTally = (sinceMs: number): Tally => ({
  sinceMs,
  execs: 0,
  exits: { ok: 0, error: 0, signal: 0, unknown: 0 },
  ended: false,
})

/**
 * What ran before Mayfly looked was not executed now; what the runtime does to set a container up is not its
 * workload's doing.
 */
const counts = (event: Event): event is ExecEvent | ExitEvent =>
  (event.kind === 'exec' && !event.snapshot && !event.runtime) ||
  (event.kind === 'exit' && !event.runtime)

interface Series {
  readonly labels: WorkloadLabels
  readonly live: Set<string>
  lastMs: number
}

export interface WorkloadCountsOptions {
  readonly execs: MetricCounter
  readonly exits: MetricCounter
  /** Events that were counted as `other`. */
  readonly overflow: MetricCounter
  readonly names: NameCache
  readonly clock: Clock
  readonly maxWorkloads?: number
}

export class WorkloadCounts {
  readonly #options: WorkloadCountsOptions
  readonly #series = new Map<string, Series>()
  readonly #pending = new Map<string, Tally>()

  constructor(options: WorkloadCountsOptions) {
    this.#options = options
  }

  get workloads(): number {
    return this.#series.size
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Counts a stored chunk. Container events must have reached the name cache before. */
  add(chunk: AgentChunk): void {
    const nowMs = this.#options.clock.monotonicMs()
    // Summed per container first: a metric's label lookup per event would cost more than everything else here.
    const tallies = new Map<string, Tally>()
    const ended: string[] = []
    for (const event of chunk.events) {
      if (event.kind === 'container' && event.phase === 'ended') ended.push(event.containerId)
      if (!counts(event)) continue
      const tally = tallies.get(event.containerId) ?? newTally(nowMs)
      tallies.set(event.containerId, tally)
      if (event.kind === 'exec') tally.execs += 1
      else tally.exits[outcomeOf(event)] += 1
    }
    for (const [containerId, tally] of tallies) this.#settleOrWait(containerId, tally)
    // A short-lived container begins and ends within one chunk: its end comes after all it did.
    for (const containerId of ended) this.#ended(containerId)
  }

  /** Settles what has its name now or has waited long enough, and lets dead workloads go. Call every few seconds. */
  sweep(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const [containerId, tally] of this.#pending) {
      const labels = this.#labelsOf(containerId)
      const waited = nowMs - tally.sinceMs >= maxNameWaitMs
      if (labels.complete || waited) {
        this.#pending.delete(containerId)
        this.#count(containerId, labels, tally)
      }
    }
    for (const [key, { live, lastMs, labels }] of this.#series) {
      const idleMs = nowMs - lastMs
      if (idleMs < (live.size === 0 ? deadWorkloadMs : lostWorkloadMs)) continue
      this.#series.delete(key)
      this.#options.execs.remove({ ...labels })
      for (const outcome of exitOutcomes) this.#options.exits.remove({ ...labels, outcome })
    }
  }

  #ended(containerId: string): void {
    const waiting = this.#pending.get(containerId)
    if (waiting) waiting.ended = true
    this.#series.get(keyOf(this.#labelsOf(containerId)))?.live.delete(containerId)
  }

  #settleOrWait(containerId: string, tally: Tally): void {
    const waiting = this.#pending.get(containerId)
    if (waiting) {
      waiting.execs += tally.execs
      for (const outcome of exitOutcomes) waiting.exits[outcome] += tally.exits[outcome]
      return
    }
    const labels = this.#labelsOf(containerId)
    if (labels.complete || this.#pending.size >= maxPending) {
      this.#count(containerId, labels, tally)
    } else this.#pending.set(containerId, tally)
  }

  #labelsOf(containerId: string): WorkloadLabels & { readonly complete: boolean } {
    const names = this.#options.names.get(containerId)
    if (containerId === hostContainerId) {
      return { namespace: '', workload: 'host', workload_type: 'host', complete: true }
    }
    if (names.workload !== '') {
      const { namespace, workload, workloadType: workload_type } = names
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
    return { namespace, workload: names.pod, workload_type: '', complete: false }
  }

  #count(containerId: string, labels: WorkloadLabels, tally: Tally): void {
    const { execs, exits, overflow, clock } = this.#options
    const series = this.#seriesOf(labels)
    if (series) {
      series.lastMs = clock.monotonicMs()
      if (!tally.ended && series.live.size < maxLiveContainers) series.live.add(containerId)
    }
    const target = series?.labels ?? otherLabels
    let events = tally.execs
    execs.inc({ ...target }, tally.execs)
    for (const outcome of exitOutcomes) {
      events += tally.exits[outcome]
      if (tally.exits[outcome] > 0) exits.inc({ ...target, outcome }, tally.exits[outcome])
    }
    if (!series) overflow.inc(events)
  }

  #seriesOf({ namespace, workload, workload_type }: WorkloadLabels): Series | undefined {
    const labels = { namespace, workload, workload_type }
    const key = keyOf(labels)
    const known = this.#series.get(key)
    if (known) return known
    if (this.#series.size >= (this.#options.maxWorkloads ?? maxWorkloads)) return undefined
    const series: Series = { labels, live: new Set(), lastMs: 0 }
    this.#series.set(key, series)
    for (const outcome of exitOutcomes) this.#options.exits.inc({ ...labels, outcome }, 0)
    return series
  }
}
