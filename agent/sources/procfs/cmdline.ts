/**
 * /proc/PID/cmdline, proc_pid_cmdline(5): the argument area as it is now. A process may overwrite its own; what it says is
 * what it wants to be seen as, and there is no other copy.
 */
import { isDenied, type Reading, readProcBytes } from './proc-file.ts'

export interface ProcCmdline {
  /** NUL-separated, at most `keptBytesMax` of it. Empty for kernel threads and zombies. */
  readonly bytes: Uint8Array
  /** Length of the whole, as far as it was readable: exact up to 1 MiB. */
  readonly length: number
}

/** Cuts an argument area to what is kept. Pure. */
export const parseCmdline = (bytes: Uint8Array, keptBytesMax: number): ProcCmdline => ({
  bytes: bytes.length <= keptBytesMax ? bytes : bytes.subarray(0, keptBytesMax),
  length: bytes.length,
})

/**
 * Reads /proc/PID/cmdline. `areaLength` (ProcStat.argvLength) tells the true length when the file goes on beyond the limit.
 */
export const readCmdline = (
  root: string,
  pid: number,
  limits: { readonly keptBytesMax: number; readonly areaLength: number },
): Reading<ProcCmdline> => {
  const reading = readProcBytes(`${root}/${pid}/cmdline`)
  if (reading === undefined || isDenied(reading)) return reading
  const cmdline = parseCmdline(reading.bytes, limits.keptBytesMax)
  return reading.truncated
    ? { ...cmdline, length: Math.max(cmdline.length + 1, limits.areaLength) }
    : cmdline
}
