import t from 'tap'
import { type MetricTable, mostSeries } from '#base/metric-table.ts'
import { processMetricTable } from '#base/process-metrics.ts'
import { collectorMetricTable } from '#collector/metric-table.ts'
import { createCollectorMetrics } from '#collector/metrics.ts'
import { NameCache } from '#collector/names.ts'
import { cellsOf } from '#collector/workload-tally.ts'
import { connectOutcomes, type Event, transports } from '#proto/event.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { wireAccept, wireClose, wireConnect, wireDns } from '#test/fixtures/socket-events.ts'
import { chunkOf, wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

t.test(
  'names follow the rules: prefix, units, and no label that could be a path, a pid or an address',
  async (t) => {
    for (const { name, type, help, ...rest } of Object.values(collectorMetricTable)) {
      t.match(name, /^mayfly_(process|containers?|connections?|connect|dns|collector)_[a-z_]+$/)
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

/** Of one container, one event for every series that there can be. */
const everything = (): readonly Event[] => [
  wireExec(),
  wireExit(),
  wireExit({ exitCode: 3 }),
  wireExit({ exitCode: null, signal: 9 }),
  wireExit({ exitCode: null }),
  ...connectOutcomes.map((outcome) => wireConnect({ outcome })),
  wireAccept(),
  ...transports.flatMap((transport) => [
    wireClose({ transport, direction: 'inbound' }),
    wireClose({ transport, direction: 'outbound' }),
  ]),
  wireConnect({ transport: 'udp', outcome: 'unknown' }),
  wireAccept({ transport: 'udp' }),
  ...['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', '', 'YXDOMAIN'].map((rcode) =>
    wireDns({ rcode }),
  ),
]

/** Series of all that is scraped, by metric; a histogram's are of the histogram. */
const seriesOf = (text: string, table: MetricTable): ReadonlyMap<string, number> => {
  const histograms = new Set(
    Object.values(table).flatMap(({ type, name }) => (type === 'histogram' ? [name] : [])),
  )
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [full = ''] = /^[a-z_]+/.exec(line) ?? []
    const base = full.replace(/_(bucket|sum|count)$/, '')
    const name = histograms.has(base) ? base : full
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

t.test('500 workloads that do everything keep to the budget, and 1,500 to the limit', async (t) => {
  const names = new NameCache()
  const store = new ListStore()
  const metrics = createCollectorMetrics({
    names,
    clock: { nowUs: () => wireExec().timeUs, monotonicMs: () => 0 },
    version: '1.2.3',
    ingest: () => ({
      ...{ eventsReceived: 0, eventsDuplicate: 0, eventsQuarantined: 0, batches: 0 },
      ...{ receivedBytes: 0, agentsConnected: 0, queueBytes: 0, connectionsRefused: 0 },
      ...{ takeOvers: 0, conflicts: 0 },
    }),
    quarantine: () => emptyQuarantine,
    audit: () => ({ unaccounted: 0, missingSeqs: 0, inFlight: 0 }),
    agents: () => [],
    storeHealth: () => store.healthNow,
    storeSpace: () => ({ freeBytes: 1, capacityBytes: 2 }),
    tails: () => 0,
  })
  const play = (first: number, last: number): void => {
    for (let index = first; index < last; index += 1) {
      const containerId = index.toString(16).padStart(64, '0')
      const labels = { namespace: `team-${index}`, workload: `api-${index}`, containerId }
      const events = [
        wireContainer({ ...labels, phase: 'started' }),
        ...everything().map((event) => ({ ...event, containerId })),
        wireContainer({ ...labels, phase: 'ended' }),
      ]
      names.learnFrom('node-1', events)
      metrics.stored(chunkOf(...events))
    }
  }
  const table: MetricTable = { ...collectorMetricTable, ...processMetricTable }
  const most = new Map(Object.values(table).map((spec) => [spec.name, mostSeries(spec)]))
  play(0, 500)
  const counts = seriesOf(await metrics.registry.metrics(), table)
  const perWorkload = Object.values(cellsOf).flat()
  const ofWorkloads = perWorkload.map(({ counter }) => collectorMetricTable[counter].name)
  const expected = new Map(Object.entries(Object.groupBy(ofWorkloads, (name) => name)))
  for (const [name, cells = []] of expected)
    t.equal(counts.get(name), 500 * cells.length, `${name}: as many as a workload has`)
  for (const [name, count] of counts) t.ok(count <= (most.get(name) ?? 0), `${name}: ${count}`)

  play(500, 1_500)
  const full = seriesOf(await metrics.registry.metrics(), table)
  for (const [name, count] of full)
    t.ok(count <= (most.get(name) ?? 0), `${name}: ${count} of ${most.get(name)}`)
  for (const [name, cells = []] of expected)
    t.ok((full.get(name) ?? 0) > 1_000 * cells.length, `${name}: 1,000 workloads and others`)
})
