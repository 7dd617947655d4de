/**
 * What /proc says about this boot: its id, how long it lasts, when it began. Process start times count from there.
 */
import { mapReading, ProcfsError, type Reading, readProcText, readValue } from './proc-file.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** UUID text; undefined for anything else. */
export const parseBootId = (text: string): string | undefined => {
  const trimmed = text.trim().toLowerCase()
  return uuid.test(trimmed) ? trimmed : undefined
}

/** Reads /proc/sys/kernel/random/boot_id, random(4): new at every boot. */
export const readBootId = (root: string): Reading<string> =>
  mapReading(readProcText(`${root}/sys/kernel/random/boot_id`), parseBootId)

/** Seconds with two decimals, the first word of /proc/uptime, as ns; undefined for anything else. */
export const parseUptime = (text: string): number | undefined => {
  const match = /^(\d{1,10})\.(\d{2}) /.exec(text)
  return match === null ? undefined : Number(match[1]) * 1e9 + Number(match[2]) * 1e7
}

/** Reads /proc/uptime: CLOCK_BOOTTIME in ns, cut to 10 ms like the start times of processes. */
export const readUptimeNs = (root: string): Reading<number> =>
  mapReading(readProcText(`${root}/uptime`), parseUptime)

/** Unix seconds of the boot, from the line `btime`; undefined without one. */
export const parseBootTime = (text: string): number | undefined => {
  const match = /^btime (\d{1,12})$/m.exec(text)
  return match === null ? undefined : Number(match[1])
}

/** Reads btime from /proc/stat, Unix seconds. It moves when the wall clock is set. */
export const readBootTime = (root: string): Reading<number> =>
  mapReading(readProcText(`${root}/stat`), parseBootTime)

/**
 * A clock of boot time from /proc/uptime, ns, for where no system call can be made. Never runs backwards.
 * @throws ProcfsError `format` at once when the file cannot be read.
 */
export const uptimeClock = (root: string): (() => number) => {
  let last = readValue(readUptimeNs(root))
  if (last === undefined) {
    throw new ProcfsError(
      'format',
      `cannot read ${root}/uptime; point --proc-root at a mounted procfs`,
    )
  }
  return () => {
    last = Math.max(last ?? 0, readValue(readUptimeNs(root)) ?? 0)
    return last
  }
}
