import t from 'tap'
import type { AuditTotals } from '#collector/audit-watch.ts'
import { collectorMetricTable, createCollectorMetrics } from '#collector/metrics.ts'
import { NameCache } from '#collector/names.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import {
  wireAccept,
  wireClose,
  wireConnect,
  wireDns,
  wireListen,
} from '#test/fixtures/socket-events.ts'
import { chunkOf, wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

const make = (audit?: AuditTotals) => {
  const names = new NameCache()
  const store = new ListStore()
  store.healthNow = {
    state: 'failing',
    detail: '',
    engineRestarts: 2,
    rowsInserted: 9,
    insertsRetried: 3,
    sizeBytes: 77,
  }
  const eventUs = wireExec().timeUs
  const metrics = createCollectorMetrics({
    names,
    clock: { nowUs: () => eventUs + 200_000, monotonicMs: () => 0 },
    version: '1.2.3',
    ingest: () => ({
      eventsReceived: 10,
      eventsDuplicate: 1,
      eventsQuarantined: 2,
      batches: 3,
      receivedBytes: 400,
      agentsConnected: 5,
      queueBytes: 6,
      connectionsRefused: 7,
      takeOvers: 8,
      conflicts: 9,
    }),
    quarantine: () => ({ ...emptyQuarantine, batches: 11, bytes: 12 }),
    audit: () => audit,
    storeHealth: () => store.healthNow,
    tails: () => 1,
  })
  return { names, metrics }
}

t.test('everything that is counted elsewhere is read at the scrape', async (t) => {
  const { metrics } = make({ unaccounted: 13, missingSeqs: 14, inFlight: 15 })
  const text = await metrics.registry.metrics()
  for (const line of [
    'mayfly_collector_events_received_total 10',
    'mayfly_collector_events_duplicate_total 1',
    'mayfly_collector_events_quarantined_total 2',
    'mayfly_collector_quarantined_batches_total 11',
    'mayfly_collector_quarantine_bytes 12',
    'mayfly_collector_unaccounted_events 13',
    'mayfly_collector_missing_sequence_numbers 14',
    'mayfly_collector_in_flight_events 15',
    'mayfly_collector_batches_total 3',
    'mayfly_collector_received_bytes_total 400',
    'mayfly_collector_agents_connected 5',
    'mayfly_collector_ingest_queue_bytes 6',
    'mayfly_collector_connections_refused_total 7',
    'mayfly_collector_agent_takeovers_total 8',
    'mayfly_collector_agent_conflicts_total 9',
    'mayfly_collector_store_state{state="failing"} 1',
    'mayfly_collector_store_state{state="ready"} 0',
    'mayfly_collector_store_rows_total 9',
    'mayfly_collector_store_insert_retries_total 3',
    'mayfly_collector_store_size_bytes 77',
    'mayfly_collector_store_engine_restarts_total 2',
    'mayfly_collector_tail_clients 1',
    'mayfly_collector_build_info{version="1.2.3"} 1',
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
})

t.test('what no audit has found out is absent, not 0', async (t) => {
  const text = await make().metrics.registry.metrics()
  t.notMatch(text, /^mayfly_collector_(unaccounted|missing|in_flight)/m)
})

t.test(
  'a stored chunk shows as events, as its workload’s processes and as delivery time',
  async (t) => {
    const { names, metrics } = make()
    const events = [
      wireContainer(),
      wireExec({ snapshot: true, timeUs: 1 }),
      wireExec(),
      wireExit(),
    ]
    names.learnFrom('node-1', events)
    metrics.stored(chunkOf(...events))
    metrics.request({ route: '/api/v1/timeline', status: 200, durationMs: 30 })
    metrics.request({ route: '/api/v1/tail', status: 200, durationMs: 3e6 })
    metrics.tailDropped(4)
    const text = await metrics.registry.metrics()
    t.match(text, 'mayfly_collector_events_stored_total 4')
    t.match(
      text,
      'mayfly_process_execs_total{namespace="payments",workload="api",workload_type="deployment"} 1',
    )
    t.match(
      text,
      'mayfly_collector_delivery_seconds_sum 0.2',
      'from the first event that happened now',
    )
    t.match(text, 'mayfly_collector_api_requests_total{route="/api/v1/timeline",code="200"} 1')
    t.notMatch(text, 'api_request_seconds_count{route="/api/v1/tail"}')
    t.match(text, 'mayfly_collector_tail_dropped_total 4')
  },
)

t.test('connections tell of delivery too, but not those of before or lookups', async (t) => {
  const { metrics } = make()
  metrics.stored(
    chunkOf(
      wireConnect({ snapshot: true, timeUs: 1 }),
      wireDns({ timeUs: 2 }),
      wireListen({ timeUs: 3 }),
      wireClose(),
    ),
  )
  metrics.stored(chunkOf(wireDns(), wireAccept({ snapshot: true })))
  const text = await metrics.registry.metrics()
  t.match(text, 'mayfly_collector_delivery_seconds_sum 0.2')
  t.match(text, 'mayfly_collector_delivery_seconds_count 1')
})

t.test('latency is scraped as a histogram', async (t) => {
  const { names, metrics } = make()
  names.learnFrom('node-1', [wireContainer()])
  metrics.stored(chunkOf(wireConnect()))
  const text = await metrics.registry.metrics()
  t.match(text, '# TYPE mayfly_connect_latency_seconds histogram')
  t.match(text, 'mayfly_connect_latency_seconds_sum{namespace="payments"} 0.0004')
})

t.test(
  'names follow the rules: prefix, units, and no label that could be a path, a pid or an address',
  async (t) => {
    for (const { name, type, help, ...rest } of Object.values(collectorMetricTable)) {
      t.match(name, /^mayfly_(process|connections?|connect|dns|collector)_[a-z_]+$/)
      t.equal(type === 'counter', name.endsWith('_total'), name)
      t.match(help, /\.$/)
      const labels = Object.keys('labels' in rest ? rest.labels : {})
      t.notOk(
        labels.some((label) => /pod|pid|path|address|container/.test(label)),
        name,
      )
    }
  },
)
