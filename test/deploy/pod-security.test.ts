/** The checks that the collector's pod is held against must themselves refuse what the standard refuses. */
import t from 'tap'
import { type PodSpec, restrictedViolations } from './pod-security.ts'

const own = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}
const good: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  volumes: [{ name: 'data', emptyDir: {} }],
  containers: [{ name: 'c', securityContext: own }],
}
const withContainer = (context: object, more: object = {}): PodSpec => ({
  ...good,
  containers: [{ name: 'c', securityContext: { ...own, ...context }, ...more }],
})

const refused: readonly (readonly [string, PodSpec, string])[] = [
  ['the node’s network', { ...good, hostNetwork: true }, 'hostNetwork'],
  ['the node’s processes', { ...good, hostPID: true }, 'hostPID'],
  ['the node’s IPC', { ...good, hostIPC: true }, 'hostIPC'],
  [
    'a directory of the node',
    { ...good, volumes: [{ name: 'v', hostPath: {} }] },
    'volume v: hostPath',
  ],
  ['privileged', withContainer({ privileged: true }), 'c: privileged'],
  [
    'an added capability',
    withContainer({ capabilities: { drop: ['ALL'], add: ['BPF'] } }),
    'c: capability BPF',
  ],
  [
    'capabilities that are not all dropped',
    withContainer({ capabilities: { drop: ['NET_RAW'] } }),
    'c: capabilities not dropped',
  ],
  [
    'set-uid programs',
    withContainer({ allowPrivilegeEscalation: undefined }),
    'c: allowPrivilegeEscalation',
  ],
  ['root by number', withContainer({ runAsUser: 0 }), 'c: runAsUser 0'],
  [
    'root by default',
    { ...good, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    'c: runAsNonRoot',
  ],
  ['a container that takes root back', withContainer({ runAsNonRoot: false }), 'c: runAsNonRoot'],
  [
    'no seccomp profile',
    { ...good, securityContext: { runAsNonRoot: true } },
    'c: no seccomp profile',
  ],
  [
    'seccomp off in one container',
    withContainer({ seccompProfile: { type: 'Unconfined' } }),
    'c: seccomp Unconfined',
  ],
  [
    'AppArmor off',
    withContainer({ appArmorProfile: { type: 'Unconfined' } }),
    'c: AppArmor Unconfined',
  ],
  [
    'an SELinux type of the system',
    withContainer({ seLinuxOptions: { type: 'spc_t' } }),
    'c: seLinuxOptions.type',
  ],
  ['an unmasked /proc', withContainer({ procMount: 'Unmasked' }), 'c: procMount'],
  ['a port of the node', withContainer({}, { ports: [{ hostPort: 80 }] }), 'c: hostPort'],
  [
    'a probe of somebody else',
    withContainer({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } } }),
    'c: a probe of another host',
  ],
  [
    'a sysctl of the node',
    { ...good, securityContext: { ...good.securityContext, sysctls: [{ name: 'kernel.msgmax' }] } },
    'sysctl kernel.msgmax',
  ],
  [
    'an init container that differs',
    { ...good, initContainers: [{ name: 'i' }] },
    'i: allowPrivilegeEscalation',
  ],
]

for (const [what, spec, violation] of refused) {
  t.test(`refuses ${what}`, async (t) => {
    t.ok(restrictedViolations(spec).includes(violation), restrictedViolations(spec).join(', '))
  })
}

t.test('takes a pod that keeps to the level', async (t) => {
  t.strictSame(restrictedViolations(good), [])
  t.strictSame(
    restrictedViolations(
      withContainer({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
    ),
    [],
  )
})
