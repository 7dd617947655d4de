import t from 'tap'
import {
  createRegistry,
  describeMetrics,
  type MetricTable,
  mostSeries,
  registerMetrics,
} from '#base/metric-table.ts'

const table = {
  requests: {
    type: 'counter',
    name: 'x_requests_total',
    help: 'Requests | answered.',
    labels: {
      code: { help: 'status', values: ['200', '500'] },
      way: { help: 'way', values: ['in', 'out'] },
    },
  },
  rows: { type: 'counter', name: 'x_rows_total', help: 'Rows.' },
  state: {
    type: 'gauge',
    name: 'x_state',
    help: 'State.',
    labels: { state: { help: 'state', atMost: 3 } },
  },
  absent: { type: 'gauge', name: 'x_absent', help: 'Absent.' },
  seconds: { type: 'histogram', name: 'x_seconds', help: 'Time.', buckets: [1, 2] },
} as const satisfies MetricTable

t.test(
  'known label values start at zero, read metrics show what is true when scraped',
  async (t) => {
    const registry = createRegistry()
    let rows = 5
    const metrics = registerMetrics(table, registry, {
      rows: () => rows,
      state: () => [{ labels: { state: 'ready' }, value: rows }],
      absent: () => undefined,
    })
    metrics.requests.inc({ code: '500', way: 'in' })
    metrics.seconds.observe(1.5)
    const first = await registry.metrics()
    t.match(first, 'x_requests_total{code="200",way="out"} 0')
    t.match(first, 'x_requests_total{code="500",way="in"} 1')
    t.match(first, 'x_rows_total 5')
    t.match(first, 'x_state{state="ready"} 5')
    t.notMatch(first, /^x_absent /m)
    t.match(first, 'x_seconds_bucket{le="2"} 1')
    rows = 7
    const second = await registry.metrics()
    t.match(second, 'x_rows_total 7', 'read anew, not added up')
    t.match(second, 'x_state{state="ready"} 7')
  },
)

t.test('two registries know nothing of each other', async (t) => {
  registerMetrics(table, createRegistry())
  t.doesNotThrow(() => registerMetrics(table, createRegistry()))
})

t.test('the page is made from the declarations', async (t) => {
  const page = describeMetrics('Things', table, 'node')
  t.match(page, '## Things')
  t.match(
    page,
    '| `x_requests_total` | counter | Requests \\| answered. | `code`: status (`200`, `500`);',
  )
  t.match(page, /^\| `x_requests_total` .* \| node \| 4 \|$/m)
  t.match(page, 'At most 14 series in all.')
  const labels = { namespace: { help: 'where' }, workload: { help: 'who' } }
  const bound = { type: 'gauge', name: 'y', help: 'Y.', atMost: 1_000 } as const
  const of = (spec: MetricTable[string]) => describeMetrics('Y', { spec }, 'fleet')
  t.match(of({ ...bound, labels }), '| workload | 1,000 |')
  t.match(of({ ...bound, labels: { namespace: labels.namespace } }), '| namespace | 1,000 |')
})

t.test('series are counted: a product of what is bounded, and a histogram’s buckets', async (t) => {
  t.equal(mostSeries(table.requests), 4)
  t.equal(mostSeries(table.rows), 1)
  t.equal(mostSeries(table.state), 3)
  t.equal(mostSeries(table.seconds), 5)
  const unbounded = { ...table.rows, labels: { path: { help: 'any' } } } as const
  t.throws(() => mostSeries(unbounded), { message: 'x_rows_total: label path has no bound' })
  t.equal(mostSeries({ ...unbounded, atMost: 7 }), 7, 'but all of it together')
})
