/** Of the pipeline's dashboard: from the wire to the store, and what the collector answers. */
import type { Panel } from '../panel.ts'
import { quantile, rate } from './rate.ts'

export const storing: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'From event to store',
    description: 'Time from an event on a node to its durable storage, by synchronised clocks.',
    unit: 's',
    queries: [
      { expr: quantile(0.5, 'mayfly_collector_delivery_seconds', 'le'), legend: 'median' },
      { expr: quantile(0.99, 'mayfly_collector_delivery_seconds', 'le'), legend: '99 of 100' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Received',
    description: 'Bytes that the collector receives per second, compressed.',
    unit: 'Bps',
    queries: [
      { expr: `sum(${rate('mayfly_collector_received_bytes_total')})`, legend: 'received' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Waiting for the store',
    description: 'Bytes received and not yet durable.',
    unit: 'bytes',
    queries: [{ expr: 'sum(mayfly_collector_ingest_queue_bytes)', legend: 'queue' }],
  },
  {
    kind: 'timeseries',
    title: 'Store size',
    description:
      'Size of the store on disk, of batches that are kept aside, and free space beside the embedded store.',
    unit: 'bytes',
    queries: [
      { expr: 'sum(mayfly_collector_store_size_bytes)', legend: 'store' },
      { expr: 'sum(mayfly_collector_quarantine_bytes)', legend: 'kept aside' },
      { expr: 'sum(mayfly_collector_store_free_bytes)', legend: 'free' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Store state',
    description: '1 for the state the store is in.',
    unit: 'none',
    queries: [{ expr: 'max by (state) (mayfly_collector_store_state)', legend: '{{state}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Store failures',
    description:
      'Inserts that were tried again, and starts of the embedded engine, in the last hour.',
    unit: 'short',
    queries: [
      { expr: 'sum(increase(mayfly_collector_store_insert_retries_total[1h]))', legend: 'inserts' },
      {
        expr: 'sum(increase(mayfly_collector_store_engine_restarts_total[1h]))',
        legend: 'restarts',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time of the store’s answers',
    description: 'How long the store takes to answer: 99 of 100 reads are faster.',
    unit: 's',
    queries: [
      {
        expr: quantile(0.99, 'mayfly_collector_store_query_seconds', 'read, le'),
        legend: '{{read}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Time of queries, by route',
    description: 'How long the API takes to answer: 99 of 100 requests are faster.',
    unit: 's',
    queries: [
      {
        expr: quantile(0.99, 'mayfly_collector_api_request_seconds', 'route, le'),
        legend: '{{route}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Requests refused',
    description:
      'Requests and agents turned away per second, by reason; docs/identity.md says what each means.',
    unit: 'eps',
    queries: [
      {
        expr: `sum by (door, reason) (${rate('mayfly_collector_identity_refusals_total')})`,
        legend: '{{door}} {{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Workloads with series',
    description: 'Of at most 1,000; beyond them events are counted under other.',
    unit: 'none',
    queries: [
      { expr: 'sum(mayfly_collector_workloads)', legend: 'workloads' },
      {
        expr: 'sum(increase(mayfly_collector_workload_overflow_total[1h]))',
        legend: 'events under other, last hour',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Cluster watch, age by resource',
    description: 'Seconds since the API server was last heard about a resource.',
    unit: 's',
    queries: [
      { expr: 'max by (resource) (mayfly_collector_cluster_age_seconds)', legend: '{{resource}}' },
    ],
    emptyByDesign:
      'Known only to a collector that follows the cluster (collector.context.enabled).',
  },
  {
    kind: 'stat',
    title: 'Certificate ends in',
    description: 'When the collector’s certificate, or the first of its chain, ends.',
    unit: 'dateTimeFromNow',
    width: 12,
    queries: [
      {
        expr: 'min(mayfly_collector_tls_certificate_expiry_timestamp_seconds) * 1000',
        legend: 'certificate',
      },
    ],
    emptyByDesign: 'Known only to a collector that serves TLS itself (--tls-cert).',
  },
]
