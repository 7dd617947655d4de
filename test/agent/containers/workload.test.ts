import t from 'tap'
import { type PodIdentity, workloadOf } from '#agent/containers/workload.ts'

const owned = (kind: string, name: string, labels: Record<string, string> = {}): PodIdentity => ({
  pod: 'web-7d9f8c-x2x7k',
  labels,
  ownerReferences: [{ apiVersion: 'x/v1', kind, name, controller: true }],
  isStatic: false,
})

const rows: readonly {
  readonly name: string
  readonly identity: PodIdentity
  readonly expected: string
}[] = [
  {
    name: 'owners that are no list make a bare pod',
    identity: { ...owned('', ''), ownerReferences: 'x' },
    expected: 'pod/web-7d9f8c-x2x7k',
  },
  {
    name: 'owners without kind and name make a bare pod',
    identity: { ...owned('', ''), ownerReferences: [null, 7, {}] },
    expected: 'pod/web-7d9f8c-x2x7k',
  },
  {
    name: 'an owner whose kind holds escape sequences is none',
    identity: owned('\u001b[2J', 'web'),
    expected: 'pod/web-7d9f8c-x2x7k',
  },
  {
    name: 'a pod without an owner is its own workload',
    identity: { ...owned('', ''), ownerReferences: undefined },
    expected: 'pod/web-7d9f8c-x2x7k',
  },
  {
    name: 'a ReplicaSet with the pod’s hash is a Deployment',
    identity: owned('ReplicaSet', 'web-7d9f8c', { 'pod-template-hash': '7d9f8c' }),
    expected: 'deployment/web',
  },
  {
    name: 'a ReplicaSet without the hash was made by hand',
    identity: owned('ReplicaSet', 'web-7d9f8c'),
    expected: 'replicaset/web-7d9f8c',
  },
  {
    name: 'a ReplicaSet with another hash stays what it is',
    identity: owned('ReplicaSet', 'web-7d9f8c', { 'pod-template-hash': 'ffffff' }),
    expected: 'replicaset/web-7d9f8c',
  },
  {
    name: 'a ReplicaSet that is nothing but the hash stays what it is',
    identity: owned('ReplicaSet', '-7d9f8c', { 'pod-template-hash': '7d9f8c' }),
    expected: 'replicaset/-7d9f8c',
  },
  {
    name: 'an empty hash cuts nothing off',
    identity: owned('ReplicaSet', 'web-', { 'pod-template-hash': '' }),
    expected: 'replicaset/web-',
  },
  {
    name: 'Argo’s hash makes a Rollout',
    identity: owned('ReplicaSet', 'web-68b5c', { 'rollouts-pod-template-hash': '68b5c' }),
    expected: 'rollout/web',
  },
  {
    name: 'a Job with minutes at its end is a CronJob’s',
    identity: owned('Job', 'backup-28945120'),
    expected: 'cronjob/backup',
  },
  {
    name: 'a Job with seconds at its end is an old CronJob’s',
    identity: owned('Job', 'backup-1600000000'),
    expected: 'cronjob/backup',
  },
  {
    name: 'a Job with another number at its end is a Job',
    identity: owned('Job', 'import-2026'),
    expected: 'job/import-2026',
  },
  {
    name: 'a Job of digits alone is a Job',
    identity: owned('Job', '28945120'),
    expected: 'job/28945120',
  },
  { name: 'a StatefulSet', identity: owned('StatefulSet', 'db'), expected: 'statefulset/db' },
  {
    name: 'a DaemonSet',
    identity: owned('DaemonSet', 'kube-proxy'),
    expected: 'daemonset/kube-proxy',
  },
  {
    name: 'a mirror pod is owned by its node',
    identity: owned('Node', 'node-1'),
    expected: 'staticpod/web-7d9f8c-x2x7k',
  },
  {
    name: 'a static pod has no owner',
    identity: { ...owned('', ''), ownerReferences: undefined, isStatic: true },
    expected: 'staticpod/web-7d9f8c-x2x7k',
  },
  {
    name: 'a kind nobody has heard of keeps its name and kind',
    identity: owned('SparkApplication', 'etl'),
    expected: 'sparkapplication/etl',
  },
  {
    name: 'the controller counts, not the first owner',
    identity: {
      ...owned('', ''),
      ownerReferences: [
        { kind: 'Lease', name: 'x' },
        { kind: 'StatefulSet', name: 'db', controller: true },
      ],
    },
    expected: 'statefulset/db',
  },
]

for (const row of rows)
  t.test(row.name, (t) => {
    const { workload, workloadType } = workloadOf(row.identity)
    t.equal(`${workloadType}/${workload}`, row.expected)
    t.end()
  })
