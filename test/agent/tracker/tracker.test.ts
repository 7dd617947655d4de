import t from 'tap'
import type { CgroupAttribution } from '#agent/containers/cgroup-attribution.ts'
import type {
  CgroupKey,
  CloseRecord,
  ConnectRecord,
  ExecRecord,
  ExitRecord,
  ForkRecord,
} from '#agent/sources/record.ts'
import { Tracker, type TrackerOptions } from '#agent/tracker/tracker.ts'
import type { Event, ExecEvent, ExitEvent, GapEvent, ProcessKey } from '#proto/event.ts'

const hostCgroup: CgroupKey = { hierarchy: 0, id: 1 }
const containerCgroup: CgroupKey = { hierarchy: 0, id: 42 }
const container: CgroupAttribution = {
  containerId: 'c'.repeat(64),
  podUid: 'pod-1',
  path: '/kubepods/c',
  runtime: '',
  sandbox: false,
  own: true,
  known: true,
}
const host: CgroupAttribution = { ...container, containerId: 'host', podUid: '', path: '/' }

const namespaces = { mnt: 9, pid: 9, net: 9, user: 9, uts: 9, ipc: 9, cgroup: 9 }

const make = (change: Partial<TrackerOptions> = {}) => {
  const started: string[] = []
  const ended: string[] = []
  const hashed: string[] = []
  const tracker = new Tracker({
    containers: {
      attribute: (cgroups) => (cgroups.some(({ id }) => id === 42) ? container : host),
      attributePath: (path) => (path === container.path ? container : host),
      cgroupChanged: (record) =>
        record.path.startsWith(container.path)
          ? { ...container, own: record.path === container.path }
          : host,
      started: ({ containerId }) => started.push(containerId),
      ended: (containerId) => ended.push(containerId),
    },
    redact: (argv) =>
      argv.includes('hunter2')
        ? { argv: argv.map((one) => (one === 'hunter2' ? '[redacted]' : one)), redacted: 1 }
        : { argv, redacted: 0 },
    executableSeen: ({ path }) => hashed.push(path),
    isCanary: (argv) => argv[1] === 'canary',
    includeHost: false,
    hostMountNamespace: 1,
    processesMax: 100,
    containersMax: 10,
    ...change,
  })
  tracker.begin('ebpf', 1_000_000)
  return { tracker, started, ended, hashed }
}

const exec = (process: ProcessKey, change: Partial<ExecRecord> = {}): ExecRecord => ({
  kind: 'exec',
  bootNs: process.startNs + 1000,
  process,
  cgroups: [containerCgroup],
  nsPid: 1,
  uid: 0,
  gid: 0,
  euid: 0,
  capabilities: 0,
  namespaces,
  exe: '/bin/busybox',
  file: { device: 1, inode: 2, ctimeUs: 3 },
  fileMode: 0o100755,
  fileOrigin: 'image',
  argvBytes: Buffer.from('ls\0-l\0'),
  argvLength: 6,
  cwd: '/',
  tty: '',
  stdioSockets: 0,
  comm: 'ls',
  ...change,
})

const exit = (process: ProcessKey, change: Partial<ExitRecord> = {}): ExitRecord => ({
  kind: 'exit',
  bootNs: process.startNs + 5_000_000,
  process,
  cgroups: [containerCgroup],
  nsPid: 1,
  uid: 0,
  status: 0,
  userNs: 1500,
  systemNs: 2500,
  maxRssBytes: 4096,
  maxRssInherited: false,
  comm: 'ls',
  ...change,
})

const connection = {
  cgroups: [containerCgroup],
  transport: 'tcp',
  local: { address: '10.0.0.1', port: 1 },
  peer: { address: '10.0.0.2', port: 2 },
  netNamespace: 1,
  snapshot: false,
  socket: 1,
} as const

const connect = (process: ProcessKey): ConnectRecord => ({
  kind: 'connect',
  bootNs: 20_000_000,
  process,
  ...connection,
  outcome: 'established',
  latencyNs: 400_000,
})

/** Of the same connection, 10 ms later. */
const close = (process: ProcessKey): CloseRecord => ({
  kind: 'close',
  bootNs: 30_000_000,
  process,
  ...connection,
  ongoing: false,
  direction: 'outbound',
  sentBytes: 1,
  receivedBytes: 1,
  toldSentBytes: 0,
  toldReceivedBytes: 0,
  sentPackets: null,
  receivedPackets: null,
  openedNs: 20_000_000,
  closedBy: 'local',
})

