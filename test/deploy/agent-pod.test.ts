/** The agent's pod: that it gets what it needs of a node, with a reason for each, and nothing more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runtimeDirectories } from '#agent/containers/runtime-directories.ts'
import { find, needsHelm, render, repository } from './chart.ts'
import { restrictedViolations } from './pod-security.ts'
import { valueSets } from './value-sets.ts'

/** What the agent was seen working with, and no more, in a container. */
const provenCapabilities = [
  ...readFileSync(join(repository, 'test/integration/least-privilege.test.ts'), 'utf8').matchAll(
    /^ {2}CAP_(\w+): '/gm,
  ),
].map(([, name = '']) => name)

const podOf = async (set: keyof typeof valueSets) =>
  find(await render(valueSets[set]), 'DaemonSet', '-agent').spec.template.spec

t.test('no more capabilities than were proven to suffice', needsHelm, async (t) => {
  t.equal(provenCapabilities.length, 5)
  for (const [set, more] of [
    ['least', []],
    ['default', ['NET_ADMIN']],
    ['everything', ['NET_ADMIN']],
  ] as const) {
    const { capabilities } = (await podOf(set)).containers[0].securityContext
    t.strictSame(capabilities.drop, ['ALL'])
    t.strictSame(capabilities.add?.toSorted(), [...provenCapabilities, ...more].toSorted(), set)
  }
})

