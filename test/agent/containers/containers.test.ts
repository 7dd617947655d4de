import { randomUUID } from 'node:crypto'
import { readFileSync, rmdirSync } from 'node:fs'
import t from 'tap'
import { findCgroupMounts } from '#agent/containers/cgroup-mounts.ts'
import { Containers } from '#agent/containers/containers.ts'
import { KubeletClient } from '#agent/containers/kubelet-client.ts'
import type { NamesPhase } from '#agent/containers/names.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { ContainerNames } from '#proto/event.ts'
import {
  makeBundle,
  randomContainerId,
  randomContainerName,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'
import { type StandInKubelet, startKubelet } from '#test/stand-ins/kubelet.ts'

interface Told {
  readonly containerId: string
  readonly names: ContainerNames
  readonly phase: NamesPhase
}

type Teardown = { teardown(action: () => unknown): void }

const live = (t: Teardown, kubelet?: StandInKubelet) => {
  const told: Told[] = []
  const containers = new Containers({
    clock: systemClock,
    log: silentLog,
    procRoot: '/proc',
    cgroupRoot: '/sys/fs/cgroup',
    hostRoot: '',
    onNames: (containerId, names, phase) => told.push({ containerId, names, phase }),
    endsSinceUs: 0,
    onEnd: () => {},
    ...(kubelet === undefined
      ? {}
      : {
          kubelet: new KubeletClient({
            url: kubelet.url,
            nodeName: 'node-1',
            trust: { caFile: kubelet.caFile, insecure: false },
            tokenFile: kubelet.tokenFile,
            clock: systemClock,
          }),
        }),
  })
  t.teardown(() => containers.close())
  containers.start()
  return { containers, told }
}

/** Waits for something to become true; the test's own time-out is the limit. */
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10))
}

for (const runtime of ['crun', 'runc'] as const)
  t.test(
    `a container of ${runtime} that is gone before anybody asks is known by its directory`,
    async (t) => {
      const { containers, told } = live(t)
      const id = randomContainerName('brief')
      const annotations = {
        'io.kubernetes.cri.container-type': 'container',
        'io.kubernetes.cri.container-name': 'brief',
        'io.kubernetes.cri.sandbox-name': 'brief-0',
        'io.kubernetes.cri.sandbox-namespace': 'shop',
      }
      const bundle = await makeBundle(t, { args: ['sleep', '0.2'], annotations })
      t.equal((await runContainer({ runtime, id, bundle })).exitCode, 0)
      // The records of a drain come after the container's end.
      const path = `/${id}`
      const created = containers.cgroups.apply({
        kind: 'cgroup',
        bootNs: 5,
        phase: 'created',
        cgroup: { hierarchy: 0, id: 4_000_000_001 },
        path,
      })
      t.match(created, { containerId: id, runtime, own: true })
      containers.names.seen(containers.cgroups.attribute([{ hierarchy: 0, id: 4_000_000_001 }]), 5)
      t.match(told[0]?.names, { namespace: 'shop', pod: 'brief-0', container: 'brief' })
      t.ok(containers.prefetch.counts.used > 0)
    },
  )

t.test(
  'a container found in /proc is named by the kubelet, though it learns of it only later',
  async (t) => {
    const kubelet = await startKubelet()
    t.teardown(() => kubelet.close())
    const { containers, told } = live(t, kubelet)
    const id = randomContainerId()
    const uid = randomUUID()
    const hierarchy = findCgroupMounts('/sys/fs/cgroup', '/proc')[0]?.directory ?? ''
    // crun removes the container's cgroup, but not the pod's around it.
    t.teardown(() => rmdirSync(`${hierarchy}/pod${uid}`))
    const bundle = await makeBundle(t, { args: ['sleep', '60'], cgroupsPath: `/pod${uid}/${id}` })
    const { pid } = await startContainer(t, { runtime: 'crun', id, bundle })
    const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n').at(-1)
    const found = containers.cgroups.attributePath(line?.slice('0::'.length) ?? '')
    t.match(found, { containerId: id, podUid: uid })
    containers.names.seen(found, 1)
    await until(() => kubelet.requests > 1)
    t.equal(told.length, 1, 'the list did not name it yet')
    kubelet.addPod({
      name: 'web-0',
      namespace: 'shop',
      uid,
      owner: { kind: 'StatefulSet', name: 'web' },
      containers: [{ name: 'web', id }],
    })
    await until(() => told.length > 1)
    t.match(told[1], {
      containerId: id,
      phase: 'named',
      names: {
        namespace: 'shop',
        pod: 'web-0',
        container: 'web',
        workload: 'web',
        workloadType: 'statefulset',
      },
    })
    t.match(containers.kubeletStatus, { state: 'ok', failures: 0 })
  },
)

t.test('a kubelet that cannot be reached leaves everything else working', async (t) => {
  const kubelet = await startKubelet({ certificate: 'self-signed' })
  t.teardown(() => kubelet.close())
  const { containers, told } = live(t, kubelet)
  await until(() => containers.kubeletStatus?.state === 'failing')
  t.match(containers.kubeletStatus?.lastError, { code: 'x509_unknown_authority' })
  containers.names.seen(containers.cgroups.attributePath(`/docker/${randomContainerId()}`), 1)
  t.match(told[0]?.names, { runtime: 'docker', nameSource: 'cgroup' })
})

t.test('close leaves nothing that keeps the process alive or tells of more', async (t) => {
  const { containers, told } = live(t)
  containers.close()
  const bundle = await makeBundle(t, { args: ['true'] })
  await runContainer({ runtime: 'crun', id: randomContainerName('after'), bundle })
  t.equal(told.length, 0)
  t.equal(containers.watcher.counts.watched, 0)
})