const fork = (creator: ProcessKey, child: ProcessKey): ForkRecord => ({
  kind: 'fork',
  bootNs: child.startNs,
  child,
  parent: creator,
  creator,
  cgroups: [containerCgroup],
})

const all = (tracker: Tracker): Event[] => tracker.take()

t.test('an exec and its exit', async (t) => {
  const { tracker, started, hashed } = make()
  const process = { pid: 10, startNs: 10_000_000 }
  tracker.record(exec(process))
  tracker.record(exit(process, { status: (3 << 8) | 0 }))
  const [first, second] = all(tracker) as [ExecEvent, ExitEvent]
  t.match(first, {
    kind: 'exec',
    containerId: container.containerId,
    podUid: 'pod-1',
    argv: ['ls', '-l'],
    argvTruncated: false,
    entry: 'init',
    timeUs: 10_001 + 1_000_000,
  })
  t.match(second, {
    kind: 'exit',
    exitCode: 3,
    signal: 0,
    lifetimeUs: 5000,
    exe: '/bin/busybox',
    forked: false,
  })
  t.strictSame([started, hashed], [[container.containerId], ['/bin/busybox']])
  t.equal(tracker.processes.size, 0)
})

t.test('exit statuses', async (t) => {
  const rows = [
    { name: 'a code', status: 7 << 8, want: { exitCode: 7, signal: 0, coreDumped: false } },
    {
      name: 'a signal has no code',
      status: 9,
      want: { exitCode: null, signal: 9, coreDumped: false },
    },
    {
      name: 'a core dump',
      status: 11 | 0x80,
      want: { exitCode: null, signal: 11, coreDumped: true },
    },
    { name: 'not seen', status: null, want: { exitCode: null, signal: 0, coreDumped: false } },
  ]
  for (const { name, status, want } of rows) {
    const { tracker } = make()
    tracker.record(exit({ pid: 1, startNs: 1 }, { status }))
    t.match(all(tracker)[0], want, name)
  }
})

t.test('an exit whose exec came before our start is told, and not embellished', async (t) => {
  const { tracker } = make()
  tracker.record(exit({ pid: 5, startNs: 5 }))
  t.match(all(tracker), [{ kind: 'exit', exe: '', forked: false }])
  t.equal(tracker.counts.unknownExits, 1)
})

t.test('a fork that never executes ends as what its creator was', async (t) => {
  const { tracker } = make()
  const shell = { pid: 10, startNs: 10 }
  const child = { pid: 11, startNs: 20 }
  const grandchild = { pid: 12, startNs: 30 }
  tracker.record(exec(shell, { exe: '/bin/sh' }))
  tracker.record(fork(shell, child))
  tracker.record(fork(child, grandchild))
  tracker.record(exec(grandchild, { parent: child, exe: '/bin/ls' }))
  tracker.record(exit(child))
  const [, ls, end] = all(tracker) as [ExecEvent, ExecEvent, ExitEvent]
  t.match(ls, { entry: 'child', parent: child, creator: child, ancestor: shell })
  t.match(end, { exe: '/bin/sh', forked: true, parent: shell })
})

t.test(
  'the nearest forebear that executed something is known when the worker is gone',
  async (t) => {
    const { tracker } = make()
    const [server, worker, daemon] = [10, 11, 12].map((pid) => ({ pid, startNs: pid })) as [
      ProcessKey,
      ProcessKey,
      ProcessKey,
    ]
    tracker.record(exec(server, { exe: '/usr/sbin/nginx' }))
    tracker.record(fork(server, worker))
    tracker.record(fork(worker, daemon))
    tracker.record(exit(worker))
    tracker.record(exec(daemon, { parent: { pid: 1, startNs: 0 }, exe: '/bin/sh' }))
    tracker.record(exec(daemon, { parent: { pid: 1, startNs: 0 }, exe: '/bin/ls' }))
    const [, , sh, ls] = all(tracker) as [ExecEvent, ExitEvent, ExecEvent, ExecEvent]
    t.match(sh, { creator: worker, ancestor: server })
    t.match(ls, { creator: worker, ancestor: server })
  },
)

t.test('a forebear that is the creator is not told twice', async (t) => {
  const { tracker } = make()
  const [server, child] = [10, 11].map((pid) => ({ pid, startNs: pid })) as [ProcessKey, ProcessKey]
  tracker.record(exec(server))
  tracker.record(fork(server, child))
  tracker.record(exec(child, { parent: server }))
  t.notOk('ancestor' in (all(tracker)[1] as ExecEvent))
})

