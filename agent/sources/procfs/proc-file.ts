/**
 * The only place that touches files below /proc. Every reader of one kernel file (stat.ts, status.ts …) calls it, and every
 * root is a parameter.
 *
 * Rule: a process may vanish, or be somebody else's, between any two calls. Both are ordinary answers, never exceptions.
 */
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'

/** Most that is read of one file. The size that stat(2) tells for files of /proc is always 0, so nothing is trusted. */
export const procFileBytesMax = 1 << 20

/** The file is there, but this agent may not read it. */
export interface Denied {
  readonly denied: true
}
export const denied: Denied = Object.freeze({ denied: true })

/** What a read gave: the value, `denied`, or undefined when the process or the file is gone. */
export type Reading<T> = T | Denied | undefined

export const isDenied = (reading: unknown): reading is Denied => reading === denied

/** The value of a reading, or undefined for either kind of "no". */
export const readValue = <T>(reading: Reading<T>): T | undefined =>
  isDenied(reading) ? undefined : (reading as T | undefined)

export const procfsErrorCodes = ['io', 'not-a-proc', 'format'] as const
export type ProcfsErrorCode = (typeof procfsErrorCodes)[number]

/** Something is wrong with /proc as a whole, or with this agent (out of file descriptors), not with one process. */
export class ProcfsError extends Error {
  readonly code: ProcfsErrorCode
  constructor(code: ProcfsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProcfsError'
    this.code = code
  }
}

const goneCodes = new Set(['ENOENT', 'ESRCH', 'ENOTDIR', 'ENXIO', 'EINVAL'])
const deniedCodes = new Set(['EACCES', 'EPERM'])

/** Turns the errors that a vanishing or foreign process causes into answers. @throws ProcfsError for all others. */
const readingOfError = (error: unknown, path: string): Denied | undefined => {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (goneCodes.has(code)) return undefined
  if (deniedCodes.has(code)) return denied
  throw new ProcfsError('io', `cannot read ${path}: ${code || String(error)}`, { cause: error })
}

/**
 * Runs one system call on a file of /proc and turns its errors into readings.
 * @throws ProcfsError `io` when the failure is not that process's.
 */
export const attempt = <T>(path: string, call: () => T): Reading<T> => {
  try {
    return call()
  } catch (error) {
    return readingOfError(error, path)
  }
}

/** Content of a small file; `truncated` when it went on beyond the limit. The bytes are the caller's to keep. */
export interface FileBytes {
  readonly bytes: Buffer
  readonly truncated: boolean
}

/** Shared by all reads: they are synchronous and copy out what they keep. */
const firstChunk = Buffer.allocUnsafeSlow(16_384)

const readAll = (path: string, bytesMax: number): FileBytes => {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  try {
    let chunk = firstChunk
    let length = 0
    // One read more than needed proves the end: /proc hands out whole pages and may return less than asked.
    for (;;) {
      const read = readSync(file, chunk, length, chunk.length - length, null)
      length += read
      if (read === 0 || length > bytesMax) break
      if (length === chunk.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(chunk.length * 4, bytesMax + 1))
        chunk.copy(larger, 0, 0, length)
        chunk = larger
      }
    }
    const kept = Math.min(length, bytesMax)
    return { bytes: Buffer.from(chunk.subarray(0, kept)), truncated: length > bytesMax }
  } finally {
    closeSync(file)
  }
}

/**
 * Reads one file whole, at most `bytesMax` of it.
 * @throws ProcfsError `io` when the failure is not that process's.
 */
export const readProcBytes = (path: string, bytesMax = procFileBytesMax): Reading<FileBytes> =>
  attempt(path, () => readAll(path, bytesMax))

/** As readProcBytes, as text; a byte that is not UTF-8 (names may hold any) becomes U+FFFD. */
export const readProcText = (path: string): Reading<string> => {
  const reading = readProcBytes(path)
  if (reading === undefined || isDenied(reading)) return reading
  return reading.bytes.toString('utf8')
}

/** Target of a symbolic link such as /proc/PID/exe; of kernel objects a text like `socket:[1234]`. */
export const readProcLink = (path: string): Reading<string> =>
  attempt(path, () => readlinkSync(path))

/** The reading of one file turned into a value by a parser that may refuse it. */
export const mapReading = <T, U>(
  reading: Reading<T>,
  parse: (value: T) => U | undefined,
): Reading<U> =>
  reading === undefined || isDenied(reading) ? (reading as Denied | undefined) : parse(reading as T)

/**
 * As mapReading, for files that the kernel always writes in the same form.
 * @throws ProcfsError `format` when the parser refuses the text: then this is no procfs, or one from another world.
 */
export const parseReading = <U>(
  path: string,
  reading: Reading<string>,
  parse: (text: string) => U | undefined,
): Reading<U> => {
  if (reading === undefined || isDenied(reading)) return reading
  const value = parse(reading)
  if (value === undefined) throw new ProcfsError('format', `${path} is not what a kernel writes`)
  return value
}

const pidName = /^[1-9]\d{0,9}$/

/** Names that are pids, as numbers in the order given. Pure and total. */
export const parsePids = (names: readonly string[]): number[] => {
  const pids: number[] = []
  for (const name of names) if (pidName.test(name)) pids.push(Number(name))
  return pids
}

/**
 * The pids visible below `root`.
 * @throws ProcfsError `not-a-proc` when it cannot be listed.
 */
export const listPids = (root: string): number[] => {
  try {
    return parsePids(readdirSync(root))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new ProcfsError(
      'not-a-proc',
      `cannot list ${root}: ${code}; point --proc-root at a mounted procfs`,
      { cause: error },
    )
  }
}
