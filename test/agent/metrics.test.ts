import t from 'tap'
import { agentMetricTable, createAgentMetrics } from '#agent/metrics.ts'
import { createRegistry, type MetricReaders, type MetricSpec } from '#base/metric-table.ts'

const specs: readonly MetricSpec[] = Object.values(agentMetricTable)

t.test('every name is the agent’s own or that of every process, and unique', async (t) => {
  for (const { name } of specs) t.match(name, /^(mayfly_agent|process|nodejs)(_[a-z0-9]+)+$/)
  t.equal(new Set(specs.map(({ name }) => name)).size, specs.length)
})

t.test('counters end in _total, nothing else does, and units are base units', async (t) => {
  for (const { name, type } of specs) {
    t.equal(name.endsWith('_total'), type === 'counter', name)
    t.notMatch(name, /_(ms|us|ns|kib|mib|percent|milliseconds)(_|$)/, name)
  }
})

t.test('every metric and label says what it means, and label names are plain', async (t) => {
  for (const { name, help, labels = {} } of specs) {
    t.match(help, /^\S.*\.$/, name)
    for (const [label, { help: labelHelp }] of Object.entries(labels)) {
      t.match(label, /^[a-z]+$/, `${name} ${label}`)
      t.ok(labelHelp.length > 0, `${name} ${label}`)
    }
  }
})

t.test(
  'no label is without bound: values are listed but for the two that a node has one of',
  async (t) => {
    const open = specs.flatMap(({ name, labels = {} }) =>
      Object.entries(labels).flatMap(([label, { values }]) =>
        values === undefined ? [`${name}{${label}}`] : [],
      ),
    )
    t.strictSame(open, ['mayfly_agent_build_info{version}', 'mayfly_agent_build_info{node}'])
  },
)

t.test('a scrape shows what is read at that moment', async (t) => {
  const registry = createRegistry()
  let lastSeq = 4
  const readers: MetricReaders<typeof agentMetricTable> = {
    lastSeq: () => lastSeq,
    canaryAge: () => undefined,
    captured: () => [{ labels: { kind: 'exec' }, value: 3 }],
  }
  const { deliveryLatency } = createAgentMetrics(registry, readers)
  deliveryLatency.observe(0.3)
  const lines = (await registry.metrics()).split('\n')
  for (const line of [
    'mayfly_agent_last_seq 4',
    'mayfly_agent_events_captured_total{kind="exec"} 3',
    'mayfly_agent_delivery_latency_seconds_bucket{le="0.25"} 0',
    'mayfly_agent_delivery_latency_seconds_bucket{le="0.5"} 1',
  ])
    t.ok(lines.includes(line), line)
  t.notOk(lines.some((line) => line.startsWith('mayfly_agent_canary_age_seconds ')))
  for (const name of ['process_resident_memory_bytes', 'process_open_fds'])
    t.match(
      lines.find((line) => line.startsWith(`${name} `)),
      /^\S+ [1-9]\d*$/,
      'the cost of the process itself',
    )
  lastSeq = 9
  t.match(await registry.metrics(), /^mayfly_agent_last_seq 9$/m)
})
