import fc from 'fast-check'
import t from 'tap'
import {
  type OciNames,
  parseBundlePath,
  parseDockerConfig,
  parseOciCgroupsPath,
  parseOciNames,
  parseStateCgroups,
  parseStorageContainers,
} from '#agent/containers/oci-names.ts'

const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const H = '7a1f5c3e9b2d4068a1c3e5f7092b4d6f8a0c2e4f6183a5c7e9f0b2d4c6a8e01f'

const config = (annotations: unknown, more: object = {}): string =>
  JSON.stringify({ ociVersion: '1.0.2', process: { args: ['sh'] }, annotations, ...more })

const rows: readonly {
  readonly name: string
  readonly text: string
  readonly runtime: string
  readonly expected: OciNames | undefined
}[] = [
  {
    name: 'an empty file is no configuration',
    text: '',
    runtime: 'containerd',
    expected: undefined,
  },
  {
    name: 'half a file is no configuration',
    text: '{"ociVersion":"1.0',
    runtime: 'containerd',
    expected: undefined,
  },
  {
    name: 'JSON of another kind is no configuration',
    text: '[1,2]',
    runtime: 'containerd',
    expected: undefined,
  },
  {
    name: 'an object without a version is no configuration',
    text: '{}',
    runtime: 'containerd',
    expected: undefined,
  },
  {
    name: 'annotations that are no object say nothing',
    text: config(['a', 'b']),
    runtime: 'crun',
    expected: { names: { type: 'container', runtime: 'crun' }, podUid: '', kubernetes: false },
  },
  {
    name: 'annotations that are no strings are left out, as are escape sequences and endless names',
    text: config({
      'io.kubernetes.cri.container-type': 'container',
      'io.kubernetes.cri.sandbox-name': { a: 1 },
      'io.kubernetes.cri.sandbox-namespace': '\u001b[31mshop',
      'io.kubernetes.cri.container-name': 'x'.repeat(2000),
      'io.kubernetes.cri.image-name': 'nginx:1.27',
      __proto__: 'x',
    }),
    runtime: 'containerd',
    expected: {
      names: { image: 'nginx:1.27', type: 'container', runtime: 'containerd' },
      podUid: '',
      kubernetes: true,
    },
  },
  {
    name: 'a container of containerd’s CRI',
    text: config({
      'io.kubernetes.cri.container-type': 'container',
      'io.kubernetes.cri.container-name': 'api',
      'io.kubernetes.cri.image-name': 'registry.example/api:1.4.2',
      'io.kubernetes.cri.sandbox-id': H,
      'io.kubernetes.cri.sandbox-name': 'api-7d9f8c-x2x7k',
      'io.kubernetes.cri.sandbox-namespace': 'payments',
      'io.kubernetes.cri.sandbox-uid': uid,
    }),
    runtime: 'containerd',
    expected: {
      names: {
        namespace: 'payments',
        pod: 'api-7d9f8c-x2x7k',
        container: 'api',
        image: 'registry.example/api:1.4.2',
        type: 'container',
        runtime: 'containerd',
      },
      podUid: uid,
      kubernetes: true,
    },
  },
  {
    name: 'a sandbox of containerd’s CRI',
    text: config({
      'io.kubernetes.cri.container-type': 'sandbox',
      'io.kubernetes.cri.sandbox-name': 'api-7d9f8c-x2x7k',
      'io.kubernetes.cri.sandbox-namespace': 'payments',
      'io.kubernetes.cri.sandbox-uid': uid,
    }),
    runtime: 'containerd',
    expected: {
      names: {
        namespace: 'payments',
        pod: 'api-7d9f8c-x2x7k',
        type: 'sandbox',
        runtime: 'containerd',
      },
      podUid: uid,
      kubernetes: true,
    },
  },
  {
    name: 'a container of CRI-O, whose names are in its labels',
    text: config({
      'io.container.manager': 'cri-o',
      'io.kubernetes.cri-o.ContainerType': 'container',
      'io.kubernetes.cri-o.Image': 'quay.io/crio/redis:alpine',
      'io.kubernetes.cri-o.ImageName': 'quay.io/crio/redis:alpine',
      'io.kubernetes.cri-o.ImageRef':
        '98bd7cfc43b8ef0ff130465e3d5427c0771002c2f35a6a9b62cb2d04602bed0a',
      'io.kubernetes.cri-o.IP.0': '10.244.0.3',
      'io.kubernetes.cri-o.Labels': JSON.stringify({
        'io.kubernetes.container.name': 'redis',
        'io.kubernetes.pod.name': 'cache-0',
        'io.kubernetes.pod.namespace': 'shop',
        'io.kubernetes.pod.uid': uid,
      }),
      'io.kubernetes.cri-o.Metadata': '{"name":"redis"}',
    }),
    runtime: '',
    expected: {
      names: {
        namespace: 'shop',
        pod: 'cache-0',
        container: 'redis',
        image: 'quay.io/crio/redis:alpine',
        imageId: 'sha256:98bd7cfc43b8ef0ff130465e3d5427c0771002c2f35a6a9b62cb2d04602bed0a',
        podIps: ['10.244.0.3'],
        type: 'container',
        runtime: 'cri-o',
      },
      podUid: uid,
      kubernetes: true,
    },
  },
  {
    name: 'a sandbox of CRI-O',
    text: config({
      'io.kubernetes.cri-o.ContainerType': 'sandbox',
      'io.kubernetes.cri-o.Image': 'registry.k8s.io/pause:3.9',
      'io.kubernetes.cri-o.KubeName': 'segfaulter',
      'io.kubernetes.cri-o.Namespace': 'default',
      'io.kubernetes.cri-o.Labels': JSON.stringify({
        'io.kubernetes.container.name': 'POD',
        'io.kubernetes.pod.name': 'segfaulter',
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.uid': uid,
      }),
    }),
    runtime: '',
    expected: {
      names: { namespace: 'default', pod: 'segfaulter', type: 'sandbox', runtime: 'cri-o' },
      podUid: uid,
      kubernetes: true,
    },
  },
  {
    name: 'CRI-O with labels that are no JSON says what is left',
    text: config({
      'io.kubernetes.cri-o.ContainerType': 'container',
      'io.kubernetes.cri-o.Labels': '{"io.kubernetes',
      'io.kubernetes.cri-o.Metadata': '{"name":"redis"}',
      'io.kubernetes.cri-o.Image': H,
      'io.kubernetes.cri-o.ImageName': 'docker.io/library/redis:alpine',
    }),
    runtime: '',
    expected: {
      names: {
        container: 'redis',
        image: 'docker.io/library/redis:alpine',
        type: 'container',
        runtime: 'cri-o',
      },
      podUid: '',
      kubernetes: true,
    },
  },
  {
    name: 'podman says who manages the container',
    text: config({ 'io.container.manager': 'libpod', 'org.opencontainers.image.stopSignal': '15' }),
    runtime: '',
    expected: { names: { type: 'container', runtime: 'podman' }, podUid: '', kubernetes: false },
  },
  {
    name: 'Docker’s bundle bears no annotations and does not tell whether it is a pod’s',
    text: config({}),
    runtime: 'docker',
    expected: {
      names: { type: 'container', runtime: 'docker' },
      podUid: '',
      kubernetes: undefined,
    },
  },
  {
    name: 'crun’s container without annotations is in no pod',
    text: JSON.stringify({ ociVersion: '1.0.2' }),
    runtime: 'crun',
    expected: { names: { type: 'container', runtime: 'crun' }, podUid: '', kubernetes: false },
  },
]

