import fc from 'fast-check'
import t from 'tap'
import { type PodList, parsePods } from '#agent/containers/pods.ts'
import { makePod, type PodOptions } from '#test/stand-ins/kubelet-pods.ts'

const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const hash = '8a6f0e2c4b1d3957a8c0e2f4618395b7'
const id = (digit: string): string => digit.repeat(64)

const parse = (...pods: PodOptions[]): PodList => parsePods(pods.map(makePod))

const containersOf = (list: PodList): Record<string, object> =>
  Object.fromEntries(list.pods.flatMap((pod) => [...pod.containers]))

t.test(
  'items that are no pods are skipped and counted, and the good one among them is kept',
  (t) => {
    const good = makePod({ name: 'web', uid, containers: [{ name: 'web', id: id('a') }] })
    const hostile: readonly unknown[] = [
      null,
      7,
      'pod',
      [],
      {},
      { metadata: null },
      { metadata: { name: 'web', namespace: 'shop' } },
      { metadata: { name: 'web', namespace: 'shop', uid: '../../etc' } },
      { metadata: { name: '\u001b[2Jweb', namespace: 'shop', uid } },
      { metadata: { name: 'x'.repeat(300), namespace: 'shop', uid } },
      { metadata: { name: 'Web', namespace: 'Shop', uid } },
      good,
    ]
    const list = parsePods(hostile)
    t.equal(list.pods.length, 1)
    t.equal(list.skipped, hostile.length - 1)
    t.same(Object.keys(containersOf(list)), [id('a')])
    t.end()
  },
)

t.test('statuses that are none are skipped and counted', (t) => {
  const pod = (statuses: unknown): object => ({
    metadata: { name: 'web', namespace: 'shop', uid },
    status: { containerStatuses: statuses },
  })
  t.match(parsePods([pod('x')]), { skipped: 0 })
  t.match(parsePods([pod([null, 7, {}, { name: '../x' }])]), { skipped: 4 })
  const ids = [
    'containerd://',
    '://x',
    `containerd://${'a'.repeat(300)}`,
    'containerd://../x',
    'no-scheme',
  ]
  t.match(parsePods([pod(ids.map((containerID) => ({ name: 'web', containerID })))]), {
    skipped: 5,
  })
  t.same(containersOf(parsePods([pod([{ name: 'web', containerID: '' }])])), {}, 'not yet created')
  t.end()
})

t.test('more pods and more containers than a node can have are cut off and counted', (t) => {
  const statuses = Array.from({ length: 300 }, (_, index) => ({ name: `c${index}` }))
  const pod = {
    metadata: { name: 'web', namespace: 'shop', uid },
    status: { containerStatuses: statuses },
  }
  t.equal(parsePods([pod]).skipped, 44)
  t.equal(parsePods(Array.from({ length: 5000 }, () => ({}))).skipped, 5000)
  t.end()
})

t.test('a pod of a Deployment, with all that the kubelet says about it', (t) => {
  const list = parse({
    name: 'api-7d9f8c-x2x7k',
    namespace: 'payments',
    uid,
    labels: { app: 'api', 'pod-template-hash': '7d9f8c' },
    owner: { kind: 'ReplicaSet', name: 'api-7d9f8c' },
    podIps: ['10.244.1.7', 'fd00::7'],
    containers: [{ name: 'api', image: 'registry.example/api:1.4.2', id: id('a') }],
  })
  t.equal(list.skipped, 0)
  t.same(list.pods[0]?.uids, [uid])
  t.same(list.pods[0]?.names, {
    namespace: 'payments',
    pod: 'api-7d9f8c-x2x7k',
    workload: 'api',
    workloadType: 'deployment',
    labels: { app: 'api', 'pod-template-hash': '7d9f8c' },
    podIps: ['10.244.1.7', 'fd00::7'],
    hostIps: ['192.0.2.10'],
    hostNetwork: false,
  })
  t.same(containersOf(list), {
    [id('a')]: {
      container: 'api',
      image: 'registry.example/api:1.4.2',
      imageId: `registry.example/api@sha256:${'ab'.repeat(32)}`,
      type: 'container',
      runtime: 'containerd',
      serviceAccountToken: true,
    },
  })
  t.end()
})

