import t from 'tap'
import { attributionOf, type CgroupAttribution } from '#agent/containers/cgroup-attribution.ts'
import { parseCgroupPath } from '#agent/containers/cgroup-path.ts'
import {
  ContainerNamesCache,
  type ContainerNamesOptions,
  type NamesPhase,
} from '#agent/containers/names.ts'
import type { OciNames } from '#agent/containers/oci-names.ts'
import { parsePods } from '#agent/containers/pods.ts'
import type { ContainerNames } from '#proto/event.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import { makePod, type PodOptions } from '#test/stand-ins/kubelet-pods.ts'

const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const id = (digit: string): string => digit.repeat(64)
const a = id('a')

const attribution = (path: string): CgroupAttribution => attributionOf(path, parseCgroupPath(path))
const inPod = (containerId: string, podUid = uid): CgroupAttribution =>
  attribution(`/kubepods/burstable/pod${podUid}/${containerId}`)

interface Told {
  readonly containerId: string
  readonly names: ContainerNames
  readonly phase: NamesPhase
  readonly podUid: string
  readonly cgroupPath: string
  readonly bootNs: number
}

const scene = (options: Partial<ContainerNamesOptions> = {}) => {
  const time = manualTime()
  const told: Told[] = []
  const oci = new Map<string, OciNames>()
  const state = { asked: 0 }
  const names = new ContainerNamesCache({
    clock: time.clock,
    schedule: time.schedule,
    kubelet: true,
    readOci: (containerId) => oci.get(containerId),
    onUnknown: () => {
      state.asked += 1
    },
    onNames: (containerId, known, phase, facts) =>
      told.push({ containerId, names: known, phase, ...facts }),
    ...options,
  })
  const list = (...pods: PodOptions[]): void => names.learn(parsePods(pods.map(makePod)))
  return { time, told, oci, state, names, list }
}

const deployment: PodOptions = {
  name: 'api-7d9f8c-x2x7k',
  namespace: 'payments',
  uid,
  labels: { app: 'api', 'pod-template-hash': '7d9f8c' },
  owner: { kind: 'ReplicaSet', name: 'api-7d9f8c' },
  containers: [{ name: 'api', image: 'registry.example/api:1.4.2', id: a }],
}

const fromContainerd: OciNames = {
  names: {
    namespace: 'payments',
    pod: 'api-7d9f8c-x2x7k',
    container: 'api',
    image: 'api@sha256:1',
    type: 'container',
    runtime: 'containerd',
  },
  podUid: uid,
  kubernetes: true,
}

t.test('a container is told of at once, with its id alone if there is no more', (t) => {
  const s = scene()
  s.names.seen(inPod(a), 77)
  t.match(s.told, [
    {
      containerId: a,
      phase: 'started',
      podUid: uid,
      bootNs: 77,
      cgroupPath: `/kubepods/burstable/pod${uid}/${a}`,
    },
  ])
  t.match(s.told[0]?.names, { container: '', namespace: '', type: 'unknown', nameSource: 'cgroup' })
  t.equal(s.state.asked, 1)
  t.equal(s.names.demand(), 'young')
  t.end()
})

t.test('seen again, a container is not told of again', (t) => {
  const s = scene()
  for (let event = 0; event < 1000; event += 1) s.names.seen(inPod(a), event)
  t.equal(s.told.length, 1)
  t.equal(s.names.counts.seen, 1)
  t.end()
})

t.test(
  'names from the runtime come with the first event, names from the kubelet later and on top',
  (t) => {
    const s = scene()
    s.oci.set(a, fromContainerd)
    s.names.seen(inPod(a), 1)
    t.match(s.told[0]?.names, {
      namespace: 'payments',
      pod: 'api-7d9f8c-x2x7k',
      container: 'api',
      workload: '',
      nameSource: 'oci',
    })
    s.list(deployment)
    t.equal(s.told.length, 2)
    t.match(s.told[1], { phase: 'named', podUid: uid })
    t.match(s.told[1]?.names, {
      container: 'api',
      workload: 'api',
      workloadType: 'deployment',
      image: 'registry.example/api:1.4.2',
      type: 'container',
      nameSource: 'kubelet',
    })
    t.equal(s.names.demand(), 'none')
    t.end()
  },
)

t.test('the same list again tells nothing new', (t) => {
  const s = scene()
  s.names.seen(inPod(a), 1)
  for (let again = 0; again < 10; again += 1) s.list(deployment)
  t.equal(s.told.length, 2)
  t.end()
})

