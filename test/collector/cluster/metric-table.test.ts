import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createRegistry } from '#base/metric-table.ts'
import { Cluster } from '#collector/cluster/cluster.ts'
import { registerClusterMetrics } from '#collector/cluster/metric-table.ts'
import { resources } from '#collector/cluster/resources.ts'
import { until } from '#test/fixtures/until.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

t.test('what is followed, as a scrape shows it', async (t) => {
  const server = await startApiServer()
  const store = {
    correctNames: async () => {},
    insertPodEvents: async () => {},
    openAddressLives: async () => [],
    writeAddressLives: async () => {},
  }
  const cluster = new Cluster({
    place: server,
    store,
    clock: systemClock,
    log: silentLog,
    onCorrected: () => {},
    onPodEvents: () => {},
  })
  t.teardown(async () => {
    await cluster.close()
    await server.close()
  })
  const registry = createRegistry()
  registerClusterMetrics(registry, cluster, () => new Set(['node-1']))
  t.notMatch(await registry.metrics(), /age_seconds\{/, 'nothing was heard yet')
  for (const name of ['node-1', 'node-2'])
    server.objects.set(resources.nodes.path, { metadata: { name } })
  server.forbid(resources.jobs.path, true)
  await cluster.start([])
  await until('all but one is followed', () => {
    const states = cluster.status(new Set()).watches.map(({ state }) => state)
    const rest = states.filter((state) => state !== 'following')
    return rest.join() === 'forbidden'
  })
  const text = await registry.metrics()
  t.match(text, 'mayfly_collector_cluster_objects{resource="nodes"} 2')
  t.match(text, 'mayfly_collector_cluster_following{resource="nodes"} 1')
  t.match(text, 'mayfly_collector_cluster_following{resource="jobs"} 0')
  t.match(
    text,
    'mayfly_collector_cluster_watch_restarts_total{resource="jobs",reason="forbidden"} 1',
  )
  t.match(text, 'mayfly_collector_cluster_nodes_without_agent 1')
  t.match(text, /mayfly_collector_cluster_age_seconds\{resource="nodes"\} [\d.]+/)
})
