/** A storm of known processes in a cgroup of its own: every field of every record is compared. Run by check-probe.ts. */
import { copyFileSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, statSync } from 'node:fs'
import type { ExecRecord } from '#agent/sources/record.ts'
import type { Namespaces, ProcessKey } from '#proto/event.ts'
import type { Tally } from './tally.ts'
import {
  argvOf,
  insideCgroup,
  makeCgroup,
  ofCgroup,
  runProgram,
  same,
  type Watch,
} from './watch.ts'

const uid = 1234
const gid = 1235
/** CLOCK_TICKS of /proc/PID/stat, in ns. */
const tickNs = 10_000_000

/** Identity of this process, from the snapshot that shares it with the records. */
export const ownKey = (watch: Watch, tally: Tally): ProcessKey => {
  let own: ProcessKey | undefined
  watch.source.snapshot((record) => {
    if (record.kind === 'alive' && record.process.pid === process.pid) own = record.process
  })
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  tally.equal('snapshot start time', own && Math.floor(own.startNs / tickNs), ticks)
  if (own === undefined) throw new Error('the snapshot does not show this process')
  return own
}

/** Namespaces of this process and of whatever it starts. */
const ownNamespaces = (): Namespaces => {
  const inode = (name: string): number =>
    Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/self/ns/${name}`))?.[1])
  return {
    mnt: inode('mnt'),
    pid: inode('pid'),
    net: inode('net'),
    user: inode('user'),
    uts: inode('uts'),
    ipc: inode('ipc'),
    cgroup: inode('cgroup'),
  }
}

/** The kernel's own device number, (major << 20) | minor, from what stat(2) says. */
const kernelDevice = (device: bigint): number => {
  const major = (device >> 8n) & 0xfffn
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n)
  return Number((major << 20n) | minor)
}

/** Runs the storm from a mount below a mount, as another user, and compares. */
export const checkStorm = (watch: Watch, tally: Tally, own: ProcessKey, count: number): void => {
  const directory = '/work/volume/deep/er'
  mkdirSync('/work/volume', { recursive: true })
  runProgram('/bin/mount', ['-t', 'tmpfs', 'tmpfs', '/work/volume'])
  mkdirSync(directory, { recursive: true })
  const program = `${directory}/storm`
  copyFileSync('/bin/storm', program)
  const pod = '/kubepods.slice'
  const path = `${pod}/storm ünï.scope`
  const podId = makeCgroup(pod)
  const id = makeCgroup(path)
  const prefix = 'störm of "6.1"\n'
  const ran = insideCgroup(path, () =>
    runProgram(program, [String(count), '0', prefix], { cwd: directory, uid, gid }),
  )
  rmdirSync(`/sys/fs/cgroup${path}`)
  watch.collect()
  tally.equal('storm', JSON.parse(ran.stdout).started, count)

  const cgroup = { hierarchy: 0, id }
  const phases = watch.cgroups.filter((record) => record.path === path || record.path === pod)
  tally.equal(
    'cgroup made and removed',
    phases.map(({ phase, cgroup, path }) => ({ phase, cgroup, path })),
    [
      { phase: 'created', cgroup: { hierarchy: 0, id: podId }, path: pod },
      { phase: 'created', cgroup, path },
      { phase: 'removed', cgroup, path },
    ],
  )

  const file = statSync(program, { bigint: true })
  const namespaces = ownNamespaces()
  const compareProgram = (exec: ExecRecord, parent: ProcessKey, comm: string): void => {
    tally.equal('exec parent', exec.parent, parent)
    tally.equal('exec cgroup', exec.cgroups, [cgroup])
    tally.equal('exe path', exec.exe, program)
    tally.equal('cwd', exec.cwd, directory)
    tally.equal('uid, gid, euid', [exec.uid, exec.gid, exec.euid], [uid, gid, uid])
    tally.equal('login uid', exec.loginUid, undefined)
    tally.equal('capabilities', exec.capabilities, 0)
    tally.equal('namespaces', exec.namespaces, namespaces)
    tally.equal('pid in its namespace', exec.nsPid, exec.process.pid)
    tally.equal('file identity', exec.file, {
      device: kernelDevice(file.dev),
      inode: Number(file.ino),
      ctimeUs: Number(file.ctimeNs / 1000n),
    })
    tally.equal('file mode', exec.fileMode, Number(file.mode))
    tally.equal('comm', exec.comm, comm)
    tally.equal('tty', exec.tty, '')
    tally.equal('sockets among stdio', exec.stdioSockets, 0)
  }

  const [storm] = watch.execsOf(ran.pid)
  if (storm === undefined) throw new Error('the storm itself was not seen')
  tally.equal('argv', argvOf(storm), [program, String(count), '0', prefix])
  compareProgram(storm, own, 'storm')
  const stormFork = watch.forkOf(storm.process)
  tally.equal('fork creator', stormFork?.creator, own)
  tally.equal('fork parent', stormFork?.parent, own)
  tally.equal('fork cgroup', stormFork?.cgroups, [cgroup])

  const children = watch.execs.filter(({ parent }) => same(parent, storm.process))
  const byName = new Map(children.map((exec) => [argvOf(exec)[2], exec]))
  tally.equal('execs, each once', [children.length, byName.size], [count, count])
  tally.equal('execs of the cgroup', ofCgroup(watch.execs, id).length, count + 1)
  tally.equal('exits of the cgroup', ofCgroup(watch.exits, id).length, count + 1)
  tally.equal('forks of the cgroup', ofCgroup(watch.forks, id).length, count + 1)
  for (let n = 0; n < count; n++) {
    const exec = byName.get(`${prefix}-${n}`)
    tally.equal('argv', exec && argvOf(exec), [program, 'child', `${prefix}-${n}`])
    if (exec === undefined) continue
    compareProgram(exec, storm.process, 'exe')
    const exits = watch.exitsOf(exec.process)
    tally.equal(
      'exit status, each once',
      exits.map(({ status }) => status),
      [(n % 200) << 8],
    )
    for (const exit of exits) {
      tally.equal('exit parent', exit.parent, storm.process)
      tally.equal('exit cgroup', exit.cgroups, [cgroup])
      tally.equal('exit uid', exit.uid, uid)
      tally.equal('exit comm', exit.comm, 'exe')
    }
    const fork = watch.forkOf(exec.process)
    tally.equal('fork creator', fork?.creator, storm.process)
    tally.equal('fork parent', fork?.parent, storm.process)
    tally.equal('fork cgroup', fork?.cgroups, [cgroup])
    const order = [fork?.bootNs ?? 0, exec.bootNs, exits[0]?.bootNs ?? 0]
    tally.equal(
      'order of fork, exec, exit',
      order.toSorted((a, b) => a - b),
      order,
    )
  }
}
