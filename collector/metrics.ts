/**
 * The collector's metrics: every one declared with its meaning and labels, registered in a private registry. Those of
 * workloads have a table of their own and are made from what is stored, so they agree with the timeline.
 */
import type { Clock } from '#base/clock.ts'
import {
  createRegistry,
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import { processMetricReaders, processMetricTable } from '#base/process-metrics.ts'
import type { StatusAnswer } from '#proto/api.ts'
import type { Event } from '#proto/event.ts'
import type { RequestFacts } from './api/api.ts'
import type { AuditTotals } from './audit-watch.ts'
import type { NameCache } from './names.ts'
import type { AgentChunk, StoreHealth } from './store/store.ts'
import { WeightedHistogram } from './weighted-histogram.ts'
import { WorkloadCounts } from './workload-counts.ts'
import { workloadMetricTable } from './workload-metric-table.ts'

const storeStates = ['starting', 'ready', 'failing', 'closed'] as const

export const collectorMetricTable = {
  ...workloadMetricTable,
  workloadOverflow: {
    type: 'counter',
    name: 'mayfly_collector_workload_overflow_total',
    help: 'Events counted under `other` because 1,000 workloads had series already.',
  },
  workloads: {
    type: 'gauge',
    name: 'mayfly_collector_workloads',
    help: 'Workloads that have series of their own now.',
  },
  unnamedContainers: {
    type: 'gauge',
    name: 'mayfly_collector_unnamed_containers',
    help: 'Containers whose counts wait up to 30 s for their workload to become known.',
  },
  eventsReceived: {
    type: 'counter',
    name: 'mayfly_collector_events_received_total',
    help: 'Events received from agents, repeated ones included.',
  },
  eventsStored: {
    type: 'counter',
    name: 'mayfly_collector_events_stored_total',
    help: 'Events made durable since the collector started.',
  },
  eventsDuplicate: {
    type: 'counter',
    name: 'mayfly_collector_events_duplicate_total',
    help: 'Events that an agent sent again although they were durable; they are not stored twice.',
  },
  eventsQuarantined: {
    type: 'counter',
    name: 'mayfly_collector_events_quarantined_total',
    help: 'Events of batches that could not be decoded or stored; each such batch became a gap.',
  },
  batchesQuarantined: {
    type: 'counter',
    name: 'mayfly_collector_quarantined_batches_total',
    help: 'Batches that could not be decoded or stored; `mayfly status` says where they are kept.',
  },
  quarantineBytes: {
    type: 'gauge',
    name: 'mayfly_collector_quarantine_bytes',
    help: 'Size on disk of the batches that are kept aside; at most 64 MiB.',
  },
  unaccountedEvents: {
    type: 'gauge',
    name: 'mayfly_collector_unaccounted_events',
    help: 'Events by which captured differs from stored, filtered, in gaps, expired and in flight, over all agents; anything but 0 is a silent loss, and `mayfly audit` says where. Looked at every minute; absent while the store cannot say.',
  },
  missingSequenceNumbers: {
    type: 'gauge',
    name: 'mayfly_collector_missing_sequence_numbers',
    help: 'Sequence numbers that are not durable although later ones are, over all agents; anything but 0 is a silent loss. Likewise every minute.',
  },
  inFlightEvents: {
    type: 'gauge',
    name: 'mayfly_collector_in_flight_events',
    help: 'Events that agents have captured and that are not stored yet, by their last word. Likewise every minute.',
  },
  batches: {
    type: 'counter',
    name: 'mayfly_collector_batches_total',
    help: 'Batches received from agents.',
  },
  batchBytes: {
    type: 'counter',
    name: 'mayfly_collector_received_bytes_total',
    help: 'Bytes received from agents, compressed as they travel.',
  },
  deliverySeconds: {
    type: 'histogram',
    name: 'mayfly_collector_delivery_seconds',
    help: 'From an event on a node to its durable storage: the oldest exec, exit or connection of each chunk. Needs synchronised clocks.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
  },
  agentsConnected: {
    type: 'gauge',
    name: 'mayfly_collector_agents_connected',
    help: 'Agents with a session now.',
  },
  connectionsRefused: {
    type: 'counter',
    name: 'mayfly_collector_connections_refused_total',
    help: 'Agents turned away before their session: no or a wrong token, or too many connections.',
  },
  takeOvers: {
    type: 'counter',
    name: 'mayfly_collector_agent_takeovers_total',
    help: 'Sessions that a newer connection of the same agent took over.',
  },
  conflicts: {
    type: 'counter',
    name: 'mayfly_collector_agent_conflicts_total',
    help: 'Sessions refused because two agents use one name.',
  },
  ingestQueueBytes: {
    type: 'gauge',
    name: 'mayfly_collector_ingest_queue_bytes',
    help: 'Bytes received and not yet durable.',
  },
  storeState: {
    type: 'gauge',
    name: 'mayfly_collector_store_state',
    help: '1 for the state the store is in, 0 for the others.',
    labels: { state: { help: 'state', values: storeStates } },
  },
  storeRows: {
    type: 'counter',
    name: 'mayfly_collector_store_rows_total',
    help: 'Rows inserted since the collector started.',
  },
  storeRetries: {
    type: 'counter',
    name: 'mayfly_collector_store_insert_retries_total',
    help: 'Inserts that were tried again.',
  },
  storeBytes: {
    type: 'gauge',
    name: 'mayfly_collector_store_size_bytes',
    help: 'Size of the store on disk.',
  },
  engineRestarts: {
    type: 'counter',
    name: 'mayfly_collector_store_engine_restarts_total',
    help: 'How often the embedded engine was started again.',
  },
  apiRequests: {
    type: 'counter',
    name: 'mayfly_collector_api_requests_total',
    help: 'API requests answered.',
    labels: {
      route: { help: 'path as documented; `other` for unknown ones' },
      code: { help: 'HTTP status' },
    },
  },
  apiSeconds: {
    type: 'histogram',
    name: 'mayfly_collector_api_request_seconds',
    help: 'Time from a request’s headers to the end of its answer; without /api/v1/tail.',
    labels: { route: { help: 'path as documented; `other` for unknown ones' } },
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60],
  },
  tails: {
    type: 'gauge',
    name: 'mayfly_collector_tail_clients',
    help: 'Followers of /api/v1/tail now.',
  },
  tailDropped: {
    type: 'counter',
    name: 'mayfly_collector_tail_dropped_total',
    help: 'Events not shown to a follower that read too slowly; they are stored.',
  },
  buildInfo: {
    type: 'gauge',
    name: 'mayfly_collector_build_info',
    help: 'Always 1; the label says what runs.',
    labels: { version: { help: 'version of Mayfly' } },
  },
} as const satisfies MetricTable

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