for (const row of rows)
  t.test(row.name, (t) => {
    t.same(parseOciNames(row.text, row.runtime), row.expected)
    t.end()
  })

t.test('Docker’s own record names a container, its image and its digest', (t) => {
  const text = JSON.stringify({
    ID: H,
    Name: '/web',
    Image: `sha256:${H}`,
    Config: { Image: 'nginx:1.27', Labels: { 'com.docker.compose.project': 'shop' } },
  })
  t.same(parseDockerConfig(text), {
    names: {
      container: 'web',
      type: 'container',
      image: 'nginx:1.27',
      imageId: `sha256:${H}`,
      runtime: 'docker',
    },
    podUid: '',
    kubernetes: false,
  })
  t.equal(parseDockerConfig('{"Config":3}'), undefined)
  t.end()
})

t.test('cri-dockerd’s labels make it a pod’s container, and a sandbox is told apart', (t) => {
  const labels = {
    'io.kubernetes.pod.name': 'web-0',
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.pod.uid': uid,
    'io.kubernetes.container.name': 'web',
    'io.kubernetes.docker.type': 'container',
  }
  const text = (more: object): string =>
    JSON.stringify({
      Name: '/k8s_web',
      Config: { Image: `sha256:${H}`, Labels: { ...labels, ...more } },
    })
  t.match(parseDockerConfig(text({})), {
    names: { namespace: 'shop', pod: 'web-0', container: 'web', image: undefined },
    podUid: uid,
    kubernetes: true,
  })
  const sandbox = parseDockerConfig(
    text({ 'io.kubernetes.docker.type': 'podsandbox', 'io.kubernetes.container.name': 'POD' }),
  )
  t.equal(sandbox?.names.type, 'sandbox')
  t.end()
})

