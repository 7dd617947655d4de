/**
 * /proc/PID/stat, proc_pid_stat(5): the one line that tells everything cheap about a process. The scanner reads it for
 * every process it knows; nothing else is read unless it changed.
 */
import { parseReading, type Reading, readProcText } from './proc-file.ts'

/**
 * Length of one clock tick. The kernel shows times in USER_HZ, which is 100 on every architecture Node runs on, whatever
 * CONFIG_HZ is: include/uapi/asm-generic/param.h, fs/proc/array.c (nsec_to_clock_t). sysconf(_SC_CLK_TCK) would say
 * the same and needs native code; prometheus/procfs hard-codes it for the same reason.
 */
export const tickNs = 10_000_000

/** task_struct.flags: a kernel thread (include/linux/sched.h, PF_KTHREAD). It has no program. */
const kernelThreadFlag = 0x0020_0000

export interface ProcStat {
  readonly pid: number
  /** Name of the leader thread, at most 15 bytes, any byte but NUL; the program may choose it. */
  readonly comm: string
  /** One letter: R, S, D, T, t, Z, X, I … */
  readonly state: string
  readonly parentPid: number
  /** Encoded device number of the controlling terminal, 0 for none. */
  readonly ttyNumber: number
  readonly kernelThread: boolean
  /** Threads that still exist; more than 1 for a zombie when others live on after their leader. */
  readonly threads: number
  readonly userNs: number
  readonly systemNs: number
  /** Since boot, a multiple of 10,000,000: the kernel cuts it to a tick. */
  readonly startNs: number
  /**
   * Where this program lies in memory (start and end of its code, its stack): random for every exec, inherited by fork.
   * Empty when the agent may not see it, or when there is no memory left (zombies).
   */
  readonly image: string
  /** Length of the argument area, bytes; 0 when the agent may not see it. */
  readonly argvLength: number
  /** As wait(2) returns it, for a zombie; null while it runs or when the agent may not see it. */
  readonly status: number | null
}

/** Positions in the text after the last `)`: field 3 of the manual page is index 0. */
const at = {
  state: 0,
  parentPid: 1,
  ttyNumber: 4,
  flags: 6,
  userTicks: 11,
  systemTicks: 12,
  threads: 17,
  startTicks: 19,
  startCode: 23,
  endCode: 24,
  startStack: 25,
  waitChannel: 32,
  argStart: 45,
  argEnd: 46,
  exitStatus: 49,
} as const

const number = (fields: readonly string[], index: number): number => {
  const text = fields[index]
  return text !== undefined && /^-?\d{1,20}$/.test(text) ? Number(text) : Number.NaN
}

/** Kernel addresses exceed 2^53, so they are kept as text and only subtracted as BigInt. */
const areaLength = (start: string | undefined, end: string | undefined): number => {
  if (start === undefined || end === undefined) return 0
  if (!/^\d{1,20}$/.test(start) || !/^\d{1,20}$/.test(end)) return 0
  const length = Number(BigInt(end) - BigInt(start))
  return length > 0 && Number.isSafeInteger(length) ? length : 0
}

const imageOf = (fields: readonly string[]): string => {
  const stack = fields[at.startStack]
  if (stack === undefined || stack === '0') return ''
  return `${fields[at.startCode]}-${fields[at.endCode]}-${stack}`
}

/**
 * The exit status of a zombie. The kernel prints 0 both for success and for "not your business"; the wait-channel flag is 1
 * exactly for a process at rest that the reader may trace, so it tells the two apart (fs/proc/array.c, do_task_stat).
 */
const statusOf = (fields: readonly string[], state: string): number | null => {
  if (state !== 'Z' && state !== 'X') return null
  const status = number(fields, at.exitStatus)
  if (!Number.isInteger(status) || status < 0 || status > 0xffff) return null
  return status !== 0 || fields[at.waitChannel] === '1' ? status : null
}

/**
 * Parses the line; undefined when it is none. The name lies between the first `(` and the **last** `)`: it may itself contain
 * both, spaces and line breaks.
 */
export const parseStat = (text: string): ProcStat | undefined => {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 1 || close < open) return undefined
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ')
  const pid = Number(text.slice(0, open).trim())
  const state = fields[at.state] ?? ''
  const [parentPid, flags, threads, startTicks] = [
    number(fields, at.parentPid),
    number(fields, at.flags),
    number(fields, at.threads),
    number(fields, at.startTicks),
  ]
  if (!Number.isSafeInteger(pid) || pid < 1 || !/^[A-Za-z]$/.test(state)) return undefined
  if (!Number.isSafeInteger(parentPid) || !Number.isSafeInteger(threads)) return undefined
  if (!Number.isSafeInteger(startTicks * tickNs) || startTicks < 0) return undefined
  return {
    pid,
    comm: text.slice(open + 1, close),
    state,
    parentPid,
    ttyNumber: number(fields, at.ttyNumber) || 0,
    kernelThread: (flags & kernelThreadFlag) !== 0,
    threads,
    userNs: (number(fields, at.userTicks) || 0) * tickNs,
    systemNs: (number(fields, at.systemTicks) || 0) * tickNs,
    startNs: startTicks * tickNs,
    image: imageOf(fields),
    argvLength: areaLength(fields[at.argStart], fields[at.argEnd]),
    status: statusOf(fields, state),
  }
}

/** True when the process is over: what is left waits for its parent. A dead leader of living threads is not over. */
export const isDead = (stat: ProcStat): boolean =>
  (stat.state === 'Z' && stat.threads <= 1) || stat.state === 'X' || stat.state === 'x'

/**
 * Reads /proc/PID/stat; readable for everybody, so `denied` means hidepid or a security module.
 * @throws ProcfsError `format` for a file that is not of that form, `io` when /proc as a whole fails.
 */
export const readStat = (root: string, pid: number): Reading<ProcStat> => {
  const path = `${root}/${pid}/stat`
  return parseReading(path, readProcText(path), parseStat)
}