t.test('creator and parent differ with CLONE_PARENT', async (t) => {
  const { tracker } = make()
  const [parent, creator, child] = [1, 2, 3].map((pid) => ({ pid, startNs: pid })) as [
    ProcessKey,
    ProcessKey,
    ProcessKey,
  ]
  tracker.record({ ...fork(creator, child), parent })
  tracker.record(exec(child, { parent }))
  t.match(all(tracker)[0], { parent, creator })
})

t.test('a reused pid is another process', async (t) => {
  const { tracker } = make()
  const [old, young] = [
    { pid: 10, startNs: 10 },
    { pid: 10, startNs: 99 },
  ] as const
  tracker.record(exec(old, { exe: '/old' }))
  tracker.record(exec(young, { exe: '/young' }))
  tracker.record(exit(old))
  tracker.record(exit(young))
  t.strictSame(
    all(tracker).map((event) => 'exe' in event && event.exe),
    ['/old', '/young', '/old', '/young'],
  )
})

t.test('what belongs to the host is counted as filtered, or shown when asked for', async (t) => {
  const process = { pid: 10, startNs: 10 }
  const records = [
    exec(process, { cgroups: [hostCgroup] }),
    exit(process, { cgroups: [hostCgroup] }),
  ]
  const off = make()
  for (const record of records) off.tracker.record(record)
  t.strictSame(all(off.tracker), [])
  t.match(off.tracker.counts.filtered, { exec: 1, exit: 1, connect: 0 })
  const on = make({ includeHost: true })
  for (const record of records) on.tracker.record(record)
  t.match(all(on.tracker), [
    { containerId: 'host', fileOrigin: 'host', entry: 'child' },
    { containerId: 'host' },
  ])
  t.match(on.tracker.counts.captured, { exec: 1, exit: 1 })
  t.strictSame(on.started, [], 'the host is no container')
})

t.test('the canary is filtered whole', async (t) => {
  const { tracker } = make()
  const process = { pid: 10, startNs: 10 }
  tracker.record(exec(process, { argvBytes: Buffer.from('true\0canary\0'), argvLength: 12 }))
  tracker.record(exit(process))
  t.strictSame(all(tracker), [])
  t.match(tracker.counts.filtered, { exec: 1, exit: 1 })
})

t.test('secrets are replaced before an event exists; truncation is told', async (t) => {
  const { tracker } = make()
  tracker.record(
    exec(
      { pid: 1, startNs: 1 },
      { argvBytes: Buffer.from('mysql\0hunter2\0'), argvLength: 1_048_576 },
    ),
  )
  t.match(all(tracker)[0], {
    argv: ['mysql', '[redacted]'],
    argvRedacted: 1,
    argvTruncated: true,
    argvBytes: 1_048_576,
  })
})

t.test('losses become gaps of their container and kind', async (t) => {
  const { tracker } = make()
  const loss = { kind: 'loss', fromNs: 1000, toNs: 2000, count: 12 } as const
  tracker.record({ ...loss, cgroups: [containerCgroup], lostKind: 'exec' })
  tracker.record({ ...loss, cgroups: [], lostKind: 'exit' })
  tracker.record({ ...loss, cgroups: [hostCgroup], lostKind: 'exit' })
  tracker.record({ ...loss, cgroups: [containerCgroup], lostKind: 'fork' })
  const gaps = all(tracker) as GapEvent[]
  t.match(gaps, [
    { containerId: container.containerId, lost: 12, affects: ['exec'], reason: 'ring_full' },
    { containerId: '', lost: 12, affects: ['exit'] },
  ])
  t.equal(gaps.length, 2, 'losses of the filtered host are filtered, losses of forks hide no event')
  t.match(tracker.counts.lost, { exec: 12, exit: 12, fork: 12, cgroup: 0 })
  t.match(tracker.counts.filtered, { exec: 0, exit: 12 })
})

t.test('a snapshot', async (t) => {
  const process = { pid: 10, startNs: 7_000 }
  const { kind: _, ...facts } = exec(process)
  t.test('is announced at the process’s start, once', async (t) => {
    const { tracker } = make()
    tracker.record({ ...facts, kind: 'alive', bootNs: 999_000 })
    tracker.record({ ...facts, kind: 'alive', bootNs: 999_000 })
    t.match(all(tracker), [{ kind: 'exec', snapshot: true, bootNs: 7_000 }])
  })
  t.test('adds nothing to a process whose exec was seen', async (t) => {
    const { tracker } = make()
    tracker.record(exec(process))
    tracker.record({ ...facts, kind: 'alive', bootNs: 999_000 })
    t.equal(all(tracker).length, 1)
  })
  t.test('only restores memory when an earlier agent has told it', async (t) => {
    const { tracker } = make()
    tracker.announceSnapshot = false
    tracker.record({ ...facts, kind: 'alive', bootNs: 999_000, forked: true })
    tracker.record(exit(process))
    t.match(all(tracker), [{ kind: 'exit', exe: '/bin/busybox', forked: true }])
  })
})

