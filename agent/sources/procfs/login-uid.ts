/**
 * /proc/PID/loginuid, proc_pid_loginuid(5): who logged in, kept across su and sudo by the audit system.
 */
import { mapReading, type Reading, readProcText } from './proc-file.ts'

/** (uid_t) -1: nobody logged in to start this. */
const unset = 0xffff_ffff

/** The uid; undefined when unset or malformed. */
export const parseLoginUid = (text: string): number | undefined => {
  const trimmed = text.trim()
  if (!/^\d{1,10}$/.test(trimmed)) return undefined
  const uid = Number(trimmed)
  return uid >= unset ? undefined : uid
}

/** Reads /proc/PID/loginuid; undefined also on kernels without audit. */
export const readLoginUid = (root: string, pid: number): Reading<number> =>
  mapReading(readProcText(`${root}/${pid}/loginuid`), parseLoginUid)