export interface CollectorMetricSources {
  readonly names: NameCache
  readonly clock: Clock
  readonly version: string
  readonly ingest: () => IngestTotals
  readonly quarantine: () => StatusAnswer['quarantine']
  /** Of the last audit; undefined while there is none. */
  readonly audit: () => AuditTotals | undefined
  readonly storeHealth: () => StoreHealth
  readonly tails: () => number
}

export interface CollectorMetrics {
  readonly registry: MetricRegistry
  /** Counts a stored chunk; the name cache must have learnt its container events. */
  stored(chunk: AgentChunk): void
  request(facts: RequestFacts): void
  tailDropped(count: number): void
  /** Settles and forgets workloads; call every few seconds. */
  sweep(): void
}

/** All but the latency of connections, which is no metric of prom-client. */
const { connectLatency, ...registeredTable } = collectorMetricTable

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
    connectLatency: new WeightedHistogram(connectLatency, 'namespace', registry),
    overflow: metrics.workloadOverflow,
    names,
    clock,
  })
  return {
    registry,
    stored: (chunk) => {
      metrics.eventsStored.inc(chunk.events.length)
      workloads.add(chunk)
      const first = chunk.events.find(happenedNow)
      if (first) metrics.deliverySeconds.observe(Math.max(0, clock.nowUs() - first.timeUs) / 1e6)
    },
    request: ({ route, status, durationMs }) => {
      metrics.apiRequests.inc({ route, code: String(status) })
      if (route !== tailRoute) metrics.apiSeconds.observe({ route }, durationMs / 1000)
    },
    tailDropped: (count) => metrics.tailDropped.inc(count),
    sweep: () => workloads.sweep(),
  }
}