t.test('a kubelet that learns of a container only later names it then', (t) => {
  const s = scene()
  s.names.seen(inPod(a), 1)
  s.list({ ...deployment, containers: [{ name: 'api' }] })
  t.match(
    s.told[1]?.names,
    { pod: 'api-7d9f8c-x2x7k', workload: 'api', container: '' },
    'the pod is known before the container',
  )
  t.equal(s.names.demand(), 'young')
  s.list(deployment)
  t.match(s.told[2]?.names, { container: 'api' })
  t.equal(s.names.demand(), 'none')
  t.end()
})

t.test('a container that was listed before its first event is named at once', (t) => {
  const s = scene()
  s.list(deployment)
  s.names.seen(inPod(a), 1)
  t.equal(s.told.length, 1)
  t.match(s.told[0]?.names, { container: 'api', workload: 'api', nameSource: 'kubelet' })
  t.equal(s.state.asked, 0)
  t.end()
})

t.test('a pod gone before the list is read keeps what the runtime said', (t) => {
  const s = scene()
  s.oci.set(a, fromContainerd)
  s.names.seen(inPod(a), 1)
  s.names.ended(a, 9)
  s.list()
  t.match(
    s.told.map((one) => one.phase),
    ['started', 'ended'],
  )
  t.match(s.names.get(a), { pod: 'api-7d9f8c-x2x7k', container: 'api', nameSource: 'oci' })
  t.end()
})

t.test('a later list never erases what was known, and never weakens it', (t) => {
  const s = scene()
  s.names.seen(inPod(a), 1)
  s.list(deployment)
  const before = s.names.get(a)
  s.list()
  s.list({ ...deployment, labels: {}, podIps: [], hostIps: [], containers: [] })
  t.same(s.names.get(a), before)
  s.list({ ...deployment, labels: { app: 'api', tier: 'gold' } })
  t.equal(s.names.get(a)?.labels.tier, 'gold', 'but it may bring what is new')
  t.end()
})

t.test('only the kubelet tells the node’s addresses and whose network it is', (t) => {
  const s = scene()
  s.oci.set(a, fromContainerd)
  s.names.seen(inPod(a), 1)
  t.match(s.told[0]?.names, { nameSource: 'oci', hostIps: [], hostNetwork: false })
  const known = { hostIps: ['192.0.2.10', '2001:db8::10'], hostNetwork: true }
  s.list({ ...deployment, ...known })
  t.match(s.told[1]?.names, { ...known, podIps: known.hostIps })
  s.list({ ...deployment, hostIps: [] })
  t.match(s.names.get(a), known, 'a list that does not say so takes nothing back')
  t.end()
})

t.test('an ended container is told of with its names, and still gets better ones', (t) => {
  const s = scene()
  s.names.seen(inPod(a), 1)
  s.names.ended(a, 9)
  t.match(s.told[1], { phase: 'ended', bootNs: 9 })
  s.list(deployment)
  t.match(s.told[2], { phase: 'named', bootNs: 1 })
  t.match(s.told[2]?.names, { container: 'api' })
  s.names.ended('never seen', 10)
  t.equal(s.told.length, 3)
  t.end()
})

t.test('the sandbox is in no list and is named by its pod', (t) => {
  const s = scene()
  s.oci.set(id('b'), {
    names: { type: 'sandbox', runtime: 'containerd' },
    podUid: uid,
    kubernetes: true,
  })
  s.names.seen(inPod(id('b')), 1)
  s.list(deployment)
  t.match(s.names.get(id('b')), {
    type: 'sandbox',
    pod: 'api-7d9f8c-x2x7k',
    workload: 'api',
    container: '',
  })
  t.equal(s.names.demand(), 'none', 'there is no more to come')
  t.end()
})

t.test('CRI-O’s sandbox shows in its path alone', (t) => {
  const s = scene()
  s.names.seen(
    attribution(`/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/crio-${a}`),
    1,
  )
  t.match(s.names.get(a), { type: 'sandbox', runtime: 'cri-o' })
  t.end()
})

t.test(
  'the pod’s uid may come from the runtime, or from the kubelet, when the path hides it',
  (t) => {
    const s = scene()
    s.oci.set(a, fromContainerd)
    s.names.seen(attribution(`/../cri-containerd-${a}.scope`), 1)
    t.equal(s.told[0]?.podUid, uid)
    const b = id('b')
    s.names.seen(attribution(`/../cri-containerd-${b}.scope`), 1)
    s.list({ ...deployment, containers: [{ name: 'api', id: b }] })
    const told = s.told.find((one) => one.containerId === b && one.phase === 'named')
    t.equal(told?.podUid, uid)
    t.end()
  },
)

