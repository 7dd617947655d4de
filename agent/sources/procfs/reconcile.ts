/**
 * Finds processes that ended without anybody telling: the repair pass of the tracker, every half minute.
 */
import type { ProcessKey } from '#proto/event.ts'
import { isDenied } from './proc-file.ts'
import { isDead, type ProcStat, readStat, tickNs } from './stat.ts'

/**
 * True when both are the start of the same process. eBPF knows nanoseconds and /proc only whole ticks, so two values
 * of one process differ by less than a tick; one more for rounding. The same pid cannot come round twice in 20 ms.
 */
export const sameStart = (aNs: number, bNs: number): boolean => Math.abs(aNs - bNs) < 2 * tickNs

/** One look: undefined when nothing runs there, `unknown` when that cannot be told. */
const look = (root: string, pid: number): ProcStat | 'unknown' | undefined => {
  try {
    const stat = readStat(root, pid)
    return isDenied(stat) ? 'unknown' : stat
  } catch {
    return 'unknown'
  }
}

/**
 * Those of `known` that no longer run: the pid is free, a zombie, or another process's. One that cannot be looked at, for
 * whatever reason, counts as running.
 */
export const findVanished = (root: string, known: Iterable<ProcessKey>): ProcessKey[] => {
  const vanished: ProcessKey[] = []
  for (const key of known) {
    const stat = look(root, key.pid)
    if (stat === 'unknown') continue
    if (stat === undefined || isDead(stat) || !sameStart(stat.startNs, key.startNs)) {
      vanished.push(key)
    }
  }
  return vanished
}
