/**
 * What runs now, through the pinned task iterator: it shares the identities of the records in the ring, which /proc,
 * with its 10 ms ticks, does not. Only arguments come from /proc. Called once after attaching, and when asked.
 */
import { closeSync, readFileSync, readSync } from 'node:fs'
import type { AliveRecord } from '../record.ts'
import type { Libbpf } from './libbpf.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { argvBytesMax, frameHeaderBytes, recordBytesMax } from './record-layout.ts'

/** The kernel hands out at most 32 KiB per read; a record never spans more than two. */
const chunkBytes = 64 * 1024
const clockTickNs = 10_000_000
const noBytes = new Uint8Array(0)

export interface SnapshotOptions {
  readonly libbpf: Libbpf
  /** Link of the task iterator. */
  readonly linkFd: number
  readonly decoder: RecordDecoder
  readonly procRoot: string
}

/** Hands every running process to the sink. */
export const takeSnapshot = (
  options: SnapshotOptions,
  sink: (record: AliveRecord) => void,
): void => {
  const fd = options.libbpf.createIterator(options.linkFd)
  try {
    readFrames(
      (buffer, offset) => readSync(fd, buffer, offset, buffer.length - offset, null),
      (bytes, at, size) => {
        const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
        const record = options.decoder.decode({ words, bytes }, at, size)
        if (record?.kind === 'alive') sink(withArguments(options.procRoot, record))
      },
    )
  } finally {
    closeSync(fd)
  }
}

/** Runs an iterator that writes into the ring and gives nothing to its reader. */
export const runIterator = (libbpf: Libbpf, linkFd: number): void => {
  const fd = libbpf.createIterator(linkFd)
  const nothing = Buffer.alloc(64)
  try {
    for (;;) {
      try {
        if (readSync(fd, nothing) === 0) return
      } catch (error) {
        // One read visits a million objects at most, then asks to be repeated.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      }
    }
  } finally {
    closeSync(fd)
  }
}

/** Cuts a stream of frames into records; stops at the end or at a frame that makes no sense. */
export const readFrames = (
  read: (buffer: Buffer, offset: number) => number,
  give: (bytes: Buffer, at: number, size: number) => void,
): void => {
  let buffer = Buffer.from(new ArrayBuffer(chunkBytes))
  let filled = 0
  for (;;) {
    const count = read(buffer, filled)
    if (count <= 0) return
    filled += count
    let at = 0
    while (filled - at >= frameHeaderBytes) {
      const size = buffer.readUInt32LE(at)
      if (size > recordBytesMax) return
      if (filled - at < frameHeaderBytes + size) break
      // Frames follow each other unaligned; the decoder reads words.
      const aligned = Buffer.from(new ArrayBuffer((size + 3) & ~3))
      buffer.copy(aligned, 0, at + frameHeaderBytes, at + frameHeaderBytes + size)
      give(aligned, 0, size)
      at += frameHeaderBytes + size
    }
    const rest = Buffer.from(new ArrayBuffer(chunkBytes))
    buffer.copy(rest, 0, at, filled)
    buffer = rest
    filled -= at
  }
}

/** Adds the arguments, unless the pid belongs to somebody else by now. */
const withArguments = (procRoot: string, record: AliveRecord): AliveRecord => {
  const folder = `${procRoot}/${record.process.pid}`
  const argv = readProc(`${folder}/cmdline`)
  const ticks = parseStartTicks(readProc(`${folder}/stat`).toString('latin1'))
  if (ticks !== Math.floor(record.process.startNs / clockTickNs)) return record
  return { ...record, argvBytes: argv.subarray(0, argvBytesMax), argvLength: argv.length }
}

const readProc = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch {
    // Gone, or not ours to read: an ordinary end of a short life.
    return Buffer.from(noBytes)
  }
}

/** Field 22 of /proc/PID/stat, start after boot in ticks of 10 ms (proc_pid_stat(5)); undefined when it is not there. */
export const parseStartTicks = (stat: string): number | undefined => {
  // The name in field 2 may hold anything, also parentheses: what follows the last one is plain.
  const text = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
}
