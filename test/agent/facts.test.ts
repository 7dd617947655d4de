import t from 'tap'
import { unknownAttribution } from '#agent/containers/cgroup-attribution.ts'
import { hashesToEvents, namesToEvents } from '#agent/facts.ts'
import { Tracker } from '#agent/tracker/tracker.ts'
import type { ContainerNames } from '#proto/event.ts'
import { containerId, wireContainer } from '#test/fixtures/timeline-events.ts'

const nowNs = 9_000_000_000
/** Wall time minus boot time. */
const offsetUs = 1_782_918_000_000_000

const makeStream = () => {
  const tracker = new Tracker({
    containers: {
      attribute: () => unknownAttribution,
      attributePath: () => unknownAttribution,
      cgroupChanged: () => unknownAttribution,
      started: () => {},
      ended: () => {},
    },
    redact: (argv) => ({ argv, redacted: 0 }),
    executableSeen: () => {},
    isCanary: () => false,
    includeHost: true,
    hostMountNamespace: 1,
    processesMax: 10,
    containersMax: 10,
  })
  tracker.begin('ebpf', offsetUs)
  return { tracker, stream: { tracker: () => tracker, bootNowNs: () => nowNs } }
}

const { namespace, pod, container, workload, workloadType, image, imageId } = wireContainer()
const names: ContainerNames = {
  ...{ namespace, pod, container, workload, workloadType, image, imageId },
  type: 'container',
  runtime: 'containerd',
  labels: { app: 'api' },
  podIps: ['10.0.0.7'],
  hostIps: ['192.0.2.10'],
  hostNetwork: false,
  serviceAccountToken: false,
  nameSource: 'kubelet',
}
const facts = { podUid: 'pod-1', cgroupPath: '/kubepods/x', bootNs: 5_000_000_000 }

const phases = [
  ['a start stands at the time of the first process, not when it was worked out', 'started'],
  ['an end stands at the time the container went', 'ended'],
  ['names learnt later stand at the time they became known', 'named'],
] as const

for (const [what, phase] of phases)
  t.test(what, async (t) => {
    const { tracker, stream } = makeStream()
    namesToEvents(stream)(containerId, names, phase, facts)
    const bootNs = phase === 'named' ? nowNs : facts.bootNs
    t.strictSame(tracker.take(), [
      {
        kind: 'container',
        timeUs: offsetUs + bootNs / 1000,
        bootNs,
        source: 'ebpf',
        containerId,
        podUid: 'pod-1',
        ...names,
        phase,
        cgroupPath: '/kubepods/x',
      },
    ])
  })

t.test('a hash becomes a fact in its container, now', async (t) => {
  const { tracker, stream } = makeStream()
  const hash = {
    file: { device: 1, inode: 2, ctimeUs: 3 },
    path: '/bin/x',
    sizeBytes: 7,
    sha256: 'ab'.repeat(32),
    state: 'hashed',
  } as const
  hashesToEvents(stream)({ containerId, ...hash })
  const timeUs = offsetUs + nowNs / 1000
  t.strictSame(tracker.take(), [
    { kind: 'file', timeUs, bootNs: nowNs, source: 'ebpf', containerId, podUid: '', ...hash },
  ])
})

t.test(
  'names and hashes go into the one stream, in order, under the offset of their drain',
  async (t) => {
    const { tracker, stream } = makeStream()
    namesToEvents(stream)(containerId, names, 'started', facts)
    tracker.begin('procfs', 0)
    namesToEvents(stream)(containerId, names, 'ended', facts)
    t.match(tracker.take(), [
      { phase: 'started', source: 'ebpf', timeUs: offsetUs + facts.bootNs / 1000 },
      { phase: 'ended', source: 'procfs', timeUs: facts.bootNs / 1000 },
    ])
  },
)
