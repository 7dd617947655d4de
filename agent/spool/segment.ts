/**
 * A segment of the spool: a run of records with rising sequence numbers of one epoch, in a file or, when the disk does not
 * work, in memory. spool.ts owns them; only this file writes segment files.
 */
import { dirname, join } from 'node:path'
import type { Totals } from '#proto/frame.ts'
import type { SpoolDisk, SpoolFile } from './disk.ts'
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  recordHeaderBytes,
  type SegmentHeader,
  type SegmentScan,
  type SpoolRecord,
  scanSegment,
} from './segment-format.ts'

export interface Segment extends SegmentHeader {
  readonly place: 'disk' | 'memory'
  /** True when it holds nothing but a gap, so that the next gap can be merged into it. */
  readonly isGap: boolean
  /** One beyond its last sequence number. */
  readonly nextSeq: number
  /** The epoch's totals after its last event. */
  readonly after: Totals
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
  readonly begunNs: number
  readonly before: Totals
  nextSeq: number
  after: Totals
  bytes = 0
  #records: SpoolRecord[] = []

  constructor(header: SegmentHeader, gap?: SpoolRecord) {
    this.epoch = header.epoch
    this.firstSeq = header.firstSeq
    this.boot = header.boot
    this.begunNs = header.begunNs
    this.before = header.before
    this.nextSeq = header.firstSeq
    this.after = header.before
    this.isGap = gap !== undefined
    if (gap !== undefined) this.append(gap)
  }

  append(record: SpoolRecord): void {
    this.#records.push(record)
    this.nextSeq = record.firstSeq + record.count
    this.after = record.after
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
  readonly after: Totals
  readonly bytes: number
  readonly isGap: boolean
}

export class DiskSegment implements Segment {
  readonly place = 'disk'
  readonly isGap: boolean
  readonly epoch: number
  readonly firstSeq: number
  readonly boot: string
  readonly begunNs: number
  readonly before: Totals
  readonly path: string
  nextSeq: number
  after: Totals
  bytes: number
  readonly #disk: SpoolDisk
  #file: SpoolFile | undefined
  #unsynced = false

  constructor(disk: SpoolDisk, { path, header, nextSeq, after, bytes, isGap }: FoundSegment) {
    this.#disk = disk
    this.path = path
    this.epoch = header.epoch
    this.firstSeq = header.firstSeq
    this.boot = header.boot
    this.begunNs = header.begunNs
    this.before = header.before
    this.nextSeq = nextSeq
    this.after = after
    this.bytes = bytes
    this.isGap = isGap
  }

  /** A new file without records. Throws the system's error. */
  static create(disk: SpoolDisk, path: string, header: SegmentHeader): DiskSegment {
    const file = disk.open(path, true)
    const found = { path, header, nextSeq: header.firstSeq, after: header.before }
    const segment = new DiskSegment(disk, { ...found, bytes: 0, isGap: false })
    segment.#file = file
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
  static createGap(
    disk: SpoolDisk,
    path: string,
    header: SegmentHeader,
    gap: SpoolRecord,
  ): DiskSegment {
    const bytes = disk.replaceSynced(path, join(dirname(path), 'gap.tmp'), [
      encodeSegmentHeader(header),
      encodeRecordHeader(header.epoch, gap),
      gap.chunk,
    ])
    const nextSeq = gap.firstSeq + gap.count
    return new DiskSegment(disk, { path, header, nextSeq, after: gap.after, bytes, isGap: true })
  }

  append(record: SpoolRecord): void {
    this.#write([encodeRecordHeader(this.epoch, record), record.chunk])
    this.nextSeq = record.firstSeq + record.count
    this.after = record.after
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#file ??= this.#disk.open(this.path, false)
    try {
      this.bytes += this.#file.append(parts)
      this.#unsynced = true
    } catch (error) {
      // A part of the record may have reached the file. Should it stay there, recovery sees a torn tail.
      try {
        this.#file.truncate(this.bytes)
      } catch {
        this.seal()
      }
      throw error
    }
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return
    this.#unsynced = false
    await this.#disk.sync(this.path)
  }

  read(): SegmentScan {
    return scanSegment(this.#disk.read(this.path), this.epoch)
  }

  /** Cuts off what is not a whole record. Throws the system's error. */
  truncate(soundBytes: number): void {
    this.#disk.truncate(this.path, soundBytes)
    this.bytes = soundBytes
  }

  remove(): void {
    this.seal()
    this.#disk.remove(this.path)
  }

  seal(): void {
    const file = this.#file
    this.#file = undefined
    file?.close()
  }
}