t.test('podman’s storage names a container and its image', (t) => {
  const text = JSON.stringify([
    'nonsense',
    { id: 'another', names: ['x'] },
    {
      id: H,
      names: ['web', 'alias'],
      metadata: JSON.stringify({ 'image-name': 'docker.io/library/nginx:1.27', 'image-id': H }),
    },
  ])
  t.same(parseStorageContainers(text, H), {
    container: 'web',
    image: 'docker.io/library/nginx:1.27',
    imageId: `sha256:${H}`,
  })
  t.same(parseStorageContainers(text, 'unknown'), {})
  t.same(parseStorageContainers('{', H), {})
  t.end()
})

t.test('the bundle is in crun’s status and in a label of runc’s state', (t) => {
  t.equal(parseBundlePath('{"bundle":"/srv/web"}'), '/srv/web')
  t.equal(parseBundlePath('{"config":{"labels":["a=b","bundle=/srv/web"]}}'), '/srv/web')
  t.equal(parseBundlePath('{"config":{"labels":[7]}}'), '')
  t.equal(parseBundlePath('no'), '')
  t.end()
})

t.test(
  'the cgroups in a runtime’s state are paths in their hierarchies, whatever they are mounted at',
  (t) => {
    t.same(parseStateCgroups('{"cgroup-path":"/web"}'), ['/web'])
    const runc = {
      cgroup_paths: {
        '': '/sys/fs/cgroup/unified/web',
        memory: '/sys/fs/cgroup/memory/parent/web',
        cpu: '/sys/fs/cgroup/cpu,cpuacct/web',
        pids: 7,
      },
    }
    t.same(parseStateCgroups(JSON.stringify(runc)), ['/web', '/parent/web'])
    t.same(
      parseStateCgroups('{"cgroup_paths":{"":"/sys/fs/cgroup/system.slice/runc-web.scope"}}'),
      ['/system.slice/runc-web.scope'],
    )
    t.same(parseStateCgroups('{"cgroup-path":"/"}'), [], 'the root is nobody’s')
    t.same(parseStateCgroups('{"cgroup_paths":{"":"/sys/fs/cgroup"}}'), ['/sys/fs/cgroup'])
    t.same(parseStateCgroups('null'), [])
    t.end()
  },
)

t.test('a configuration names its cgroup, or nothing', (t) => {
  t.equal(parseOciCgroupsPath('{"linux":{"cgroupsPath":"/default/web"}}'), '/default/web')
  t.equal(parseOciCgroupsPath('{"linux":[]}'), '')
  t.end()
})

t.test('no text and no JSON makes any of the readers throw', (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"ociVersion":"1","annotations":${json},"linux":${json}}`),
  )
  fc.assert(
    fc.property(text, (value) => {
      parseOciNames(value, 'containerd')
      parseDockerConfig(value)
      parseStorageContainers(value, H)
      parseBundlePath(value)
      parseStateCgroups(value)
      parseOciCgroupsPath(value)
      return true
    }),
  )
  t.end()
})
