/**
 * CLOCK_BOOTTIME, the clock of kernel records: nanoseconds since boot, suspend included. Node offers only CLOCK_MONOTONIC, which
 * stands still in suspend, so this asks the C library; /proc/uptime (10 ms steps) stands in where that cannot be loaded.
 */
import koffi from 'koffi'
import { uptimeClock } from './sources/procfs/boot.ts'

/** clock_gettime(2), include/uapi/linux/time.h. */
const clockBoottime = 7

/** A function that reads the clock, ns; about 1 µs per call. */
export const openBootClock = (procRoot: string): (() => number) => {
  let read: (clock: number, time: BigInt64Array) => number
  try {
    read = koffi.load('libc.so.6').func('int clock_gettime(int clock, _Out_ int64_t *time)')
  } catch {
    return uptimeClock(procRoot)
  }
  const time = new BigInt64Array(2)
  return () => {
    read(clockBoottime, time)
    return Number(time[0]) * 1e9 + Number(time[1])
  }
}
