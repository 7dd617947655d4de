import t from 'tap'
import type { AuditTotals } from '#collector/audit-watch.ts'
import { createCollectorMetrics } from '#collector/metrics.ts'
import { NameCache } from '#collector/names.ts'
import type { AgentInfo, SourceHealth } from '#proto/api.ts'
import type { GapEvent } from '#proto/event.ts'
import { agentInfo } from '#test/fixtures/agent-info.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import {
  wireAccept,
  wireClose,
  wireConnect,
  wireDns,
  wireListen,
} from '#test/fixtures/socket-events.ts'
import {
  chunkOf,
  wireBase,
  wireContainer,
  wireExec,
  wireExit,
} from '#test/fixtures/timeline-events.ts'

const wireGap = (facts: Pick<GapEvent, 'reason' | 'lost'>): GapEvent => ({
  ...{ ...wireBase, kind: 'gap', replaces: 1, fromUs: 1, toUs: 2, affects: [] },
  ...facts,
})

interface Facts {
  readonly audit?: AuditTotals
  readonly agents?: readonly AgentInfo[]
  readonly freeBytes?: number
}

const make = ({ audit, agents = [], freeBytes }: Facts = {}) => {
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
    agents: () => agents,
    storeHealth: () => store.healthNow,
    storeSpace: () => (freeBytes === undefined ? undefined : { freeBytes, capacityBytes: 66 }),
    tails: () => 1,
  })
  return { names, metrics }
}

t.test('everything that is counted elsewhere is read at the scrape', async (t) => {
  const { metrics } = make({ audit: { unaccounted: 13, missingSeqs: 14, inFlight: 15 } })
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

t.test('gaps count by reason, and the events they stand for', async (t) => {
  const { metrics } = make()
  metrics.stored(
    chunkOf(wireGap({ reason: 'ring_full', lost: 7 }), wireGap({ reason: 'blind', lost: null })),
  )
  const text = await metrics.registry.metrics()
  t.match(text, 'mayfly_collector_gaps_total{reason="ring_full"} 1')
  t.match(text, 'mayfly_collector_gap_events_total{reason="ring_full"} 7')
  t.match(text, 'mayfly_collector_gaps_total{reason="blind"} 1')
  t.match(text, 'mayfly_collector_gap_events_total{reason="blind"} 0')
  t.match(text, 'mayfly_collector_gaps_total{reason="poison"} 0', 'the first will be a rise')
})

t.test('agents are told apart by what they capture with', async (t) => {
  const source = (name: 'ebpf' | 'procfs', state: SourceHealth['state']) => ({
    name,
    state,
    detail: '',
  })
  const { metrics } = make({
    agents: [
      agentInfo({ sources: [source('ebpf', 'degraded')] }),
      agentInfo({ sources: [source('ebpf', 'failed'), source('procfs', 'running')] }),
      agentInfo({ sources: [source('procfs', 'failed')] }),
      agentInfo({ sources: [source('ebpf', 'running')], connected: false }),
    ],
  })
  const text = await metrics.registry.metrics()
  for (const name of ['ebpf', 'procfs', 'none'])
    t.match(text, `mayfly_collector_agents{source="${name}"} 1`)
})

t.test('the store’s answers are timed, and its free space is told where it is known', async (t) => {
  const { metrics } = make({ freeBytes: 55 })
  metrics.asked('who', 500)
  const text = await metrics.registry.metrics()
  t.match(text, 'mayfly_collector_store_query_seconds_sum{read="who"} 0.5')
  t.match(text, 'mayfly_collector_store_free_bytes 55')
  t.match(text, 'mayfly_collector_store_capacity_bytes 66')
  t.notMatch(await make().metrics.registry.metrics(), /^mayfly_collector_store_free_bytes /m)
})

t.test('what ran before the collector did not begin with an agent’s next word', async (t) => {
  const { names, metrics } = make()
  const started = wireContainer({ phase: 'started' })
  metrics.remember([{ node: 'node-1', containerId: started.containerId }])
  names.learnFrom('node-1', [started])
  metrics.stored(chunkOf(started, wireExec()))
  const text = await metrics.registry.metrics()
  t.match(text, 'mayfly_process_execs_total{namespace="payments"')
  t.notMatch(text, /mayfly_containers_started_total\{.*\} 1/)
})
