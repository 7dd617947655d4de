/**
 * Reads everything /proc tells about the program of one process into the facts the tracker wants, and proves that they belong
 * together. Called by the procfs source for each process that is new or changed.
 *
 * Rule: nothing is invented. What was not readable stays empty; what cannot be shown to be one program of one process is
 * thrown away and counted by the caller.
 */
import type { ProcessKey } from '#proto/event.ts'
import { chooseCgroupPath } from '../../containers/cgroup-path.ts'
import type { ProgramFacts } from '../record.ts'
import { readCgroup } from './cgroup.ts'
import { type ProcCmdline, readCmdline } from './cmdline.ts'
import { type ProcExe, readCwd, readExe, readSocketInode } from './links.ts'
import { readLoginUid } from './login-uid.ts'
import { readNamespaces, unknownNamespaces } from './namespaces.ts'
import { readInternetSockets } from './net-sockets.ts'
import { isDenied, readValue } from './proc-file.ts'
import { isDead, type ProcStat, readStat } from './stat.ts'
import { readStatus } from './status.ts'
import { ttyName } from './tty.ts'

export interface ProgramReading {
  readonly facts: ProgramFacts
  /** The last consistent look at the process; a zombie's when it ended meanwhile. */
  readonly stat: ProcStat
  /** True when the agent was refused the executable, and with it all that needs the right to trace. */
  readonly denied: boolean
}

export interface ProgramReaderOptions {
  readonly root: string
  /** Most bytes of the argument area that are kept. */
  readonly argvBytesMax: number
  /** Identity of the process with this pid, when it is the parent of one that started at `childStartNs`. */
  readonly parentOf: (stat: ProcStat) => ProcessKey | undefined
}

/** An exec in the middle of reading makes the parts belong to two programs; who execs that often is not worth more. */
const attemptsMax = 3

const sameProgram = (before: ProcStat, after: ProcStat): boolean =>
  before.startNs === after.startNs && before.image === after.image && before.comm === after.comm

/** What must be read while the process certainly is the same program: between two equal looks at its stat. */
const readCore = (
  options: ProgramReaderOptions,
  before: ProcStat,
):
  | { readonly exe: ProcExe; readonly cmdline: ProcCmdline; readonly denied: boolean }
  | undefined => {
  const { root, argvBytesMax } = options
  const exe = readExe(root, before.pid)
  const limits = { keptBytesMax: argvBytesMax, areaLength: before.argvLength }
  const cmdline = readValue(readCmdline(root, before.pid, limits))
  // A process without an executable is on its way out.
  if (exe === undefined || cmdline === undefined) return undefined
  if (!isDenied(exe)) return { exe, cmdline, denied: false }
  return { exe: { path: '', mode: 0, origin: 'unknown' }, cmdline, denied: true }
}

/** Bit n is set when descriptor n is an Internet socket. */
const readStdioSockets = (root: string, pid: number): number => {
  const inodes = [0, 1, 2].map((descriptor) => readValue(readSocketInode(root, pid, descriptor)))
  const wanted = inodes.filter((inode) => inode !== undefined)
  if (wanted.length === 0) return 0
  const internet = readValue(readInternetSockets(root, pid, wanted))
  return inodes.reduce<number>(
    (bits, inode, descriptor) =>
      inode !== undefined && internet?.has(inode) === true ? bits | (1 << descriptor) : bits,
    0,
  )
}

type Outcome = ProgramReading | 'vanished' | 'changed'

const readOnce = (options: ProgramReaderOptions, before: ProcStat): Outcome => {
  const { root } = options
  const { pid } = before
  const core = readCore(options, before)
  const between = readValue(readStat(root, pid))
  if (between === undefined || between.startNs !== before.startNs) return 'vanished'
  if (isDead(between)) return 'vanished'
  if (!sameProgram(before, between)) return 'changed'
  if (core === undefined) return 'vanished'
  const status = readValue(readStatus(root, pid))
  const cgroup = readValue(readCgroup(root, pid))
  if (status === undefined || cgroup === undefined) return 'vanished'
  const cgroupPath = chooseCgroupPath(cgroup)?.line.path
  const namespaces = core.denied ? undefined : readValue(readNamespaces(root, pid))
  const cwd = core.denied ? undefined : readValue(readCwd(root, pid))
  const stdioSockets = core.denied ? 0 : readStdioSockets(root, pid)
  const loginUid = readValue(readLoginUid(root, pid))
  const after = readValue(readStat(root, pid))
  if (after !== undefined && after.startNs !== before.startNs) return 'vanished'
  // Gone by now is fine: what was read before is its own, for nobody reuses a pid and dies within one reading.
  if (after !== undefined && !isDead(after) && !sameProgram(before, after)) return 'changed'
  const parent = options.parentOf(before)
  return {
    stat: after !== undefined && !isDead(after) ? after : between,
    denied: core.denied,
    facts: {
      process: { pid, startNs: before.startNs },
      ...(parent === undefined ? {} : { parent }),
      cgroups: [],
      ...(cgroupPath === undefined ? {} : { cgroupPath }),
      nsPid: status.nsPid,
      uid: status.uid,
      gid: status.gid,
      euid: status.euid,
      ...(loginUid === undefined ? {} : { loginUid }),
      capabilities: status.capabilities,
      namespaces: namespaces ?? unknownNamespaces,
      exe: core.exe.path,
      ...(core.exe.file === undefined ? {} : { file: core.exe.file }),
      fileMode: core.exe.mode,
      fileOrigin: core.exe.origin,
      argvBytes: core.cmdline.bytes,
      argvLength: core.cmdline.length,
      cwd: cwd ?? '',
      tty: ttyName(before.ttyNumber),
      stdioSockets,
      comm: before.comm,
    },
  }
}

/**
 * The program that runs in the process of `stat`, or undefined when the process ended before it was read in full.
 * @throws ProcfsError when /proc as a whole fails.
 */
export const readProgram = (
  options: ProgramReaderOptions,
  stat: ProcStat,
): ProgramReading | undefined => {
  let before = stat
  for (let count = 0; count < attemptsMax; count += 1) {
    const outcome = readOnce(options, before)
    if (outcome === 'vanished') return undefined
    if (outcome !== 'changed') return outcome
    const again = readValue(readStat(options.root, stat.pid))
    if (again === undefined || again.startNs !== stat.startNs || isDead(again)) return undefined
    before = again
  }
  return undefined
}