t.test('who has a ServiceAccount token is told by what is mounted', (t) => {
  const known = (options: Partial<PodOptions>): unknown =>
    containersOf(
      parse({ name: 'web', uid, containers: [{ name: 'web', id: id('a') }], ...options }),
    )[id('a')]
  t.match(known({}), { serviceAccountToken: true })
  t.match(known({ automountServiceAccountToken: false }), { serviceAccountToken: false })
  const of = (volumes: unknown, volumeMounts: unknown): unknown => {
    const [pod] = parsePods([
      {
        metadata: { name: 'web', namespace: 'shop', uid },
        spec: { volumes, containers: [{ name: 'web', volumeMounts }] },
        status: { containerStatuses: [{ name: 'web', containerID: `containerd://${id('a')}` }] },
      },
    ]).pods
    return pod?.containers.get(id('a'))?.serviceAccountToken
  }
  const vault = { name: 'vault', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }
  t.equal(of([vault], [{ name: 'vault', mountPath: '/vault' }]), true, 'for another audience')
  t.equal(of([vault], [{ name: 'data', mountPath: '/data' }]), false, 'another container has it')
  const path = '/var/run/secrets/kubernetes.io/serviceaccount'
  t.equal(of([{ name: 'old', secret: {} }], [{ name: 'old', mountPath: path }]), true, 'a Secret')
  const config = { name: 'ca', projected: { sources: [{ configMap: { name: 'ca' } }, null, 7] } }
  t.equal(of([config, null, 7, 'x'], [{ name: 'ca', mountPath: '/ca' }, null, 'x']), false)
  for (const odd of [undefined, null, 7, 'x', {}, [[]]]) t.equal(of(odd, odd), false)
  t.end()
})

t.test(
  'init, sidecar and ephemeral containers are told apart, and the instance before a restart is known',
  (t) => {
    const list = parse({
      name: 'web',
      uid,
      initContainers: [
        { name: 'migrate', id: id('1'), terminated: true },
        { name: 'proxy', id: id('2'), restartPolicy: 'Always' },
      ],
      containers: [{ name: 'web', id: `cri-o://${id('3')}`, previousId: id('4') }],
      ephemeralContainers: [{ name: 'debugger-x7k2p', id: `docker://${id('5')}` }],
    })
    const containers = containersOf(list)
    t.match(containers[id('1')], { container: 'migrate', type: 'init' })
    t.match(containers[id('2')], { container: 'proxy', type: 'container' })
    t.match(containers[id('3')], { container: 'web', type: 'container', runtime: 'cri-o' })
    t.match(containers[id('4')], { container: 'web', runtime: 'containerd' })
    t.match(containers[id('5')], {
      container: 'debugger-x7k2p',
      type: 'ephemeral',
      runtime: 'docker',
    })
    t.end()
  },
)

t.test('a container that waits to be created has no id yet, and that is no fault', (t) => {
  const list = parse({ name: 'web', uid, containers: [{ name: 'web' }] })
  t.equal(list.skipped, 0)
  t.same(containersOf(list), {})
  t.end()
})

t.test('a static pod and its mirror are one pod under two uids', (t) => {
  const name = 'kube-apiserver-node-1'
  const list = parse(
    {
      name,
      namespace: 'kube-system',
      uid: hash,
      annotations: { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.hash': hash },
      containers: [{ name: 'kube-apiserver' }],
    },
    {
      name,
      namespace: 'kube-system',
      uid,
      annotations: {
        'kubernetes.io/config.source': 'file',
        'kubernetes.io/config.hash': hash,
        'kubernetes.io/config.mirror': hash,
      },
      owner: { kind: 'Node', name: 'node-1', apiVersion: 'v1' },
      containers: [{ name: 'kube-apiserver', id: id('a') }],
    },
  )
  t.same(
    list.pods.map((pod) => pod.uids),
    [[hash], [hash, uid]],
  )
  for (const pod of list.pods) t.match(pod.names, { workload: name, workloadType: 'staticpod' })
  t.end()
})

t.test('images by old pull schemes lose the scheme, and digests stay', (t) => {
  const digest = `sha256:${'cd'.repeat(32)}`
  const list = parse({
    name: 'web',
    uid,
    containers: [
      { name: 'a', id: id('a'), imageId: `docker-pullable://nginx@${digest}` },
      { name: 'b', id: id('b'), imageId: digest },
    ],
  })
  t.match(containersOf(list), {
    [id('a')]: { imageId: `nginx@${digest}` },
    [id('b')]: { imageId: digest },
  })
  t.end()
})

t.test('labels and addresses that are none are left out', (t) => {
  const list = parsePods([
    {
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid,
        labels: { good: 'x', bad: 7, __proto__: {} },
      },
      status: { podIP: 'not an address', podIPs: [{ ip: '10.0.0.1' }, { ip: 7 }, null] },
    },
  ])
  t.match(list.pods[0]?.names, { labels: { good: 'x' }, podIps: ['10.0.0.1'] })
  t.equal(Object.keys(list.pods[0]?.names.labels ?? {}).length, 1)
  t.end()
})

