import t from 'tap'
import type { Owner } from '#collector/cluster/objects.ts'
import { exactWorkload, type FindOwner, workloadOfPod } from '#collector/cluster/owners.ts'

const owners: Readonly<Record<string, Owner['controller']>> = {
  'ReplicaSet/web-5d4f8c7b9f': { kind: 'Deployment', name: 'web' },
  'ReplicaSet/canary-5d4f8c7b9f': { kind: 'Canary', name: 'web-canary' },
  'ReplicaSet/lonely': undefined,
  'StatefulSet/db': { kind: 'Postgres', name: 'main' },
  'DaemonSet/logs': undefined,
  'Job/backup-29381760': { kind: 'CronJob', name: 'nightly' },
  'Job/import-20261125': undefined,
}

const find: FindOwner = (kind, namespace, name) =>
  namespace === 'shop' && `${kind}/${name}` in owners
    ? { metadata: { name, namespace, resourceVersion: '1' }, controller: owners[`${kind}/${name}`] }
    : undefined

t.test('whose a pod is by its name', async (t) => {
  for (const [pod, workload] of [
    ['web-5d4f8c7b9f-x7k2p', 'deployment/web'],
    ['canary-5d4f8c7b9f-x7k2p', 'canary/web-canary'],
    ['lonely-x7k2p', 'replicaset/lonely'],
    ['db-0', 'statefulset/db'],
    ['logs-x7k2p', 'daemonset/logs'],
    ['backup-29381760-x7k2p', 'cronjob/nightly'],
    ['backup-29381760-3-x7k2p', 'cronjob/nightly'],
    ['import-20261125-x7k2p', 'job/import-20261125'],
    ['web-5d4f8c7b9f-aaaaa', ''],
    ['web', ''],
    ['', ''],
  ] as const) {
    const found = workloadOfPod(find, 'shop', pod)
    t.equal(found ? `${found.workloadType}/${found.workload}` : '', workload, pod)
  }
  t.equal(workloadOfPod(find, 'other', 'db-0'), undefined)
})

t.test('what agents guess is corrected by what is known, and only that', async (t) => {
  const hash = { 'pod-template-hash': '5d4f8c7b9f' }
  for (const [pod, labels, workload] of [
    ['web-5d4f8c7b9f-x7k2p', hash, 'deployment/web'],
    ['canary-5d4f8c7b9f-x7k2p', hash, 'canary/web-canary'],
    ['other-5d4f8c7b9f-x7k2p', hash, ''],
    ['db-0', {}, ''],
    ['import-20261125-x7k2p', { 'job-name': 'import-20261125' }, 'job/import-20261125'],
    [
      'backup-29381760-x7k2p',
      { 'batch.kubernetes.io/job-name': 'backup-29381760' },
      'cronjob/nightly',
    ],
    // Whoever makes a pod chooses its labels.
    ['stray-x7k2p', { 'job-name': 'backup-29381760' }, ''],
  ] as const) {
    const found = exactWorkload(find, { namespace: 'shop', pod, labels })
    t.equal(found ? `${found.workloadType}/${found.workload}` : '', workload, pod)
  }
})
