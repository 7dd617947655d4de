/**
 * /proc/PID/{exe,cwd,fd/N}, proc_pid_exe(5) and its neighbours: links whose text is what the kernel knows of a path, and
 * which, when opened, lead to the file itself, even when it was deleted or never had a name.
 */
import { type BigIntStats, statSync } from 'node:fs'
import type { FileKey, FileOrigin } from '#proto/event.ts'
import { attempt, isDenied, mapReading, type Reading, readProcLink } from './proc-file.ts'

/**
 * Device number as the kernel keeps it, (major << 20) | minor, from stat(2)'s st_dev in glibc's and musl's encoding
 * (gnu_dev_makedev): major is in bits 8–19 and 44–63, minor in bits 0–7 and 20–43.
 */
export const kernelDevice = (device: bigint): number => {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n)
  return Number(((major & 0xfffn) << 20n) | (minor & 0xfffffn))
}

/** The identity of a file, from stat with `bigint: true`. */
export const fileKeyOf = (stats: Pick<BigIntStats, 'dev' | 'ino' | 'ctimeNs'>): FileKey => ({
  device: kernelDevice(stats.dev),
  inode: Number(stats.ino),
  ctimeUs: Number(stats.ctimeNs / 1000n),
})

export interface ProcExe {
  /** Without the kernel's mark of a deleted file; empty when nobody knows. */
  readonly path: string
  readonly file?: FileKey
  /** st_mode; 0 when unknown. */
  readonly mode: number
  /** Only what the path itself proves. */
  readonly origin: FileOrigin
}

const deletedMark = ' (deleted)'

/** What the text of the exe link says. `links` is the file's link count, when it could be read. */
export const parseExeLink = (
  text: string,
  links: number | undefined,
): Pick<ProcExe, 'path' | 'origin'> => {
  // A file may truly be called "x (deleted)": only a file without links is one.
  const deleted = text.endsWith(deletedMark) && links === 0
  const path = deleted ? text.slice(0, -deletedMark.length) : text
  return { path, origin: deleted && path.startsWith('/memfd:') ? 'memfd' : 'unknown' }
}

/** Reads /proc/PID/exe and the identity of the file behind it. Needs the right to trace the process. */
export const readExe = (root: string, pid: number): Reading<ProcExe> => {
  const link = `${root}/${pid}/exe`
  const text = readProcLink(link)
  if (text === undefined || isDenied(text)) return text
  const stats = attempt(link, () => statSync(link, { bigint: true }))
  if (stats === undefined || isDenied(stats)) return { ...parseExeLink(text, undefined), mode: 0 }
  return {
    ...parseExeLink(text, Number(stats.nlink)),
    file: fileKeyOf(stats),
    mode: Number(stats.mode),
  }
}

/** Reads /proc/PID/cwd. */
export const readCwd = (root: string, pid: number): Reading<string> =>
  readProcLink(`${root}/${pid}/cwd`)

/** Inode number in `socket:[1234]`; undefined for anything that is not a socket. */
export const parseSocketLink = (text: string): number | undefined => {
  const match = /^socket:\[(\d{1,15})\]$/.exec(text)
  return match === null ? undefined : Number(match[1])
}

/** The socket behind one file descriptor; undefined when it is something else. */
export const readSocketInode = (root: string, pid: number, descriptor: number): Reading<number> =>
  mapReading(readProcLink(`${root}/${pid}/fd/${descriptor}`), parseSocketLink)