t.test('a container ends with its last cgroup', async (t) => {
  const { tracker, started, ended } = make()
  const cgroup = { kind: 'cgroup', bootNs: 5, path: container.path } as const
  const [v1, v2] = [{ hierarchy: 4, id: 7 }, containerCgroup]
  tracker.record({ ...cgroup, phase: 'created', cgroup: v1 })
  tracker.record({ ...cgroup, phase: 'created', cgroup: v2 })
  tracker.record({ ...cgroup, phase: 'removed', cgroup: v1 })
  tracker.record({ ...cgroup, path: '/kubepods/c/below', phase: 'removed', cgroup: v2 })
  t.strictSame([started.length, ended.length], [1, 0])
  tracker.record({ ...cgroup, phase: 'removed', cgroup: v2 })
  tracker.record({ ...cgroup, phase: 'removed', cgroup: v2 })
  t.equal(ended.length, 1)
})

t.test('losses of sockets count as captured, and of the host as filtered', async (t) => {
  const { tracker } = make()
  const loss = { kind: 'loss', fromNs: 1000, toNs: 2000, count: 3 } as const
  tracker.record({ ...loss, lostKind: 'connect', cgroups: [containerCgroup] })
  tracker.record({ ...loss, lostKind: 'close', cgroups: [hostCgroup] })
  t.match(all(tracker), [
    {
      kind: 'gap',
      reason: 'ring_full',
      lost: 3,
      affects: ['connect'],
      containerId: container.containerId,
    },
  ])
  t.match(tracker.counts, {
    captured: { connect: 3, close: 3 },
    filtered: { connect: 0, close: 3 },
    lost: { connect: 3, close: 0 },
  })
})

t.test('a connection closed after its process’s exit has its program', async (t) => {
  const { tracker } = make()
  const process = { pid: 10, startNs: 10_000_000 }
  tracker.record(exec(process))
  tracker.record(exit(process))
  tracker.record(close(process))
  t.match(all(tracker)[2], { kind: 'close', exe: '/bin/busybox', process })
  t.equal(tracker.counts.captured.close, 1)
})

t.test('a process that two passes in a row do not find is forgotten', async (t) => {
  const { tracker } = make()
  const process = { pid: 10, startNs: 10 }
  tracker.record(exec(process))
  tracker.forgetVanished([process])
  tracker.forgetVanished([])
  tracker.forgetVanished([process])
  t.equal(tracker.processes.size, 1, 'passes that are not in a row do not count')
  tracker.forgetVanished([process])
  t.equal(tracker.processes.size, 0)
  t.equal(tracker.counts.missedExits, 1)
})

t.test('events are handed over once, in order', async (t) => {
  const { tracker } = make()
  for (let pid = 1; pid <= 5; pid += 1) tracker.record(exec({ pid, startNs: pid }))
  const pid = (event: Event): number => (event as ExecEvent).process.pid
  t.equal(tracker.pendingCount, 5)
  t.strictSame(tracker.take().map(pid), [1, 2, 3, 4, 5])
  t.strictSame(tracker.take(), [])
})

t.test('a stepped wall clock moves times, not the order', async (t) => {
  const { tracker } = make()
  tracker.record(exec({ pid: 1, startNs: 1_000_000 }))
  tracker.begin('ebpf', -500_000_000)
  tracker.record(exec({ pid: 2, startNs: 2_000_000 }))
  const [first, second] = all(tracker) as [ExecEvent, ExecEvent]
  t.ok(first.timeUs > second.timeUs && first.bootNs < second.bootNs)
})

t.test(
  'a clock that is stepped back while a connection is open: it lasted as long as it did',
  async (t) => {
    const { tracker } = make()
    const process = { pid: 1, startNs: 1_000_000 }
    tracker.record(connect(process))
    const [opened] = tracker.take()
    tracker.begin('ebpf', 1_000_000 - 3_600_000_000)
    tracker.record(close(process))
    const [closed] = tracker.take()
    t.match(opened, { kind: 'connect', latencyUs: 400, timeUs: 1_020_000, bootNs: 20_000_000 })
    t.match(closed, {
      kind: 'close',
      durationUs: 10_000,
      minDurationUs: 10_000,
      maxDurationUs: 10_000,
      timeUs: 1_030_000 - 3_600_000_000,
      bootNs: 30_000_000,
    })
  },
)
