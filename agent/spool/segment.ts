/**
 * A segment of the spool: a run of records with rising sequence numbers of one epoch, in a file or, when the disk does not
 * work, in memory. spool.ts owns them; only this file writes segment files.
 */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  recordHeaderBytes,
  type SegmentHeader,
  type SegmentScan,
  type SpoolRecord,
  scanSegment,
} from './segment-format.ts'

const fdatasyncAsync = promisify(fdatasync)

export interface Segment extends SegmentHeader {
  readonly place: 'disk' | 'memory'
  /** True when it holds nothing but a gap, so that the next gap can be merged into it. */
  readonly isGap: boolean
  /** One beyond its last sequence number. */
  readonly nextSeq: number
  readonly bytes: number
  /** Throws the system's error when the record could not be written whole; then nothing of it counts. */
  append(record: SpoolRecord): void
  /** Everything in it; a file may turn out damaged. Throws the system's error when it cannot be read. */
  read(): SegmentScan
  /** Makes what was appended survive a power cut; rejects with the system's error. */
  sync(): Promise<void>
  /** Forgets it, with its file. Throws the system's error. */
  remove(): void
  /** Ends writing. */
  seal(): void
}

/** The fallback when the disk does not work. */
export class MemorySegment implements Segment {
  readonly place = 'memory'
  readonly isGap: boolean
  readonly epoch: number
  readonly firstSeq: number
  readonly boot: string
  nextSeq: number
  bytes = 0
  #records: SpoolRecord[] = []

  constructor(header: SegmentHeader, gap?: SpoolRecord) {
    this.epoch = header.epoch
    this.firstSeq = header.firstSeq
    this.boot = header.boot
    this.nextSeq = header.firstSeq
    this.isGap = gap !== undefined
    if (gap !== undefined) this.append(gap)
  }

  append(record: SpoolRecord): void {
    this.#records.push(record)
    this.nextSeq = record.firstSeq + record.count
    this.bytes += recordHeaderBytes + record.chunk.length
  }

  read(): SegmentScan {
    return { records: this.#records, soundBytes: this.bytes, damages: 0 }
  }

  async sync(): Promise<void> {}

  remove(): void {
    this.#records = []
  }

  seal(): void {}
}

/** Name of a segment's file: only its place in the order; everything else is inside, under a checksum. */
export const segmentFileName = (index: number): string =>
  `${String(index).padStart(10, '0')}.segment`

/** The index in a file name; undefined for other files. */
export const parseSegmentFileName = (name: string): number | undefined => {
  const digits = /^(\d{10})\.segment$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** What is known of a file found at start. */
export interface FoundSegment {
  readonly path: string
  readonly header: SegmentHeader
  readonly nextSeq: number
  readonly bytes: number
  readonly isGap: boolean
}

export class DiskSegment implements Segment {
  readonly place = 'disk'
  readonly isGap: boolean
  readonly epoch: number
  readonly firstSeq: number
  readonly boot: string
  readonly path: string
  nextSeq: number
  bytes: number
  #fd: number | undefined
  #unsynced = false

  constructor({ path, header, nextSeq, bytes, isGap }: FoundSegment) {
    this.path = path
    this.epoch = header.epoch
    this.firstSeq = header.firstSeq
    this.boot = header.boot
    this.nextSeq = nextSeq
    this.bytes = bytes
    this.isGap = isGap
  }

  /** A new file without records. Throws the system's error. */
  static create(path: string, header: SegmentHeader): DiskSegment {
    closeSync(openSync(path, 'ax'))
    const found = { path, header, nextSeq: header.firstSeq, bytes: 0, isGap: false }
    const segment = new DiskSegment(found)
    try {
      segment.#write([encodeSegmentHeader(header)])
    } catch (error) {
      segment.remove()
      throw error
    }
    return segment
  }

  /**
   * A file that holds one gap: written aside, synced, and renamed over whatever has its name, so that at any moment either
   * the lost segment or its gap is there. Throws the system's error.
   */
  static createGap(path: string, header: SegmentHeader, gap: SpoolRecord): DiskSegment {
    const aside = join(dirname(path), 'gap.tmp')
    const fd = openSync(aside, 'w')
    let bytes = 0
    try {
      const parts = [encodeSegmentHeader(header), encodeRecordHeader(header.epoch, gap), gap.chunk]
      bytes = writeWhole(fd, parts)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(aside, path)
    return new DiskSegment({
      path,
      header,
      nextSeq: gap.firstSeq + gap.count,
      bytes,
      isGap: true,
    })
  }

  append(record: SpoolRecord): void {
    this.#write([encodeRecordHeader(this.epoch, record), record.chunk])
    this.nextSeq = record.firstSeq + record.count
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#fd ??= openSync(this.path, 'a')
    try {
      this.bytes += writeWhole(this.#fd, parts)
      this.#unsynced = true
    } catch (error) {
      // A part of the record may have reached the file. Should it stay there, recovery sees a torn tail.
      try {
        ftruncateSync(this.#fd, this.bytes)
      } catch {
        this.seal()
      }
      throw error
    }
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return
    this.#unsynced = false
    // A descriptor of its own: seal() may close the other one while the kernel is at work.
    const fd = openSync(this.path, 'r')
    try {
      await fdatasyncAsync(fd)
    } finally {
      closeSync(fd)
    }
  }

  read(): SegmentScan {
    return scanSegment(readFileSync(this.path), this.epoch)
  }

  /** Cuts off what is not a whole record. Throws the system's error. */
  truncate(soundBytes: number): void {
    const fd = openSync(this.path, 'r+')
    try {
      ftruncateSync(fd, soundBytes)
    } finally {
      closeSync(fd)
    }
    this.bytes = soundBytes
  }

  remove(): void {
    this.seal()
    unlinkSync(this.path)
  }

  seal(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }
}

/** write(2) may take only a part when the disk fills up: an error like any other. Returns the bytes written. */
const writeWhole = (fd: number, parts: readonly Uint8Array[]): number => {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  const [only] = parts
  const written =
    parts.length === 1 && only !== undefined ? writeSync(fd, only) : writevSync(fd, [...parts])
  if (written === bytes) return bytes
  throw Object.assign(new Error('ENOSPC: only a part was written'), { code: 'ENOSPC' })
}
