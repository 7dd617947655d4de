/**
 * The collector's metrics, declared with their meaning and labels: for metrics.ts and docs/metrics.md. Those of workloads, and of the parts
 * of the collector, have tables of their own.
 */
import type { MetricTable } from '#base/metric-table.ts'
import { gapReasons } from '#proto/event.ts'
import { storeReads } from './observed-store.ts'
import { workloadMetricTable } from './workload-metric-table.ts'

/** `none`: its only source has failed. */
export const agentSources = ['ebpf', 'procfs', 'none'] as const
const gapReason = { help: 'why; docs/reliability.md has each', values: gapReasons } as const
/** With its own: those that docs/api.md lists and `other`. */
const route = { help: 'path as documented; `other` for unknown ones', atMost: 30 } as const
export const storeStates = ['starting', 'ready', 'failing', 'closed'] as const

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
  gaps: {
    type: 'counter',
    name: 'mayfly_collector_gaps_total',
    help: 'Gaps stored: each says what is missing from the timeline, where, when and why.',
    labels: { reason: gapReason },
  },
  gapEvents: {
    type: 'counter',
    name: 'mayfly_collector_gap_events_total',
    help: 'Events that those gaps stand for, as far as the number is known; of some nobody knows it.',
    labels: { reason: gapReason },
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
  agentsBySource: {
    type: 'gauge',
    name: 'mayfly_collector_agents',
    help: 'Connected agents by what they capture with: procfs sees brief processes and connections only by chance.',
    labels: { source: { help: 'capture path; `none` while it fails', values: agentSources } },
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
  storeFreeBytes: {
    type: 'gauge',
    name: 'mayfly_collector_store_free_bytes',
    help: 'Free space on the file system of the embedded store; absent with --store-url.',
  },
  storeCapacityBytes: {
    type: 'gauge',
    name: 'mayfly_collector_store_capacity_bytes',
    help: 'Size of that file system.',
  },
  queries: {
    type: 'histogram',
    name: 'mayfly_collector_store_query_seconds',
    help: 'Time that the store took to answer, or to fail.',
    labels: { read: { help: 'what was asked', values: storeReads } },
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60],
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
      route,
      code: { help: 'HTTP status', atMost: 20 },
    },
  },
  apiSeconds: {
    type: 'histogram',
    name: 'mayfly_collector_api_request_seconds',
    help: 'Time from a request’s headers to the end of its answer; without /api/v1/tail.',
    labels: { route },
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
    labels: { version: { help: 'version of Mayfly', atMost: 1 } },
  },
} as const satisfies MetricTable
