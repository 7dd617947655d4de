import t from 'tap'
import { createRegistry, registerMetrics } from '#base/metric-table.ts'
import { collectorMetricTable } from '#collector/metrics.ts'
import { NameCache } from '#collector/names.ts'
import { WorkloadCounts } from '#collector/workload-counts.ts'
import type { ContainerEvent, Event } from '#proto/event.ts'
import { chunkOf, wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

const site = (maxWorkloads?: number) => {
  const registry = createRegistry()
  const { execs, exits, workloadOverflow } = registerMetrics(collectorMetricTable, registry)
  const names = new NameCache()
  let nowMs = 0
  const counts = new WorkloadCounts({
    execs,
    exits,
    overflow: workloadOverflow,
    names,
    clock: { nowUs: () => nowMs * 1000, monotonicMs: () => nowMs },
    ...(maxWorkloads !== undefined && { maxWorkloads }),
  })
  return {
    counts,
    add: (...events: readonly Event[]) => {
      names.learnFrom(events)
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
            /^mayfly_(process|collector_workload_overflow)/.test(line) && !line.endsWith(' 0'),
        ),
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
  t.strictSame(await lines(), [
    `mayfly_process_execs_total{${api}} 1`,
    `mayfly_process_exits_total{${api},outcome="ok"} 1`,
    `mayfly_process_exits_total{${api},outcome="error"} 1`,
    `mayfly_process_exits_total{${api},outcome="signal"} 1`,
    `mayfly_process_exits_total{${api},outcome="unknown"} 1`,
  ])
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
