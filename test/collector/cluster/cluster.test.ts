/** The cluster as a stand-in API server tells it, on the real store: names, peers and pod events as readers get them. */
import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { Cluster } from '#collector/cluster/cluster.ts'
import { resourceNames, resources } from '#collector/cluster/resources.ts'
import type { ClickHouseStore } from '#collector/store/clickhouse-store.ts'
import type { CorrectedNames } from '#collector/store/corrected-names.ts'
import type { PodEventRecord } from '#collector/store/store.ts'
import type { TimelineEvent } from '#proto/api.ts'
import {
  chunk,
  connect,
  container,
  containerId,
  engineMissing,
  exec,
  openTestStore,
  temporaryDirectory,
} from '#test/collector/store/fixtures.ts'
import { until } from '#test/fixtures/until.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

const meta = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more })
const nowUs = () => systemClock.nowUs()

t.test('the cluster on the timeline', { skip: engineMissing }, async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  const { objects } = server
  objects.set(resources.nodes.path, {
    metadata: { name: 'node-1' },
    status: { addresses: [{ type: 'InternalIP', address: '10.1.0.1' }] },
  })
  objects.set(resources.nodes.path, {
    metadata: { name: 'node-2' },
    status: { addresses: [{ type: 'InternalIP', address: '10.1.0.2' }] },
  })
  for (const [name, namespace, clusterIP] of [
    ['db', 'data', '10.96.0.7'],
    ['kubernetes', 'default', '10.96.0.1'],
  ] as const)
    objects.set(resources.services.path, { metadata: { name, namespace }, spec: { clusterIP } })
  objects.set(resources.networkpolicies.path, {
    metadata: meta('deny'),
    spec: { podSelector: {}, policyTypes: ['Egress'] },
  })

  const dir = temporaryDirectory(t)
  let store: ClickHouseStore = await openTestStore(dir, systemClock)
  const told: PodEventRecord[] = []
  const corrected: CorrectedNames[] = []
  const follow = () =>
    new Cluster({
      place: server,
      store,
      clock: systemClock,
      log: silentLog,
      onCorrected: (one) => corrected.push(one),
      onPodEvents: (records) => told.push(...records),
    })
  let cluster = follow()
  t.teardown(async () => {
    await cluster.close()
    await store.close()
  })
  await cluster.start([])
  const isFollowing = () =>
    cluster.status(new Set()).watches.every(({ state }) => state === 'following')
  await until('all is followed', isFollowing)

  const own = { containerId: containerId('a'), podUid: 'p1' }
  const names = container({
    ...own,
    namespace: 'shop',
    pod: 'web-5d4f8c7b9f-x7k2p',
    workload: 'web',
    workloadType: 'deployment',
    labels: { 'pod-template-hash': '5d4f8c7b9f' },
    timeUs: nowUs(),
  })
  const dial = (address: string, port: number) =>
    connect({ ...own, peer: { address, port }, peerName: '', timeUs: nowUs() })
  const first = chunk(1, [
    names,
    exec({ ...own, timeUs: nowUs() }),
    dial('10.96.0.7', 5432),
    dial('10.96.0.1', 443),
    dial('10.1.0.2', 22),
  ])
  await cluster.flush()
  await store.insert([first])
  cluster.learnFrom(first)
  const peers = async () =>
    (await store.events({ limit: 99, kinds: ['connect'] })).events.map(
      (event: TimelineEvent) => event.kind === 'connect' && event.peer,
    )

  await t.test('peers by Service and node', async (t) => {
    t.match(await peers(), [
      { kind: 'service', namespace: 'data', service: 'db', workload: '' },
      { kind: 'api-server', namespace: 'default', service: 'kubernetes' },
      { kind: 'node', node: 'node-2' },
    ])
    t.match(await store.who({ limit: 9, ip: '10.96.0.7' }), [
      { peer: { kind: 'service', namespace: 'data', service: 'db' } },
    ])
  })

  await t.test('the controller that comes later names what was named before', async (t) => {
    t.match(await store.containers({ limit: 9 }), [{ workload: 'web', workloadType: 'deployment' }])
    objects.set(resources.replicasets.path, {
      metadata: meta('web-5d4f8c7b9f', {
        ownerReferences: [{ kind: 'Canary', name: 'web-canary', controller: true }],
      }),
    })
    await until('it is corrected', () => corrected.length === 1)
    await cluster.flush()
    t.match(await store.containers({ limit: 9 }), [
      { workload: 'web-canary', workloadType: 'canary', nameSource: 'cluster' },
    ])
    const { events } = await store.events({ limit: 9, workload: 'web-canary', kinds: ['exec'] })
    t.equal(events.length, 1)
  })

  await t.test('what Kubernetes tells of the pod', async (t) => {
    const at = new Date().toISOString()
    const about = { kind: 'Pod', namespace: 'shop', name: 'web-5d4f8c7b9f-x7k2p', uid: 'p1' }
    const event = (name: string, facts: object) =>
      objects.set(resources.events.path, {
        metadata: meta(name),
        involvedObject: about,
        source: { component: 'kubelet', host: 'node-1' },
        firstTimestamp: at,
        lastTimestamp: at,
        ...facts,
      })
    event('e1', { type: 'Warning', reason: 'Evicted', message: 'The node was low on memory.' })
    event('e2', { type: 'Normal', reason: 'Pulled' })
    event('e3', { type: 'Warning', reason: 'BackOff', count: 1 })
    event('e3', { type: 'Warning', reason: 'BackOff', count: 4 })
    event('e4', {
      type: 'Warning',
      reason: 'NodeNotReady',
      involvedObject: { ...about, kind: 'Node' },
    })
    await until('they are stored', () => told.length === 3)
    const { events } = await store.events({ limit: 9, workload: 'web-canary', kinds: ['pod'] })
    t.strictSame(
      events
        .map((one) => one.kind === 'pod' && `${one.reason} ×${one.count} ${one.workload}`)
        .toSorted(),
      ['BackOff ×1 web-canary', 'BackOff ×4 web-canary', 'Evicted ×1 web-canary'],
    )
    t.equal(cluster.counts.podEventsLeftOut, 1)
  })

  await t.test('nodes without an agent, and policies', async (t) => {
    t.match(cluster.status(new Set(['node-1'])), {
      nodes: 2,
      nodesWithoutAgent: ['node-2'],
      nodesWithoutAgentCount: 1,
    })
    t.match(cluster.policies('shop'), [{ name: 'deny', podSelector: '', restricts: ['egress'] }])
    t.strictSame(cluster.policies('other'), [])
    t.strictSame(
      cluster
        .status(new Set())
        .watches.map(({ resource }) => resource)
        .sort(),
      [...resourceNames].sort(),
    )
  })

  await t.test('a restart knows what was known, and what went meanwhile has gone', async (t) => {
    await cluster.close()
    await store.close()
    objects.delete(resources.services.path, 'db', 'data')
    store = await openTestStore(dir, systemClock)
    cluster = follow()
    await cluster.start(await store.containers({ limit: 99 }))
    await until('all is followed', isFollowing)
    await cluster.flush()
    t.match((await peers())[0], { kind: 'service', service: 'db' }, 'then it was the Service’s')
    const later = chunk(6, [dial('10.96.0.7', 5432)], {
      before: { captured: 4, filtered: 0, unknownGaps: 0 },
    })
    await store.insert([later])
    t.match((await peers()).at(-1), { kind: 'private' }, 'now it is nobody’s')
    const { events } = await store.events({ limit: 99, kinds: ['pod'] })
    t.equal(events.length, 3, 'listed again, shown once')
    t.equal((await store.audit({ deep: true, agents: [] })).rows[0]?.unaccounted, 0)
  })
})
