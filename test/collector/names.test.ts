import t from 'tap'
import { mayBeNamed, NameCache } from '#collector/names.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { containerId, wireContainer, wireExec } from '#test/fixtures/timeline-events.ts'

t.test('a container never heard of has empty names, the host its own', async (t) => {
  const names = new NameCache()
  t.match(names.get('node-1', containerId), { namespace: '', container: '', rank: -1 })
  t.match(names.get('node-1', 'host'), { container: 'host', workload: '' })
})

t.test('a stronger source names, a weaker one never takes the name back', async (t) => {
  const names = new NameCache()
  names.learnFrom('node-1', [
    wireContainer({ nameSource: 'cgroup', pod: '', workload: '' }),
    wireExec(),
  ])
  t.match(names.get('node-1', containerId), { pod: '' })
  names.learnFrom('node-1', [wireContainer({ nameSource: 'kubelet' })])
  names.learnFrom('node-1', [wireContainer({ nameSource: 'oci', workload: '', pod: 'other' })])
  t.match(names.get('node-1', containerId), { pod: 'api-7d9f', workload: 'api' })
  names.learnFrom('node-1', [wireContainer({ nameSource: 'kubelet', workload: 'renamed' })])
  t.match(names.get('node-1', containerId), { workload: 'renamed' })
})

t.test('an agent names the containers of its own node only', async (t) => {
  const names = new NameCache()
  names.learnFrom('node-1', [wireContainer()])
  names.learnFrom('node-9', [wireContainer({ namespace: 'attackers', workload: 'evil' })])
  t.match(names.get('node-1', containerId), { workload: 'api', namespace: 'payments' })
  t.match(names.get('node-9', containerId), { workload: 'evil' })
  t.match(names.get('node-2', containerId), { rank: -1 })
})

t.test('what the store knows is there from the start', async (t) => {
  const store = new ListStore()
  const {
    phase: _p,
    cgroupPath: _c,
    kind: _k,
    timeUs: _t,
    bootNs: _b,
    source: _s,
    ...rest
  } = wireContainer()
  store.containerList = [{ ...rest, node: 'node-1', firstSeen: '', lastSeen: '', ended: true }]
  const names = new NameCache()
  await names.warm(store)
  t.match(names.get('node-1', containerId), { workload: 'api', namespace: 'payments' })
  t.equal(names.size, 1)
})

const waits = [
  ['nothing is known', { rank: -1, pod: '' }, '', true],
  ['a cgroup alone', { rank: 0, pod: '' }, '', true],
  ['a plain container', { rank: 1, pod: '' }, '', false],
  ['a pod that the runtime names', { rank: 1, pod: 'api-1' }, '', true],
  ['a pod that the cgroup names', { rank: 1, pod: '' }, 'uid', true],
  ['what the kubelet says', { rank: 2, pod: 'api-1' }, 'uid', false],
  ['what the cluster says', { rank: 3, pod: 'api-1' }, 'uid', false],
] as const
for (const [name, names, podUid, isWaiting] of waits)
  t.test(`${name}: ${isWaiting ? 'may get' : 'has'} its names`, async (t) => {
    t.equal(mayBeNamed({ ...new NameCache().get('n', containerId), ...names }, podUid), isWaiting)
  })
