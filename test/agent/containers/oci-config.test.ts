import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { OciConfigReader } from '#agent/containers/oci-config.ts'
import { runtimeDirectories } from '#agent/containers/runtime-directories.ts'
import {
  makeBundle,
  ociConfig,
  randomContainerId,
  randomContainerName,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'

const H = randomContainerId()

/** A host root that holds the given files. */
const hostWith = (t: { testdir(): string }, files: Readonly<Record<string, unknown>>): string => {
  const root = t.testdir()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

const readerOn = (hostRoot: string): OciConfigReader =>
  new OciConfigReader(runtimeDirectories({ hostRoot }))

const kubernetes = {
  'io.kubernetes.cri.container-type': 'container',
  'io.kubernetes.cri.container-name': 'api',
  'io.kubernetes.cri.sandbox-name': 'api-0',
  'io.kubernetes.cri.sandbox-namespace': 'payments',
}

const task = 'io.containerd.runtime.v2.task'

const places: readonly {
  readonly name: string
  readonly files: Record<string, unknown>
  readonly expected: object
}[] = [
  ...[
    'run/containerd',
    'run/k3s/containerd',
    'run/k0s/containerd',
    'var/snap/microk8s/common/run/containerd',
  ].map((state) => ({
    name: `containerd keeps it in ${state}`,
    files: {
      [`${state}/${task}/k8s.io/${H}/config.json`]: ociConfig({
        args: ['sh'],
        annotations: kubernetes,
      }),
    },
    expected: { names: { pod: 'api-0', runtime: 'containerd' }, kubernetes: true },
  })),
  {
    name: 'CRI-O keeps it in its run directory',
    files: {
      [`run/containers/storage/overlay-containers/${H}/userdata/config.json`]: ociConfig({
        args: ['sh'],
        annotations: {
          'io.kubernetes.cri-o.ContainerType': 'sandbox',
          'io.kubernetes.cri-o.KubeName': 'api-0',
        },
      }),
    },
    expected: { names: { pod: 'api-0', type: 'sandbox', runtime: 'cri-o' } },
  },
  {
    name: 'podman keeps the name elsewhere than the configuration',
    files: {
      [`var/lib/containers/storage/overlay-containers/${H}/userdata/config.json`]: ociConfig({
        args: ['sh'],
        annotations: { 'io.container.manager': 'libpod' },
      }),
      'var/lib/containers/storage/overlay-containers/containers.json': [
        { id: H, names: ['web'], metadata: '{"image-name":"docker.io/library/nginx:1.27"}' },
      ],
    },
    expected: {
      names: { container: 'web', image: 'docker.io/library/nginx:1.27', runtime: 'podman' },
    },
  },
  {
    name: 'Docker keeps names in its own records, the bundle in containerd’s namespace moby',
    files: {
      [`run/containerd/${task}/moby/${H}/config.json`]: ociConfig({ args: ['sh'] }),
      [`var/lib/docker/containers/${H}/config.v2.json`]: {
        Name: '/web',
        Config: { Image: 'nginx:1.27' },
      },
    },
    expected: {
      names: { container: 'web', image: 'nginx:1.27', runtime: 'docker' },
      kubernetes: false,
    },
  },
  {
    name: 'Docker’s records alone are enough',
    files: {
      [`var/lib/docker/containers/${H}/config.v2.json`]: {
        Name: '/web',
        Config: { Image: 'nginx:1.27' },
      },
    },
    expected: { names: { container: 'web', runtime: 'docker' } },
  },
  {
    name: 'Docker’s records, unreadable, leave the runtime',
    files: {
      [`run/containerd/${task}/moby/${H}/config.json`]: ociConfig({ args: ['sh'] }),
      [`var/lib/docker/containers/${H}/config.v2.json`]: '{',
    },
    expected: { names: { runtime: 'docker' }, kubernetes: undefined },
  },
  {
    name: 'runc’s state names the bundle, as the host sees it',
    files: {
      [`run/runc/${H}/state.json`]: { config: { labels: ['bundle=/srv/web'] } },
      'srv/web/config.json': ociConfig({ args: ['sh'] }),
    },
    expected: { names: { runtime: 'runc' }, kubernetes: false },
  },
  {
    name: 'crun’s status names the bundle when the copy is missing',
    files: {
      [`run/crun/${H}/status`]: { bundle: '/srv/web' },
      'srv/web/config.json': ociConfig({ args: ['sh'] }),
    },
    expected: { names: { runtime: 'crun' } },
  },
]

for (const row of places)
  t.test(row.name, (t) => {
    const reader = readerOn(hostWith(t, row.files))
    t.match(reader.read(H), row.expected)
    t.match(reader.counts, { lookups: 1, found: 1 })
    t.end()
  })

t.test('nothing known is nothing found, and nothing is counted against anyone', (t) => {
  const reader = readerOn(t.testdir())
  t.equal(reader.read(H), undefined)
  t.same(reader.counts, { lookups: 1, found: 0, tooLarge: 0, unreadable: 0 })
  t.end()
})

for (const id of ['', '.', '..', '../../etc', 'a/b', 'x'.repeat(300), 'a\u0000b', 'a b'])
  t.test(`${JSON.stringify(id.slice(0, 20))} is no id and leads nowhere`, (t) => {
    const reader = readerOn('')
    t.equal(reader.read(id), undefined)
    t.equal(reader.counts.lookups, 0)
    t.end()
  })

t.test('a configuration of more than 1 MiB is counted, not read', (t) => {
  const path = `run/containerd/${task}/k8s.io/${H}/config.json`
  const reader = readerOn(
    hostWith(t, { [path]: `{"ociVersion":"1","x":"${'x'.repeat(1 << 20)}"}` }),
  )
  t.equal(reader.read(H), undefined)
  t.equal(reader.counts.tooLarge, 1)
  t.end()
})

t.test('a configuration that is none is counted', (t) => {
  const reader = readerOn(
    hostWith(t, {
      [`run/crun/${H}/config.json`]: '\u0000\u0001',
      [`run/crun/${H}/status`]: '{"bundle":"relative"}',
    }),
  )
  t.equal(reader.read(H), undefined)
  t.equal(reader.counts.unreadable, 2)
  t.end()
})

t.test('a fifo in place of the configuration stops nobody', (t) => {
  const root = hostWith(t, { [`run/crun/${H}/other`]: '' })
  execFileSync('mkfifo', [join(root, `run/crun/${H}/config.json`)])
  t.equal(readerOn(root).read(H), undefined)
  t.end()
})

for (const runtime of ['crun', 'runc'] as const)
  t.test(`the configuration of a real container of ${runtime} is found by its id`, async (t) => {
    const id = randomContainerName('oci')
    const bundle = await makeBundle(t, { args: ['sleep', '60'], annotations: kubernetes })
    await startContainer(t, { runtime, id, bundle })
    t.match(readerOn('').read(id), {
      names: { namespace: 'payments', pod: 'api-0', container: 'api' },
      kubernetes: true,
    })
  })

t.test('a state directory of one’s own is looked at when it is named', async (t) => {
  const id = randomContainerName('own')
  const bundle = await makeBundle(t, { args: ['sleep', '60'], annotations: kubernetes })
  const root = join(bundle.directory, 'state')
  await startContainer(t, { runtime: 'crun', id, bundle, root })
  t.equal(readerOn('').read(id), undefined)
  const reader = new OciConfigReader(runtimeDirectories({ hostRoot: '', crunRoots: [root] }))
  t.equal(reader.read(id)?.names.pod, 'api-0')
})
