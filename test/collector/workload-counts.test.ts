import t from 'tap'
import { createRegistry, registerMetrics } from '#base/metric-table.ts'
import { collectorMetricTable } from '#collector/metric-table.ts'
import { NameCache } from '#collector/names.ts'
import { WeightedHistogram } from '#collector/weighted-histogram.ts'
import { WorkloadCounts } from '#collector/workload-counts.ts'
import type { ContainerEvent, Event } from '#proto/event.ts'
import {
  wireAccept,
  wireClose,
  wireConnect,
  wireDns,
  wireListen,
} from '#test/fixtures/socket-events.ts'
import { chunkOf, wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

const site = (maxWorkloads?: number) => {
  const registry = createRegistry()
  const { connectLatency, processLifetime, containerLifetime, ...table } = collectorMetricTable
  const counters = registerMetrics(table, registry)
  const names = new NameCache()
  let nowMs = 0
  const counts = new WorkloadCounts({
    counters,
    histograms: {
      connectLatency: new WeightedHistogram(connectLatency, 'namespace', registry),
      processLifetime: new WeightedHistogram(processLifetime, 'namespace', registry),
      containerLifetime: new WeightedHistogram(containerLifetime, 'namespace', registry),
    },
    overflow: counters.workloadOverflow,
    names,
    clock: { nowUs: () => nowMs * 1000, monotonicMs: () => nowMs },
    ...(maxWorkloads !== undefined && { maxWorkloads }),
  })
  return {
    counts,
    add: (...events: readonly Event[]) => {
      names.learnFrom('node-1', events)
      counts.add(chunkOf(...events))
    },
    advance: (ms: number) => {
      nowMs += ms
      counts.sweep()
    },
    lines: async () =>
      (await registry.metrics())
        .split('\n')
        .filter(
          (line) =>
            /^mayfly_(?!collector_(?!workload_overflow))/.test(line) && !line.endsWith(' 0'),
        ),
    all: () => registry.metrics(),
  }
}

const api = 'namespace="payments",workload="api",workload_type="deployment"'
const named = (facts: Partial<ContainerEvent> = {}) => wireContainer(facts)

t.test('execs and exits count under their workload, exits by how they ended', async (t) => {
  const { add, lines } = site()
  add(
    named(),
    wireExec(),
    wireExit(),
    wireExit({ exitCode: 3 }),
    wireExit({ exitCode: null, signal: 9 }),
    wireExit({ exitCode: null }),
  )
  const counted = (await lines()).filter((line) => !line.includes('lifetime'))
  t.strictSame(counted, [
    `mayfly_process_execs_total{${api}} 1`,
    `mayfly_process_exits_total{${api},outcome="ok"} 1`,
    `mayfly_process_exits_total{${api},outcome="error"} 1`,
    `mayfly_process_exits_total{${api},outcome="signal"} 1`,
    `mayfly_process_exits_total{${api},outcome="unknown"} 1`,
  ])
})

t.test('what has a new name each time is told together', async (t) => {
  const { add, lines } = site()
  for (const [index, workloadType] of ['job', 'job', 'pod', 'cronjob'].entries()) {
    const containerId = String(index).repeat(64)
    add(named({ containerId, workload: `build-${index}`, workloadType }), wireExec({ containerId }))
  }
  t.strictSame(await lines(), [
    'mayfly_process_execs_total{namespace="payments",workload="other",workload_type="job"} 2',
    'mayfly_process_execs_total{namespace="payments",workload="other",workload_type="pod"} 1',
    'mayfly_process_execs_total{namespace="payments",workload="build-3",workload_type="cronjob"} 1',
  ])
})

t.test('containers count when they begin and end, and their lives are measured', async (t) => {
  const { add, lines } = site()
  const us = named().timeUs
  add(
    named({ phase: 'started' }),
    wireExec({ runtime: true }),
    named({ phase: 'ended', timeUs: us + 2_000_000 }),
  )
  const counted = (await lines()).filter((line) => !line.includes('_bucket'))
  t.strictSame(counted, [
    `mayfly_containers_started_total{${api}} 1`,
    `mayfly_containers_ended_total{${api}} 1`,
    'mayfly_container_lifetime_seconds_sum{namespace="payments"} 2',
    'mayfly_container_lifetime_seconds_count{namespace="payments"} 1',
  ])
})

t.test('containers of before, sandboxes and the host neither begin nor live', async (t) => {
  const { add, lines } = site()
  add(
    named({ phase: 'started' }),
    wireExec({ snapshot: true }),
    named({ phase: 'ended' }),
    ...(['started', 'ended'] as const).flatMap((phase) => [
      named({ phase, type: 'sandbox', containerId: 'b'.repeat(64) }),
      named({ phase, containerId: 'host' }),
    ]),
  )
  t.strictSame(await lines(), [`mayfly_containers_ended_total{${api}} 1`])
})

t.test('a container without names yet is counted once it has them', async (t) => {
  const { add, lines, advance } = site()
  const bare = { namespace: '', pod: '', container: '', workload: '', workloadType: '' }
  add(named({ ...bare, phase: 'started', nameSource: 'cgroup' }), wireExec({ runtime: true }))
  t.strictSame(await lines(), [])
  add(named())
  advance(1_000)
  t.strictSame(await lines(), [`mayfly_containers_started_total{${api}} 1`])
})

t.test('what ran before, and what the runtime does, is nobody’s doing', async (t) => {
  const { add, lines } = site()
  add(
    named(),
    wireExec({ snapshot: true }),
    wireExec({ runtime: true }),
    wireExit({ runtime: true }),
  )
  t.strictSame(await lines(), [])
})

t.test('connections, their bytes and lookups count under their workload', async (t) => {
  const { add, lines } = site()
  add(
    named(),
    wireConnect(),
    wireConnect({ outcome: 'refused', count: 9 }),
    wireConnect({ snapshot: true }),
    wireAccept({ count: 3 }),
    wireListen(),
    wireClose({ ongoing: true, sentBytes: 5, receivedBytes: 7 }),
    wireClose({ sentBytes: 10, receivedBytes: null }),
    wireDns({ rcode: '', count: 2 }),
  )
  const outbound = `${api},direction="outbound",transport="tcp"`
  t.strictSame(
    (await lines()).filter((line) => !line.includes('seconds')),
    [
      `mayfly_connections_total{${outbound},outcome="established"} 1`,
      `mayfly_connections_total{${outbound},outcome="refused"} 9`,
      `mayfly_connections_total{${api},direction="inbound",transport="tcp",outcome="established"} 3`,
      `mayfly_connection_sent_bytes_total{${outbound}} 15`,
      `mayfly_connection_received_bytes_total{${outbound}} 7`,
      `mayfly_dns_lookups_total{${api},rcode="unanswered"} 2`,
    ],
  )
})

t.test('the latency of connects is told by namespace, whoever connects', async (t) => {
  const { add, lines } = site()
  const other = 'b'.repeat(64)
  add(
    named(),
    named({ containerId: other, workload: 'cart' }),
    wireConnect({ latencyUs: 200 }),
    wireConnect({ containerId: other, latencyUs: 2_000 }),
  )
  const latency = (await lines()).filter((line) => line.includes('seconds'))
  t.match(latency.join('\n'), 'bucket{le="0.0003",namespace="payments"} 1\n')
  t.match(latency.join('\n'), 'bucket{le="0.003",namespace="payments"} 2\n')
  t.match(latency.join('\n'), 'count{namespace="payments"} 2')
  t.notMatch(latency.join('\n'), /workload/)
})

t.test('the series of what a workload does begin at 0 together, others not at all', async (t) => {
  const { add, all } = site()
  add(named(), wireConnect())
  const text = await all()
  t.match(
    text,
    `mayfly_connections_total{${api},direction="outbound",transport="tcp",outcome="timeout"} 0`,
  )
  t.match(text, `mayfly_connection_sent_bytes_total{${api},direction="inbound",transport="udp"} 0`)
  t.notMatch(text, /^mayfly_dns_lookups_total\{/m)
  t.notMatch(text, /^mayfly_process_exits_total\{/m)
})

t.test('connections wait for a late name too', async (t) => {
  const { add, advance, lines } = site()
  add(wireConnect(), wireDns())
  add(wireConnect(), wireClose({ sentBytes: 1, receivedBytes: 0 }))
  t.strictSame(await lines(), [])
  add(named())
  advance(5_000)
  const shown = (await lines()).join('\n')
  t.match(shown, new RegExp(`connections_total{${api},.*established"} 2\n`))
  t.match(shown, new RegExp(`sent_bytes_total{${api},.*} 1\n`))
  t.match(shown, 'connect_latency_seconds_count{namespace="payments"} 2')
})

t.test('counts wait for a late name, and go without it when none comes', async (t) => {
  const { add, advance, lines, counts } = site()
  const other = 'f'.repeat(64)
  add(wireExec(), wireExec({ containerId: other }))
  t.strictSame(await lines(), [])
  t.equal(counts.pending, 2)
  add(named(), wireExec())
  advance(5_000)
  t.strictSame(await lines(), [`mayfly_process_execs_total{${api}} 2`])
  advance(30_000)
  t.match(await lines(), [
    /api.* 2$/,
    'mayfly_process_execs_total{namespace="",workload="",workload_type=""} 1',
  ])
})

t.test('the host and plain containers need no kubelet', async (t) => {
  const { add, lines } = site()
  const plain = {
    namespace: '',
    pod: '',
    workload: '',
    workloadType: '',
    container: 'redis',
    nameSource: 'oci',
  } as const
  add(wireExec({ containerId: 'host' }), named(plain), wireExec())
  t.strictSame(await lines(), [
    'mayfly_process_execs_total{namespace="",workload="host",workload_type="host"} 1',
    'mayfly_process_execs_total{namespace="",workload="redis",workload_type="container"} 1',
  ])
})

t.test('beyond the bound everything counts as other, and that is counted', async (t) => {
  const { add, lines, counts } = site(2)
  for (let at = 0; at < 5; at += 1) {
    const id = String(at).repeat(64)
    add(
      named({ containerId: id, workload: `w${at}` }),
      wireExec({ containerId: id }),
      wireExit({ containerId: id }),
    )
  }
  t.equal(counts.workloads, 2)
  const shown = await lines()
  t.ok(
    shown.includes(
      'mayfly_process_execs_total{namespace="other",workload="other",workload_type="other"} 3',
    ),
  )
  t.ok(shown.includes('mayfly_collector_workload_overflow_total 6'))
  t.notOk(shown.some((line) => line.includes('w4')))
  const id = '4'.repeat(64)
  add(wireConnect({ containerId: id }), wireClose({ containerId: id, sentBytes: 1e9 }))
  const later = (await lines()).join('\n')
  t.match(later, 'connect_latency_seconds_count{namespace="other"} 1')
  t.match(later, 'mayfly_collector_workload_overflow_total 8', 'events, not bytes')
})

t.test('a dead workload’s series go after 15 minutes, a living quiet one’s stay', async (t) => {
  const { add, advance, lines, counts } = site()
  const quiet = 'a'.repeat(64)
  add(
    named(),
    wireExec(),
    named({ containerId: quiet, workload: 'quiet' }),
    wireExec({ containerId: quiet }),
  )
  add(named({ phase: 'ended' }))
  advance(14 * 60_000)
  t.equal(counts.workloads, 2)
  advance(60_000)
  t.equal(counts.workloads, 1)
  t.match(await lines(), [/quiet/])
  advance(24 * 3_600_000)
  t.equal(counts.workloads, 0, 'whose end was never seen goes after a day')
})

t.test('all series of a dead workload go, and the latency of its namespace', async (t) => {
  const { add, advance, all } = site()
  const quiet = 'a'.repeat(64)
  add(
    named(),
    wireExec(),
    wireConnect(),
    wireDns(),
    named({ phase: 'ended' }),
    named({ containerId: quiet, workload: 'quiet', namespace: 'shop' }),
    wireConnect({ containerId: quiet }),
  )
  advance(15 * 60_000)
  const text = await all()
  t.notMatch(text, /payments/)
  t.match(text, 'mayfly_connect_latency_seconds_count{namespace="shop"} 1')
})

t.test('a socket closed after its container’s end does not revive it', async (t) => {
  const { add, advance, counts } = site()
  add(named(), wireExec(), named({ phase: 'ended' }))
  add(wireClose(), wireDns({ rcode: '' }))
  advance(15 * 60_000)
  t.equal(counts.workloads, 0)
  add(wireClose({ ongoing: true }))
  advance(15 * 60_000)
  t.equal(counts.workloads, 1, 'one that goes on shows life')
})

t.test(
  'a container that ended before its name came does not keep its workload alive',
  async (t) => {
    const { add, advance, counts } = site()
    add(wireExec(), named({ nameSource: 'cgroup', workload: '', phase: 'ended' }))
    add(named())
    advance(1)
    t.equal(counts.workloads, 1)
    advance(15 * 60_000)
    t.equal(counts.workloads, 0)
  },
)
