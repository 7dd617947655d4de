import fc from 'fast-check'
import t from 'tap'
import {
  type CgroupIdentity,
  chooseCgroupPath,
  parseCgroupFile,
  parseCgroupPath,
  resolveCgroupPath,
} from '#agent/containers/cgroup-path.ts'

/** A container, the node around it, and something within it. */
const H = '7a1f5c3e9b2d4068a1c3e5f7092b4d6f8a0c2e4f6183a5c7e9f0b2d4c6a8e01f'
const node = 'c0ffee00112233445566778899aabbccddeeff00112233445566778899aabbcc'
const inner = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const u_id = uid.replaceAll('-', '_')
const hash = '8a6f0e2c4b1d3957a8c0e2f4618395b7'
const slices = '/kubepods.slice/kubepods-burstable.slice'

type Expected = Partial<CgroupIdentity>

interface Row {
  readonly name: string
  readonly path: string
  readonly expected: Expected
}

const container = (
  containerId: string,
  podUid: string,
  runtime: string,
  more: Expected = {},
): Expected => ({
  kind: 'container',
  containerId,
  podUid,
  runtime,
  monitor: false,
  ...more,
})
const host: Expected = { kind: 'host', containerId: '', podUid: '' }
const candidate: Expected = { kind: 'candidate', containerId: '', podUid: '' }
const monitor: Expected = { kind: 'host', containerId: '', monitor: true }

