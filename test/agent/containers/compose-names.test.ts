import t from 'tap'
import { attributionOf } from '#agent/containers/cgroup-attribution.ts'
import { parseCgroupPath } from '#agent/containers/cgroup-path.ts'
import { composeNames, type NameSources, overlay } from '#agent/containers/compose-names.ts'
import type { KubeletContainer, PodNames } from '#agent/containers/pods.ts'

const id = '3f2a1b'.padEnd(64, '0')
const path = `/system.slice/docker-${id}.scope`

const pod: PodNames = {
  namespace: 'payments',
  pod: 'api-7d9f-x2x7k',
  workload: 'api',
  workloadType: 'deployment',
  labels: { app: 'api' },
  podIps: ['10.0.0.7'],
  hostIps: ['192.0.2.10'],
  hostNetwork: true,
}
const container: KubeletContainer = {
  container: 'web',
  image: 'registry/api:2',
  imageId: '',
  serviceAccountToken: true,
  type: 'container',
  runtime: '',
}
const oci = {
  names: {
    pod: 'name-of-the-runtime',
    image: 'registry/api:1',
    imageId: 'sha256:1',
    labels: { old: '1' },
  },
  podUid: '',
  kubernetes: true,
} as const

const compose = (known: Partial<NameSources>, containerId = id) =>
  composeNames(containerId, {
    attribution: attributionOf(path, parseCgroupPath(path)),
    oci: undefined,
    pod: undefined,
    container: undefined,
    ...known,
  })

const cases = [
  {
    what: 'with the path alone there is a runtime and no invented name',
    known: {},
    is: {
      ...{ container: '', workload: '', pod: '', runtime: 'docker', nameSource: 'cgroup' },
      ...{ hostIps: [], hostNetwork: false },
    },
  },
  {
    what: 'the runtime’s state adds what it says and keeps what the path said',
    known: { oci },
    is: { pod: 'name-of-the-runtime', runtime: 'docker', nameSource: 'oci' },
  },
  {
    what: 'the kubelet wins over the runtime, field by field',
    known: { oci, pod, container },
    is: {
      pod: 'api-7d9f-x2x7k',
      image: 'registry/api:2',
      labels: { app: 'api' },
      container: 'web',
      serviceAccountToken: true,
    },
  },
  {
    what: 'an empty field of a stronger source erases nothing',
    known: { oci, pod, container },
    is: { imageId: 'sha256:1', runtime: 'docker', nameSource: 'kubelet' },
  },
  {
    what: 'a pod that is known before its container names all but the container',
    known: { pod },
    is: {
      ...{ workload: 'api', namespace: 'payments', container: '', nameSource: 'kubelet' },
      ...{ hostIps: ['192.0.2.10'], hostNetwork: true },
    },
  },
] as const

for (const { what, known, is } of cases)
  t.test(what, async (t) => {
    t.match(compose(known), is)
    if ('labels' in is) t.strictSame(compose(known).labels, is.labels, 'labels are not mixed')
  })

t.test('a container with a plain id bears it as its name', async (t) => {
  t.equal(compose({}, 'web').container, 'web')
})

t.test('the host is the host, whatever a source claims', async (t) => {
  t.match(compose({ oci, pod, container }, 'host'), {
    container: 'host',
    workload: 'host',
    namespace: '',
    image: '',
    labels: {},
    hostIps: [],
    hostNetwork: false,
  })
})

t.test('overlay takes only what says something, and changes neither side', async (t) => {
  const weaker: Readonly<Record<string, unknown>> = {
    a: 'x',
    b: ['1'],
    c: { k: 'v' },
    d: 'kept',
    e: true,
  }
  const stronger = { a: '', b: [], c: {}, d: 'unknown', e: false }
  t.strictSame(overlay(weaker, stronger), weaker)
  t.strictSame(overlay(weaker, undefined), weaker)
  t.strictSame(overlay(weaker, { a: 'y', b: ['2'] }), { ...weaker, a: 'y', b: ['2'] })
  t.strictSame(weaker, { a: 'x', b: ['1'], c: { k: 'v' }, d: 'kept', e: true })
})
