/**
 * The collector's metrics, registered in a private registry: metric-table.ts declares them. Those of workloads are made from what is
 * stored, so they agree with the timeline.
 */
import type { Clock } from '#base/clock.ts'
import {
  createRegistry,
  type MetricReaders,
  type MetricRegistry,
  registerMetrics,
} from '#base/metric-table.ts'
import { processMetricReaders, processMetricTable } from '#base/process-metrics.ts'
import type { AgentInfo, StatusAnswer } from '#proto/api.ts'
import type { Event } from '#proto/event.ts'
import type { RequestFacts } from './api/api.ts'
import type { AuditTotals } from './audit-watch.ts'
import { agentSources, collectorMetricTable, storeStates } from './metric-table.ts'
import type { NameCache } from './names.ts'
import type { StoreRead } from './observed-store.ts'
import type { AgentChunk, StoreHealth } from './store/store.ts'
import { WeightedHistogram } from './weighted-histogram.ts'
import { WorkloadCounts } from './workload-counts.ts'

/** What ingest has counted since it started. */
export interface IngestTotals {
  readonly eventsReceived: number
  readonly eventsDuplicate: number
  readonly eventsQuarantined: number
  readonly batches: number
  readonly receivedBytes: number
  readonly agentsConnected: number
  readonly queueBytes: number
  readonly connectionsRefused: number
  readonly takeOvers: number
  readonly conflicts: number
}

/** Of the file system that the store is on. */
export interface FileSystemSpace {
  readonly freeBytes: number
  readonly capacityBytes: number
}

export interface CollectorMetricSources {
  readonly names: NameCache
  readonly clock: Clock
  readonly version: string
  readonly ingest: () => IngestTotals
  readonly quarantine: () => StatusAnswer['quarantine']
  /** Of the last audit; undefined while there is none. */
  readonly audit: () => AuditTotals | undefined
  readonly agents: () => readonly AgentInfo[]
  readonly storeHealth: () => StoreHealth
  /** Undefined where the store is not on this machine. */
  readonly storeSpace: () => FileSystemSpace | undefined
  readonly tails: () => number
}

export interface CollectorMetrics {
  readonly registry: MetricRegistry
  /** Counts a stored chunk; the name cache must have learnt its container events. */
  stored(chunk: AgentChunk): void
  /** What the store took to answer. */
  asked(read: StoreRead, durationMs: number): void
  /** Containers that ran before, so that their agents' next word of them is not their start. */
  remember(containers: readonly { readonly node: string; readonly containerId: string }[]): void
  request(facts: RequestFacts): void
  tailDropped(count: number): void
  /** Settles and forgets workloads; call every few seconds. */
  sweep(): void
}

/** All but the histograms whose observations have a weight, which are no metrics of prom-client. */
const { connectLatency, processLifetime, containerLifetime, ...registeredTable } =
  collectorMetricTable

const sourceOf = ({ sources }: AgentInfo): (typeof agentSources)[number] =>
  sources.find(({ state }) => state !== 'failed')?.name ?? 'none'

/** Names asked for are not among them: an unanswered one is told 5 s later. */
const happenedNow = (event: Event): boolean => {
  const { kind } = event
  if (kind === 'exec' || kind === 'connect' || kind === 'accept') return !event.snapshot
  return kind === 'exit' || kind === 'close'
}

const tailRoute = '/api/v1/tail'

const readers = (
  sources: CollectorMetricSources,
  workloads: () => WorkloadCounts,
): MetricReaders<typeof registeredTable> => ({
  workloads: () => workloads().workloads,
  unnamedContainers: () => workloads().pending,
  eventsReceived: () => sources.ingest().eventsReceived,
  eventsDuplicate: () => sources.ingest().eventsDuplicate,
  eventsQuarantined: () => sources.ingest().eventsQuarantined,
  batchesQuarantined: () => sources.quarantine().batches,
  quarantineBytes: () => sources.quarantine().bytes,
  unaccountedEvents: () => sources.audit()?.unaccounted,
  missingSequenceNumbers: () => sources.audit()?.missingSeqs,
  inFlightEvents: () => sources.audit()?.inFlight,
  batches: () => sources.ingest().batches,
  batchBytes: () => sources.ingest().receivedBytes,
  agentsConnected: () => sources.ingest().agentsConnected,
  agentsBySource: () => {
    const connected = sources.agents().filter((agent) => agent.connected)
    return agentSources.map((source) => ({
      labels: { source },
      value: connected.filter((agent) => sourceOf(agent) === source).length,
    }))
  },
  connectionsRefused: () => sources.ingest().connectionsRefused,
  takeOvers: () => sources.ingest().takeOvers,
  conflicts: () => sources.ingest().conflicts,
  ingestQueueBytes: () => sources.ingest().queueBytes,
  storeState: () => {
    const { state } = sources.storeHealth()
    return storeStates.map((name) => ({ labels: { state: name }, value: name === state ? 1 : 0 }))
  },
  storeRows: () => sources.storeHealth().rowsInserted,
  storeRetries: () => sources.storeHealth().insertsRetried,
  storeBytes: () => sources.storeHealth().sizeBytes,
  storeFreeBytes: () => sources.storeSpace()?.freeBytes,
  storeCapacityBytes: () => sources.storeSpace()?.capacityBytes,
  engineRestarts: () => sources.storeHealth().engineRestarts,
  tails: () => sources.tails(),
  buildInfo: () => [{ labels: { version: sources.version }, value: 1 }],
})

/** Registers everything; the callbacks are called by store wrapper, API and main. */
export const createCollectorMetrics = (sources: CollectorMetricSources): CollectorMetrics => {
  const registry = createRegistry()
  registerMetrics(processMetricTable, registry, processMetricReaders)
  // The readers run at scrape time, after `workloads` is there.
  const metrics = registerMetrics(
    registeredTable,
    registry,
    readers(sources, () => workloads),
  )
  const { names, clock } = sources
  const workloads = new WorkloadCounts({
    counters: metrics,
    histograms: {
      connectLatency: new WeightedHistogram(connectLatency, 'namespace', registry),
      processLifetime: new WeightedHistogram(processLifetime, 'namespace', registry),
      containerLifetime: new WeightedHistogram(containerLifetime, 'namespace', registry),
    },
    overflow: metrics.workloadOverflow,
    names,
    clock,
  })
  return {
    registry,
    stored: (chunk) => {
      metrics.eventsStored.inc(chunk.events.length)
      workloads.add(chunk)
      for (const event of chunk.events) {
        if (event.kind !== 'gap') continue
        metrics.gaps.inc({ reason: event.reason })
        metrics.gapEvents.inc({ reason: event.reason }, event.lost ?? 0)
      }
      const first = chunk.events.find(happenedNow)
      if (first) metrics.deliverySeconds.observe(Math.max(0, clock.nowUs() - first.timeUs) / 1e6)
    },
    asked: (read, durationMs) => metrics.queries.observe({ read }, durationMs / 1000),
    remember: (containers) => workloads.remember(containers),
    request: ({ route, status, durationMs }) => {
      metrics.apiRequests.inc({ route, code: String(status) })
      if (route !== tailRoute) metrics.apiSeconds.observe({ route }, durationMs / 1000)
    },
    tailDropped: (count) => metrics.tailDropped.inc(count),
    sweep: () => workloads.sweep(),
  }
}