t.test('the node’s addresses, whether the kubelet lists them all or tells one', (t) => {
  const of = (status: object): unknown =>
    parsePods([{ metadata: { name: 'web', namespace: 'shop', uid }, status }]).pods[0]?.names
      .hostIps
  const hostIP = '192.0.2.10'
  t.same(of({}), [], 'a pod that has no node yet')
  t.same(of({ hostIP }), [hostIP], 'before 1.29')
  t.same(of({ hostIP, hostIPs: [{ ip: hostIP }, { ip: '2001:db8::10' }] }), [
    hostIP,
    '2001:db8::10',
  ])
  t.same(of({ hostIP: 7, hostIPs: [null, {}, { ip: "'; DROP" }, { ip: hostIP }] }), [hostIP])
  t.same(of({ hostIP: '', hostIPs: 'x' }), [])
  const many = Array.from({ length: 99 }, (_, index) => ({ ip: `192.0.2.${index}` }))
  t.equal((of({ hostIPs: many }) as readonly string[]).length, 16)
  t.end()
})

t.test('only a plain true puts a pod on the host’s network', (t) => {
  const of = (spec: unknown): unknown =>
    parsePods([{ metadata: { name: 'web', namespace: 'shop', uid }, spec }]).pods[0]?.names
      .hostNetwork
  t.equal(of({ hostNetwork: true }), true)
  for (const hostNetwork of [undefined, null, false, 'true', 1, {}, [true]])
    t.equal(of({ hostNetwork }), false, JSON.stringify(hostNetwork))
  for (const spec of [undefined, null, 'hostNetwork', [{ hostNetwork: true }]])
    t.equal(of(spec), false, JSON.stringify(spec))
  const list = parse({ name: 'proxy', uid, hostNetwork: true, containers: [] })
  t.match(list.pods[0]?.names, {
    podIps: ['192.0.2.10'],
    hostIps: ['192.0.2.10'],
    hostNetwork: true,
  })
  t.end()
})

t.test('no JSON at all makes it throw', (t) => {
  const pod = fc.record(
    {
      metadata: fc.oneof(
        fc.jsonValue(),
        fc.record({
          name: fc.constant('web'),
          namespace: fc.constant('shop'),
          uid: fc.constant(uid),
          labels: fc.jsonValue(),
          annotations: fc.jsonValue(),
          ownerReferences: fc.jsonValue(),
        }),
      ),
      spec: fc.oneof(
        fc.jsonValue(),
        fc.record({
          containers: fc.jsonValue(),
          initContainers: fc.jsonValue(),
          volumes: fc.jsonValue(),
          hostNetwork: fc.jsonValue(),
        }),
      ),
      status: fc.oneof(
        fc.jsonValue(),
        fc.record({
          containerStatuses: fc.array(
            fc.record({
              name: fc.constant('web'),
              lastState: fc.jsonValue(),
              containerID: fc.jsonValue(),
            }),
          ),
          podIPs: fc.jsonValue(),
          hostIP: fc.jsonValue(),
          hostIPs: fc.jsonValue(),
        }),
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(pod, fc.jsonValue())),
      (items) => parsePods(items).pods.length <= items.length,
    ),
  )
  t.end()
})
