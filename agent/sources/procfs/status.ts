/**
 * /proc/PID/status, proc_pid_status(5): identities and capabilities. Read once for each new program.
 */
import { parseReading, type Reading, readProcText } from './proc-file.ts'

export interface ProcStatus {
  /** Thread group; equals the pid of a process, and not that of a thread. */
  readonly threadGroup: number
  /** Real user, the one who may be asked why. */
  readonly uid: number
  readonly euid: number
  /** Real group. */
  readonly gid: number
  /** Pid in the innermost pid namespace. */
  readonly nsPid: number
  /** Effective capabilities, a bit mask; 41 bits today, and never more than fit a double. */
  readonly capabilities: number
}

const capabilityBits = (1n << 53n) - 1n

const numbers = (text: string | undefined): number[] =>
  (text ?? '')
    .split(/\s+/, 64)
    .filter((word) => /^\d{1,10}$/.test(word))
    .map(Number)

/**
 * Parses the file; undefined without the lines it needs. The kernel escapes line breaks in the name, so no program can
 * forge a line; the first of each wins nevertheless.
 */
export const parseStatus = (text: string): ProcStatus | undefined => {
  const lines = new Map<string, string>()
  for (const line of text.split('\n', 256)) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const key = line.slice(0, colon)
    if (!lines.has(key)) lines.set(key, line.slice(colon + 1).trim())
  }
  const [threadGroup] = numbers(lines.get('Tgid'))
  const [uid, euid] = numbers(lines.get('Uid'))
  const [gid] = numbers(lines.get('Gid'))
  if (threadGroup === undefined || uid === undefined || euid === undefined || gid === undefined) {
    return undefined
  }
  // Absent without CONFIG_PID_NS: then there is one namespace and one number.
  const nsPid = numbers(lines.get('NSpid')).at(-1) ?? threadGroup
  const effective = lines.get('CapEff') ?? ''
  const capabilities = /^[0-9a-f]{1,16}$/i.test(effective)
    ? Number(BigInt(`0x${effective}`) & capabilityBits)
    : 0
  return { threadGroup, uid, euid, gid, nsPid, capabilities }
}

/**
 * Reads /proc/PID/status.
 * @throws ProcfsError `format` for a file that is not of that form, `io` when /proc as a whole fails.
 */
export const readStatus = (root: string, pid: number): Reading<ProcStatus> => {
  const path = `${root}/${pid}/status`
  return parseReading(path, readProcText(path), parseStatus)
}