const rows: readonly Row[] = [
  // Hostile first.
  { name: 'an empty path is the host', path: '', expected: host },
  { name: 'the root is the host', path: '/', expected: host },
  { name: 'text without a slash is at most a candidate', path: 'web', expected: candidate },
  { name: '63 hex digits are no id', path: `/docker/${H.slice(1)}`, expected: candidate },
  { name: '65 hex digits are no id', path: `/docker/a${H}`, expected: candidate },
  {
    name: 'upper-case hex digits are no id',
    path: `/docker/${H.toUpperCase()}`,
    expected: candidate,
  },
  { name: 'an id behind another word is no id', path: `/docker/x${H}`, expected: candidate },
  { name: 'an id followed by another word is no id', path: `/docker/${H}x`, expected: candidate },
  {
    name: 'a path longer than the kernel’s is the host',
    path: `/${'a/'.repeat(4096)}${H}`,
    expected: host,
  },
  {
    name: 'a constructor’s name is a name like any other',
    path: '/constructor/__proto__',
    expected: candidate,
  },
  {
    name: 'an id below an object’s own names gets no runtime from them',
    path: `/constructor/${H}`,
    expected: container(H, '', ''),
  },
  { name: 'dots do not climb out of a directory', path: '/../../..', expected: host },
  {
    name: 'a uid without its dashes in place is no pod',
    path: '/kubepods/pod1b4e28ba-2fa141d2-883f-0016d3cca427',
    expected: candidate,
  },
  { name: 'a word that ends in pod is no pod', path: `/tripod${uid}/x`, expected: candidate },
  // The rows of the reference, in its order.
  {
    name: '1: cgroupfs, besteffort',
    path: `/kubepods/besteffort/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '1: cgroupfs, burstable',
    path: `/kubepods/burstable/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '1: cgroupfs, guaranteed, without a segment for it',
    path: `/kubepods/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '2: a static pod is known by the hash of its file',
    path: `/kubepods/burstable/pod${hash}/${H}`,
    expected: container(H, hash, ''),
  },
  {
    name: '3: a cgroup that the container made for itself',
    path: `/kubepods/besteffort/pod${uid}/${H}/kube-proxy`,
    expected: container(H, uid, '', { below: 1 }),
  },
  {
    name: '4: containerd under systemd',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/cri-containerd-${H}.scope`,
    expected: container(H, uid, 'containerd', { below: 0 }),
  },
  {
    name: '4: containerd under systemd, guaranteed',
    path: `/kubepods.slice/kubepods-pod${u_id}.slice/cri-containerd-${H}.scope`,
    expected: container(H, uid, 'containerd'),
  },
  {
    name: '5: containerd under systemd, without a scope',
    path: `${slices}/kubepods-burstable-pod${hash}.slice/cri-containerd-${H}`,
    expected: container(H, hash, 'containerd'),
  },
  {
    name: '6: drivers that disagree, below containerd’s service',
    path: `/system.slice/containerd.service/kubepods-burstable-pod${u_id}.slice:cri-containerd:${H}`,
    expected: container(H, uid, 'containerd'),
  },
  {
    name: '6: drivers that disagree, below podruntime',
    path: `/podruntime.slice/containerd.service/kubepods-besteffort-pod${u_id}.slice:cri-containerd:${H}`,
    expected: container(H, uid, 'containerd'),
  },
  {
    name: '6: drivers that disagree, at the root, a static pod',
    path: `/kubepods-burstable-pod${hash}.slice:cri-containerd:${H}`,
    expected: container(H, hash, 'containerd'),
  },
  {
    name: '7: cri-dockerd under systemd',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/docker-${H}.scope`,
    expected: container(H, uid, 'docker'),
  },
  {
    name: '8: CRI-O under systemd',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/crio-${H}.scope`,
    expected: container(H, uid, 'cri-o', { sandbox: false }),
  },
  {
    name: '8: CRI-O under systemd with crun’s cgroup below',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/crio-${H}.scope/container`,
    expected: container(H, uid, 'cri-o', { below: 1 }),
  },
  {
    name: '9: CRI-O with cgroupfs, guaranteed',
    path: `/kubepods/pod${uid}/crio-${H}`,
    expected: container(H, uid, 'cri-o', { sandbox: false }),
  },
  {
    name: '9: CRI-O with cgroupfs, besteffort',
    path: `/kubepods/besteffort/pod${uid}/crio-${H}`,
    expected: container(H, uid, 'cri-o'),
  },
  {
    name: '10: CRI-O’s sandbox has no scope under systemd',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/crio-${H}`,
    expected: container(H, uid, 'cri-o', { sandbox: true }),
  },
  {
    name: '11: CRI-O’s conmon in the pod is not the container',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/crio-conmon-${H}.scope`,
    expected: monitor,
  },
  {
    name: '11: CRI-O’s conmon in the pod, cgroupfs',
    path: `/kubepods/besteffort/pod${uid}/crio-conmon-${H}`,
    expected: monitor,
  },
  {
    name: '11: CRI-O’s conmon in the system slice',
    path: `/system.slice/crio-conmon-${H}.scope`,
    expected: monitor,
  },
  {
    name: '11: podman’s conmon',
    path: `/machine.slice/libpod-conmon-${H}.scope`,
    expected: monitor,
  },
  {
    name: '11: a conmon inside a kind node belongs to the node',
    path: `/docker/${node}/system.slice/crio-conmon-${H}.scope`,
    expected: container(node, '', 'docker', { monitor: true }),
  },
  {
    name: '12: a mount unit is no container',
    path: `/system.slice/crio-${H}.mount`,
    expected: host,
  },
  {
    name: '12: a mount unit in a pod is the pod’s at most',
    path: `${slices}/kubepods-burstable-pod${u_id}.slice/crio-${H}.mount`,
    expected: { kind: 'pod', containerId: '', podUid: uid },
  },
  {
    name: '13: podman, with crun’s cgroup below',
    path: `/machine.slice/libpod-${H}.scope/container`,
    expected: container(H, '', 'podman'),
  },
  {
    name: '13: rootless podman',
    path: `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${H}.scope/container`,
    expected: container(H, '', 'podman'),
  },
  {
    name: '13: rootless podman without a scope',
    path: `/user.slice/user-1000.slice/user@1000.service/libpod-${H}`,
    expected: container(H, '', 'podman'),
  },
  {
    name: '13: rootless podman with a scope',
    path: `/user.slice/user-1000.slice/user@1000.service/libpod-${H}.scope`,
    expected: container(H, '', 'podman'),
  },
  {
    name: '13: podman with cgroupfs',
    path: `/libpod_parent/libpod-${H}`,
    expected: container(H, '', 'podman'),
  },
  { name: '13: podman’s monitor with cgroupfs', path: '/libpod_parent/conmon', expected: monitor },
  {
    name: '13: podman with split cgroups',
    path: `/system.slice/web.service/libpod-payload-${H}`,
    expected: container(H, '', 'podman'),
  },
  {
    name: '13: podman with split cgroups, with a scope',
    path: `/system.slice/web.service/libpod-payload-${H}.scope`,
    expected: container(H, '', 'podman'),
  },
  { name: '14: Docker with cgroupfs', path: `/docker/${H}`, expected: container(H, '', 'docker') },
  {
    name: '14: Docker under systemd',
    path: `/system.slice/docker-${H}.scope`,
    expected: container(H, '', 'docker'),
  },
  {
    name: '14: Docker in a slice of its own',
    path: `/docker.slice/docker-${H}.scope`,
    expected: container(H, '', 'docker'),
  },
  { name: '14: a bare id', path: `/${H}`, expected: container(H, '', '') },
  {
    name: '14: a runner of GitHub',
    path: `/actions_job/${H}`,
    expected: container(H, '', 'docker'),
  },
  {
    name: '15: nerdctl',
    path: `/system.slice/nerdctl-${H}.scope`,
    expected: container(H, '', 'containerd'),
  },
  { name: '15: ctr’s plain name may be a container', path: '/default/web', expected: candidate },
  {
    name: '15: containerd without a parent',
    path: `/k8s.io/${H}`,
    expected: container(H, '', 'containerd'),
  },
  {
    name: '16: a container of CRI outside any pod',
    path: `/system.slice/cri-containerd-${H}.scope`,
    expected: container(H, '', 'containerd'),
  },
  {
    name: '17: kind under systemd, with its prefix on every slice',
    path: `/docker/${node}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${u_id}.slice/cri-containerd-${H}.scope`,
    expected: container(H, uid, 'containerd', { nesting: 2 }),
  },
  {
    name: '17: kind on podman',
    path: `/machine.slice/libpod-${node}.scope/container/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${u_id}.slice/cri-containerd-${H}.scope`,
    expected: container(H, uid, 'containerd'),
  },
  {
    name: '18: kind with cgroupfs',
    path: `/system.slice/docker-${node}.scope/kubelet/kubepods/burstable/pod${hash}/${H}`,
    expected: container(H, hash, '', { nesting: 2 }),
  },
  {
    name: '19: minikube with cgroupfs',
    path: `/system.slice/docker-${node}.scope/kubepods/besteffort/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '19: minikube under systemd',
    path: `/system.slice/docker-${node}.scope/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${u_id}.slice/docker-${H}.scope`,
    expected: container(H, uid, 'docker'),
  },
  {
    name: '19: minikube’s init is the node’s, in no pod',
    path: `/system.slice/docker-${node}.scope/init.scope`,
    expected: container(node, '', 'docker'),
  },
  {
    name: '19: minikube’s containerd is the node’s, in no pod',
    path: `/system.slice/docker-${node}.scope/system.slice/containerd.service`,
    expected: container(node, '', 'docker'),
  },
  {
    name: '19: minikube’s kubelet is the node’s, in no pod',
    path: `/system.slice/docker-${node}.scope/system.slice/kubelet.service`,
    expected: container(node, '', 'docker'),
  },
  {
    name: '20: kubepods twice',
    path: `/kubepods/kubepods/besteffort/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '20: below Mesos',
    path: `/mesos/6f265890-5165-4fab-8b52-18d1c2b3a495/kubepods/besteffort/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '21: relative to the reader’s cgroup namespace, another pod',
    path: `/../../pod${hash}/${H}`,
    expected: container(H, hash, ''),
  },
  {
    name: '21: relative, another class of pods',
    path: `/../../../besteffort/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '21: relative, a container of the reader’s pod, whose uid is not shown',
    path: `/../cri-containerd-${H}.scope`,
    expected: container(H, '', 'containerd'),
  },
  {
    name: '21: relative, a container of Docker',
    path: `/../../../../system.slice/docker-${H}.scope`,
    expected: container(H, '', 'docker'),
  },
  { name: '21: relative, something of the host', path: '/../../../../init', expected: candidate },
  { name: '22: LXC', path: '/lxc/web', expected: container('web', '', 'lxc') },
  { name: '22: LXC’s payload', path: '/lxc.payload/web', expected: container('web', '', 'lxc') },
  {
    name: '22: a service within LXC',
    path: '/lxc.payload.web/system.slice/cron.service',
    expected: container('web', '', 'lxc', { below: 2 }),
  },
  { name: '22: LXC’s monitor', path: '/lxc.monitor.web', expected: monitor },
  {
    name: '22: LXC’s monitor, below a directory of monitors',
    path: '/lxc.monitor/web',
    expected: monitor,
  },
  {
    name: '22: Docker within LXC',
    path: `/lxc.payload.web/docker/${H}`,
    expected: container(H, '', 'docker', { nesting: 2 }),
  },
  {
    name: '23: Talos runs its kubelet on the host',
    path: '/podruntime/kubelet',
    expected: candidate,
  },
  {
    name: '23: Talos runs its runtime on the host',
    path: '/podruntime/runtime',
    expected: candidate,
  },
  { name: '23: Talos runs services on the host', path: '/system/apid', expected: candidate },
  { name: '23: Talos’s init is on the host', path: '/init', expected: candidate },
  { name: '24: a service of systemd', path: '/system.slice/cron.service', expected: host },
  { name: '24: Bottlerocket’s kubelet', path: '/runtime.slice/kubelet.service', expected: host },
  { name: '24: reserved.slice', path: '/reserved.slice/containerd.service', expected: host },
  { name: '24: kube.slice', path: '/kube.slice/kubelet.service', expected: host },
  { name: '24: azure.slice', path: '/azure.slice/walinuxagent.service', expected: host },
  { name: '24: podruntime.slice', path: '/podruntime.slice/containerd.service', expected: host },
  {
    name: '24: a person’s session',
    path: '/user.slice/user-0.slice/session-3.scope',
    expected: candidate,
  },
  {
    name: '25: ECS on Fargate',
    path: '/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890',
    expected: container('34dc0b5e626f2c5c4c5170e34b10e765-1234567890', '', 'docker'),
  },
  {
    name: '25: ECS on EC2',
    path: `/ecs/55091c13-b8cf-4801-b527-f4601742204d/${H}`,
    expected: container(H, '', ''),
  },
  {
    name: '25: Cloud Foundry, the short form',
    path: '/garden/6f265890-5165-7fab-6b52-18d1',
    expected: container('6f265890-5165-7fab-6b52-18d1', '', 'garden'),
  },
  {
    name: '25: Cloud Foundry, a UUID',
    path: '/garden/34dc0b5e-626f-2c5c-4c51-70e34b10e765',
    expected: container('34dc0b5e-626f-2c5c-4c51-70e34b10e765', '', 'garden'),
  },
  {
    name: '26: gVisor’s sandbox in the pod’s cgroup is the pod’s, in no container',
    path: `/kubepods/burstable/pod${uid}`,
    expected: { kind: 'pod', containerId: '', podUid: uid },
  },
  {
    name: '26: gVisor’s sandbox in a cgroup of its own',
    path: `/kubepods/burstable/pod${uid}/${H}`,
    expected: container(H, uid, ''),
  },
  {
    name: '27: what sysbox runs belongs to the container around it',
    path: `/docker/${H}/syscont-cgroup-root/init.scope`,
    expected: container(H, '', 'docker'),
  },
  {
    name: '27: even if it is Docker again',
    path: `/docker/${H}/syscont-cgroup-root/docker/${inner}`,
    expected: container(H, '', 'docker', { nesting: 1 }),
  },
  {
    name: '28: a cgroup removed under a dying process',
    path: `/kubepods/besteffort/pod${uid}/${H} (deleted)`,
    expected: container(H, uid, ''),
  },
]

for (const row of rows)
  t.test(row.name, (t) => {
    t.match(parseCgroupPath(row.path), row.expected)
    t.end()
  })

const lines = (...text: string[]): string => `${text.join('\n')}\n`

const choices: readonly {
  readonly name: string
  readonly text: string
  readonly expected: Expected
  readonly hierarchy: number
}[] = [
  {
    name: 'lines that are none are left out',
    text: lines('', 'x', '1:2', '0:/docker', `a:b:/docker/${H}`, `0::relative/${H}`, '0::/'),
    expected: host,
    hierarchy: 0,
  },
  {
    name: '29: a hybrid host has a service in v2 and the pod in v1',
    text: lines(
      `11:memory:/kubepods/besteffort/pod${uid}/${H}`,
      `3:pids:/kubepods/besteffort/pod${uid}/${H}`,
      '1:name=systemd:/',
      '0::/reserved.slice/containerd.service',
    ),
    expected: container(H, uid, ''),
    hierarchy: 11,
  },
  {
    name: '29: v1 names the node around, v2 the container in a pod',
    text: lines(
      `12:pids:/docker/${node}`,
      `11:memory:/docker/${node}`,
      `1:name=systemd:/docker/${node}`,
      `0::/docker/${node}/kubelet/kubepods/besteffort/pod${uid}/${H}`,
    ),
    expected: container(H, uid, ''),
    hierarchy: 0,
  },
  {
    name: '29: controllers disagree, and the one with a pod wins',
    text: lines(
      '9:cpuset:/',
      '8:cpu,cpuacct:/system.slice/containerd.service',
      `7:memory:/kubepods/pod${uid}/${H}`,
    ),
    expected: container(H, uid, ''),
    hierarchy: 7,
  },
  {
    name: '29: among equals v2 wins',
    text: lines(`7:memory:/docker/${H}`, `0::/docker/${H}`),
    expected: container(H, '', 'docker'),
    hierarchy: 0,
  },
  {
    name: '29: without v2, memory speaks before the others',
    text: lines(`9:blkio:/docker/${H}`, `8:cpu,cpuacct:/docker/${H}`, `7:memory:/docker/${H}`),
    expected: container(H, '', 'docker'),
    hierarchy: 7,
  },
  {
    name: '29: the more deeply nested wins',
    text: lines(`0::/docker/${node}`, `7:memory:/docker/${node}/docker/${H}`),
    expected: container(H, '', 'docker'),
    hierarchy: 7,
  },
  {
    name: 'a path may hold colons',
    text: lines(`0::/kubepods-burstable-pod${hash}.slice:cri-containerd:${H}`),
    expected: container(H, hash, 'containerd'),
    hierarchy: 0,
  },
  {
    name: 'a monitor in one hierarchy and the host in the others is the host’s',
    text: lines(`4:memory:/kubepods/pod${uid}/crio-conmon-${H}`, '0::/system.slice/crio.service'),
    expected: host,
    hierarchy: 0,
  },
]

for (const row of choices)
  t.test(row.name, (t) => {
    const chosen = chooseCgroupPath(parseCgroupFile(row.text))
    t.match(chosen?.identity, row.expected)
    t.equal(chosen?.line.hierarchy, row.hierarchy)
    t.end()
  })

t.test('without lines there is nothing to choose', (t) => {
  t.equal(chooseCgroupPath(parseCgroupFile('')), undefined)
  t.end()
})

t.test('paths relative to a cgroup namespace are resolved against the reader’s own', (t) => {
  const base = `/kubepods/pod${uid}/${node}`
  t.equal(resolveCgroupPath(base, '/'), base)
  t.equal(resolveCgroupPath(base, `/../${H}`), `/kubepods/pod${uid}/${H}`)
  t.equal(resolveCgroupPath(base, '/../../../../../init'), '/init')
  t.equal(resolveCgroupPath(base, '/../../..'), '/')
  t.end()
})

const segment = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'kubepods',
    'docker',
    `pod${uid}`,
    H,
    `docker-${node}.scope`,
    'init.scope',
    '..',
    'lxc',
    'garden',
    `x.slice:cri-containerd:${H}`,
    'syscont-cgroup-root',
  ),
)
const anyPath = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(segment).map((parts) => `/${parts.join('/')}`),
)

t.test('any text has an answer, and a container always has an id', (t) => {
  fc.assert(
    fc.property(anyPath, (path) => {
      const identity = parseCgroupPath(path)
      return (
        (identity.kind === 'container') === (identity.containerId !== '') &&
        identity.containerId.length <= 4096 &&
        (identity.podUid === '' || /^[0-9a-f-]{32,36}$/.test(identity.podUid))
      )
    }),
  )
  t.end()
})

t.test('a monitor or a mount is never its container’s, whatever is around it', (t) => {
  const around = fc.array(
    fc.constantFrom(
      'kubepods.slice',
      `kubepods-pod${u_id}.slice`,
      `pod${uid}`,
      'machine.slice',
      `docker-${node}.scope`,
    ),
  )
  const suspect = fc.constantFrom(
    `crio-conmon-${H}.scope`,
    `crio-conmon-${H}`,
    `libpod-conmon-${H}.scope`,
    `crio-${H}.mount`,
    `conmon-${H}`,
    `x.slice:crio-conmon:${H}`,
  )
  fc.assert(
    fc.property(
      around,
      suspect,
      (parts, last) => parseCgroupPath(`/${[...parts, last].join('/')}`).containerId !== H,
    ),
  )
  t.end()
})

t.test('any file of any lines has a choice or none', (t) => {
  const line = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.nat(20), fc.constantFrom('', 'memory', 'pids', 'name=x'), anyPath)
      .map((parts) => parts.join(':')),
  )
  fc.assert(
    fc.property(fc.array(line), (text) => {
      const parsed = parseCgroupFile(text.join('\n'))
      return (chooseCgroupPath(parsed) === undefined) === (parsed.length === 0)
    }),
  )
  t.end()
})

t.test('a resolved path never leaves the root and never climbs', (t) => {
  fc.assert(
    fc.property(anyPath, anyPath, (base, path) => {
      const resolved = resolveCgroupPath(base, path)
      return resolved.startsWith('/') && !resolved.split('/').includes('..')
    }),
  )
  t.end()
})
