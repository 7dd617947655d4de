/**
 * The few things that the spool does with files, so that a test can put a disk in their place that fails, tears and forgets.
 * segment.ts, recovery.ts and spool.ts call it. Every function throws the system's error.
 */
import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writevSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { lockDirectory } from './lock.ts'

const fdatasyncAsync = promisify(fdatasync)

/** A file that is being appended to. */
export interface SpoolFile {
  /** Appends all of it and returns the number of bytes; throws when only a part went in, which then stays in the file. */
  append(parts: readonly Uint8Array[]): number
  truncate(bytes: number): void
  close(): void
}

export interface SpoolDisk {
  makeDirectory(dir: string): void
  /** Returns how to release it; SpoolError `locked` when another process has it. */
  lock(dir: string, pid: number): () => void
  list(dir: string): readonly string[]
  read(path: string): Buffer
  /** Its first bytes, as many as there are up to `headBytes`, and its size. */
  readHead(path: string, headBytes: number): { readonly head: Buffer; readonly bytes: number }
  /** Opens for appending; with `isNew` the file must not exist yet. */
  open(path: string, isNew: boolean): SpoolFile
  truncate(path: string, bytes: number): void
  /** Makes what was written survive a power cut. */
  sync(path: string): Promise<void>
  /**
   * At any moment, also after a power cut, the path has its old content or the new one. `aside` is a name in the same
   * directory to write to first.
   */
  replaceSynced(path: string, aside: string, parts: readonly Uint8Array[]): number
  /** The same without syncing: a power cut may leave anything. */
  replace(path: string, aside: string, text: string): void
  remove(path: string): void
}

/** write(2) may take only a part when the disk fills up: an error like any other. */
const appendWhole = (fd: number, parts: readonly Uint8Array[]): number => {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  if (writevSync(fd, [...parts]) === bytes) return bytes
  throw Object.assign(new Error('ENOSPC: only a part was written'), { code: 'ENOSPC' })
}

/** The real one. */
export const nodeDisk: SpoolDisk = {
  makeDirectory: (dir) => void mkdirSync(dir, { recursive: true, mode: 0o700 }),
  lock: lockDirectory,
  list: (dir) => readdirSync(dir),
  read: (path) => readFileSync(path),
  readHead: (path, headBytes) => {
    const fd = openSync(path, 'r')
    try {
      const head = Buffer.alloc(headBytes)
      const read = readSync(fd, head, 0, headBytes, 0)
      return { head: head.subarray(0, read), bytes: fstatSync(fd).size }
    } finally {
      closeSync(fd)
    }
  },
  open: (path, isNew) => {
    const fd = openSync(path, isNew ? 'ax' : 'a')
    return {
      append: (parts) => appendWhole(fd, parts),
      truncate: (bytes) => ftruncateSync(fd, bytes),
      close: () => closeSync(fd),
    }
  },
  truncate: (path, bytes) => {
    const fd = openSync(path, 'r+')
    try {
      ftruncateSync(fd, bytes)
    } finally {
      closeSync(fd)
    }
  },
  sync: async (path) => {
    // A descriptor of its own: the segment may be closed while the kernel is at work.
    const fd = openSync(path, 'r')
    try {
      await fdatasyncAsync(fd)
    } finally {
      closeSync(fd)
    }
  },
  replaceSynced: (path, aside, parts) => {
    const fd = openSync(aside, 'w')
    let bytes = 0
    try {
      bytes = appendWhole(fd, parts)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(aside, path)
    return bytes
  },
  replace: (path, aside, text) => {
    writeFileSync(aside, text)
    renameSync(aside, path)
  },
  remove: (path) => unlinkSync(path),
}