t.test('a static pod is found under its hash, with names from its mirror', (t) => {
  const s = scene()
  const hash = '8a6f0e2c4b1d3957a8c0e2f4618395b7'
  const annotations = { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.hash': hash }
  s.names.seen(inPod(a, hash), 1)
  s.list(
    {
      name: 'etcd-node-1',
      namespace: 'kube-system',
      uid: hash,
      annotations,
      containers: [{ name: 'etcd' }],
    },
    {
      name: 'etcd-node-1',
      namespace: 'kube-system',
      uid,
      annotations: { ...annotations, 'kubernetes.io/config.mirror': hash },
      containers: [{ name: 'etcd', id: a }],
    },
  )
  t.equal(s.told.length, 2, 'one list tells one thing once')
  t.match(s.told[1], { podUid: hash })
  t.match(s.told[1]?.names, { container: 'etcd', pod: 'etcd-node-1', workloadType: 'staticpod' })
  t.end()
})

t.test('the host is told of once, under its own name, and nobody is asked', (t) => {
  const s = scene()
  s.names.seen(attribution('/system.slice/cron.service'), 1)
  s.names.seen(attribution('/init.scope'), 2)
  t.equal(s.told.length, 1)
  t.match(s.told[0], { containerId: 'host', phase: 'started', podUid: '' })
  t.match(s.told[0]?.names, {
    container: 'host',
    workload: 'host',
    workloadType: 'host',
    namespace: '',
  })
  t.equal(s.state.asked, 0)
  t.same(s.time.pendingMs, [])
  t.end()
})

t.test(
  'a plain container is known by the name it was given, and is no business of the kubelet',
  (t) => {
    const s = scene()
    s.oci.set('web', {
      names: { type: 'container', runtime: 'crun' },
      podUid: '',
      kubernetes: false,
    })
    s.names.seen({ ...attribution('/web'), containerId: 'web', runtime: 'crun' }, 1)
    t.match(s.told[0]?.names, { container: 'web', runtime: 'crun', nameSource: 'oci' })
    s.names.seen(attribution('/lxc/box'), 1)
    t.match(s.told[1]?.names, { container: 'box', runtime: 'lxc' })
    t.equal(s.state.asked, 0)
    t.end()
  },
)

t.test('a Docker container outside Kubernetes is no business of the kubelet either', (t) => {
  const s = scene()
  s.oci.set(a, {
    names: { container: 'web', image: 'nginx:1.27', runtime: 'docker' },
    podUid: '',
    kubernetes: false,
  })
  s.names.seen(attribution(`/system.slice/docker-${a}.scope`), 1)
  t.match(s.told[0]?.names, { container: 'web', image: 'nginx:1.27' })
  t.equal(s.state.asked, 0)
  t.end()
})

t.test('without a kubelet nothing is ever waited for', (t) => {
  const s = scene({ kubelet: false })
  s.names.seen(inPod(a), 1)
  t.equal(s.names.demand(), 'none')
  t.equal(s.names.waiting, 0)
  t.end()
})

t.test('the runtime’s files are looked at again when they were not there', async (t) => {
  const s = scene()
  s.names.seen(attribution(`/../cri-containerd-${a}.scope`), 1)
  await s.time.advance(100)
  t.equal(s.told.length, 1)
  s.oci.set(a, fromContainerd)
  await s.time.advance(900)
  t.equal(s.told.length, 1)
  await s.time.advance(100)
  t.match(s.told[1], { phase: 'named', podUid: uid })
  t.match(s.told[1]?.names, { container: 'api', nameSource: 'oci' })
  t.same(s.time.pendingMs, [])
})

t.test('what the kubelet never names is given up after ten minutes, and counted', async (t) => {
  const s = scene()
  s.names.seen(inPod(a), 1)
  await s.time.advance(10_000)
  t.equal(s.names.demand(), 'waiting')
  await s.time.advance(580_000)
  s.list()
  t.equal(s.names.demand(), 'waiting')
  await s.time.advance(10_000)
  s.list()
  t.equal(s.names.demand(), 'none')
  t.match(s.names.counts, { gaveUp: 1 })
  s.list(deployment)
  t.match(s.names.get(a), { container: 'api' }, 'and is taken all the same should it come')
})

t.test('a hundred thousand containers do not need room for more than the limit', (t) => {
  const s = scene({ containersMax: 100 })
  for (let index = 0; index < 100_000; index += 1)
    s.names.seen(inPod(index.toString(16).padStart(64, '0')), index)
  t.equal(s.names.size, 100)
  t.equal(s.names.waiting, 100)
  t.equal(s.names.counts.evicted, 99_900)
  t.ok(s.time.pendingMs.length <= 4096)
  s.names.close()
  t.same(s.time.pendingMs, [])
  t.end()
})
