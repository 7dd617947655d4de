/** A container that lives a few milliseconds, in a pod that a stand-in kubelet lists: its names are on every one of its events. */
import t, { type Test } from 'tap'
import type { ContainersAnswer } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { makeKubeletSite } from '#test/fixtures/kubelet-site.ts'
import { runMayfly, type Site, sleep, until } from '#test/fixtures/mayfly.ts'
import { makeBundle, randomContainerId, runContainer } from '#test/fixtures/oci-bundle.ts'

const uid = '0a1b2c3d-1111-2222-3333-444455556666'
const names = {
  namespace: 'payments',
  workload: 'settle',
  workloadType: 'deployment',
  pod: 'settle-7d9f8c6b5d-x2x7k',
  container: 'worker',
  podUid: uid,
}

const pod = (id: string) => ({
  name: names.pod,
  namespace: names.namespace,
  uid,
  labels: { app: 'settle', 'pod-template-hash': '7d9f8c6b5d' },
  owner: { kind: 'ReplicaSet', name: 'settle-7d9f8c6b5d' },
  containers: [{ name: names.container, id }],
})

/** Runs `/bin/true` as a container of the pod. */
const runBriefly = async (t: Test, id: string): Promise<void> => {
  const bundle = await makeBundle(t, {
    args: ['/bin/true'],
    cgroupsPath: `/kubepods/burstable/pod${uid}/${id}`,
  })
  const result = await runContainer({ runtime: 'crun', id, bundle })
  t.equal(result.exitCode, 0, result.stderr)
}

const startWithKubelet = async (t: Test) => {
  const { kubelet, site } = await makeKubeletSite(t)
  await site.startCollector()
  await site.startAgent()
  return { kubelet, site }
}

/** How many of a container's execs and exits carry all names, out of how many. */
const named = async (site: Site, id: string) => {
  const events = await site.events({ container: id, kind: 'exec,exit' })
  const whole = events.filter((event) =>
    Object.entries(names).every(([key, value]) => event[key as keyof typeof event] === value),
  )
  return { whole: whole.length, all: events.length }
}

t.test('the kubelet knows the pod', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const { kubelet, site } = await startWithKubelet(t)
  const id = randomContainerId()
  kubelet.addPod(pod(id))
  await runBriefly(t, id)
  await until('names on every event', async () => {
    const { whole, all } = await named(site, id)
    return all >= 2 && whole === all
  })
  const byWorkload = await site.events({ namespace: 'payments', workload: 'settle', kind: 'exec' })
  t.ok(
    byWorkload.some(({ containerId }) => containerId === id),
    'found by namespace and workload',
  )
  const response = await fetch(`${site.url}/api/v1/containers?container=${id}`)
  const { containers } = (await response.json()) as ContainersAnswer
  t.match(
    containers,
    [{ pod: names.pod, serviceAccountToken: true }],
    'what its specification says',
  )
})

/** The kubelet's list has a pod that much after its container has begun, here. */
const learntAfterMs = 5_000
/** Names are there 6 s after that; the rest is for a machine that has other work. */
const namedWithinMs = 8_000

t.test('the kubelet learns of it only 5 s later', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const { kubelet, site } = await startWithKubelet(t)
  const id = randomContainerId()
  await runBriefly(t, id)
  const learns = sleep(learntAfterMs)
  // The container's exec and exit, of its one process.
  await until(
    'the events, which do not wait for names',
    async () => (await named(site, id)).all >= 2,
  )
  const before = await named(site, id)
  t.equal(before.whole, 0)
  await learns
  kubelet.addPod(pod(id))
  const addedAt = performance.now()
  const isNamed = async (): Promise<boolean> => {
    const { whole, all } = await named(site, id)
    return all >= before.all && whole === all
  }
  await until('the names to be on every event', isNamed, namedWithinMs)
  t.comment(`names came ${Math.round(performance.now() - addedAt)} ms after the kubelet had them`)
})

t.test(
  'a container that was killed for its memory says so on its timeline',
  { ...needsBpf, timeout: 90_000 },
  async (t) => {
    const { kubelet, site } = await startWithKubelet(t)
    const id = randomContainerId()
    kubelet.addPod(pod(id))
    const bundle = await makeBundle(t, {
      args: ['/bin/sh', '-c', 'exit 137'],
      cgroupsPath: `/kubepods/burstable/pod${uid}/${id}`,
    })
    t.equal((await runContainer({ runtime: 'crun', id, bundle })).exitCode, 137)
    const end = { reason: 'OOMKilled', exitCode: 137, finishedAt: new Date().toISOString() }
    kubelet.addPod({
      ...pod(id),
      containers: [{ name: names.container, id, terminated: true, end }],
    })
    const told = () => site.events({ pod: names.pod, kind: 'pod' })
    await until('it is told', async () => (await told()).length > 0)
    t.match(await told(), [
      { kind: 'pod', reason: 'OOMKilled', exitCode: 137, containerId: id, ...names },
    ])
    const asked = ['timeline', '--pod', names.pod, '--collector', site.url]
    const { output: text } = await runMayfly(asked)
    t.comment(text)
    t.match(text, /OOMKilled \(exit 137\)/)
  },
)