t.test(
  'each capability names a line that needs it, and the line is there',
  needsHelm,
  async (t) => {
    const { text } = await render({})
    const reasons = [...text.matchAll(/# (agent\/\S+): (.+)\n +- ([A-Z_]+)\n/g)]
    t.equal(reasons.length, provenCapabilities.length + 1)
    for (const [, file = '', line = '', name] of reasons) {
      t.ok(
        readFileSync(join(repository, file), 'utf8').includes(line),
        `${name}: ${file} has ${line}`,
      )
    }
  },
)

t.test('no privilege besides', needsHelm, async (t) => {
  for (const set of ['default', 'everything', 'least'] as const) {
    const pod = await podOf(set)
    const [container, ...more] = pod.containers
    t.strictSame([more, pod.initContainers], [[], undefined])
    t.match(container.securityContext, {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    })
    t.match(pod, { hostPID: false, hostNetwork: false, automountServiceAccountToken: false })
    t.equal(pod.hostIPC, undefined)
    t.equal(
      container.resources.limits.cpu,
      undefined,
      'a throttled agent empties its ring too late',
    )
  }
})

t.test(
  'what keeps it out of the level "restricted" is known, to the last item',
  needsHelm,
  async (t) => {
    t.strictSame(restrictedViolations(await podOf('default')).toSorted(), [
      'AppArmor Unconfined',
      'agent: capability BPF',
      'agent: capability DAC_READ_SEARCH',
      'agent: capability NET_ADMIN',
      'agent: capability PERFMON',
      'agent: capability SYS_PTRACE',
      'agent: capability SYS_RESOURCE',
      'agent: runAsNonRoot',
      'runAsUser 0',
      'volume bpffs: hostPath',
      'volume cgroup: hostPath',
      'volume proc: hostPath',
      'volume runtime-0: hostPath',
      'volume spool: hostPath',
    ])
  },
)

t.test(
  'of the node only the spool and the pins can be written, and no socket reached',
  needsHelm,
  async (t) => {
    const sockets = [
      ...['/run/containerd/containerd.sock', '/run/containerd/s/0', '/run/crio/crio.sock'],
      ...['/run/k3s/containerd/containerd.sock', '/run/k0s/containerd.sock', '/run/docker.sock'],
      ...['/var/snap/microk8s/common/run/containerd.sock', '/run/podman/podman.sock'],
      ...['/run/docker/containerd/containerd.sock', '/var/lib/kubelet/pods/kubelet.sock'],
      ...['/var/lib/kubelet/pki/kubelet-client-current.pem', '/var/lib/kubelet/pki/kubelet.key'],
    ]
    const pod = await podOf('everything')
    const mounts = pod.containers[0].volumeMounts
    const { volumes } = pod
    for (const { name, hostPath } of volumes) {
      const mount = mounts.find((one) => one.name === name)
      t.ok(mount, `${name} is mounted`)
      if (hostPath === undefined || mount === undefined) continue
      const isWritten = ['spool', 'bpffs'].includes(name)
      t.equal(mount.readOnly ?? false, !isWritten, `${name}: ${hostPath.path}`)
      // The API refuses recursive read-only mounts with another propagation than none.
      if (mount.recursiveReadOnly) t.equal(mount.mountPropagation, undefined)
      else if (hostPath.type !== 'File') t.ok(isWritten, `${name} is read-only to its depth`)
      const reached = sockets.filter((path) => path.startsWith(`${hostPath.path}/`))
      t.strictSame(reached, [], `${hostPath.path} leads to no socket and no key`)
    }
    t.equal(mounts.length, volumes.length)
  },
)

t.test(
  'the directories of the runtimes are those that the agent looks into',
  needsHelm,
  async (t) => {
    const { taskRoots, fixed, docker } = runtimeDirectories({ hostRoot: '' })
    const wanted = [...taskRoots, ...fixed].map(({ directory }) => directory).concat(docker)
    const pod = await podOf('everything')
    const mounted = pod.volumes
      .filter(({ name }) => name.startsWith('runtime-'))
      .map(({ hostPath }) => hostPath?.path)
    // crun and runc below these runtimes keep their states elsewhere, and containers that people start with them are not Kubernetes'.
    t.strictSame(
      mounted.toSorted(),
      wanted.filter((path) => !['/run/crun', '/run/runc'].includes(path)).toSorted(),
    )
    for (const mount of pod.containers[0].volumeMounts) {
      const path = pod.volumes.find(({ name }) => name === mount.name)?.hostPath?.path
      if (mount.name.startsWith('runtime-')) t.equal(mount.mountPath, `/host${path}`)
    }
  },
)

t.test('each token is for one reader', needsHelm, async (t) => {
  const pod = await podOf('default')
  const audienceOf = (volume: string): unknown =>
    pod.volumes.find(({ name }) => name === volume)?.projected?.sources[0]?.serviceAccountToken
  t.strictSame(audienceOf('collector-token'), {
    audience: 'mayfly',
    expirationSeconds: 3600,
    path: 'token',
  })
  t.strictSame(audienceOf('kubelet-token'), { expirationSeconds: 3600, path: 'token' })
})

t.test('the seccomp profile lets through none of the ways out', async (t) => {
  const file = join(repository, 'deploy/seccomp/mayfly-agent.json')
  const { defaultAction, syscalls } = JSON.parse(readFileSync(file, 'utf8'))
  t.equal(defaultAction, 'SCMP_ACT_ERRNO')
  const allowed: readonly string[] = syscalls
    .filter(({ action }: { action: string }) => action === 'SCMP_ACT_ALLOW')
    .flatMap(({ names }: { names: string[] }) => names)
  t.equal(new Set(allowed).size, allowed.length)
  const ways = [
    ...[
      'mount',
      'umount2',
      'pivot_root',
      'chroot',
      'move_mount',
      'open_tree',
      'fsopen',
      'setns',
      'unshare',
    ],
    ...[
      'ptrace',
      'process_vm_readv',
      'process_vm_writev',
      'pidfd_getfd',
      'open_by_handle_at',
      'clone3',
    ],
    ...[
      'init_module',
      'finit_module',
      'kexec_load',
      'reboot',
      'perf_event_open',
      'userfaultfd',
      'keyctl',
    ],
    ...[
      'io_uring_setup',
      'mknod',
      'mknodat',
      'settimeofday',
      'clock_settime',
      'iopl',
      'swapon',
      'syslog',
    ],
  ]
  t.strictSame(
    ways.filter((name) => allowed.includes(name)),
    [],
  )
})
