/**
 * The bytes of a spool segment: a header, then records until the end of the file. Pure; segment.ts does the I/O.
 *
 * Rule: whatever the bytes are, scanning ends, and gives only records whose checksum holds. Checksums are seeded with the
 * epoch, a secret of the agent: nobody can plant a record inside the arguments of a process.
 */
import { crc32 } from 'node:zlib'
import type { Totals } from '#proto/frame.ts'
import { limits } from '#proto/limits.ts'

const magic = Buffer.from('MAYFLYSP')
/** Format of segments; a spool of a greater one is left alone. */
export const segmentVersion = 1
export const segmentHeaderBytes = 136
const bootBytesMax = 60
/** `MFRC`: where a record may begin, to find the next one after damage. */
const recordMarker = Buffer.from('MFRC')
export const recordHeaderBytes = 112

/** What a segment says of itself. All its records belong to one epoch, and so to one boot. */
export interface SegmentHeader {
  readonly epoch: number
  /** Number of the first event in it. */
  readonly firstSeq: number
  readonly boot: string
  /** Boot time when it was begun, ns: its age needs no clock that people may set. */
  readonly begunNs: number
  /** The epoch's totals before its first event. */
  readonly before: Totals
}

/** What a record says of its chunk, so that the chunk need not be decoded. */
export interface RecordHeader {
  /** First sequence number covered. A gap may cover many numbers with one event, which has the last of them. */
  readonly firstSeq: number
  /** Sequence numbers covered, at least 1. */
  readonly count: number
  readonly ringId: number
  readonly ringPosition: number
  /** Wall times of its first and last event, Unix microseconds. */
  readonly fromUs: number
  readonly toUs: number
  /** Boot time of its last event, ns. */
  readonly lastBootNs: number
  /** The epoch's totals before its first and after its last event. */
  readonly before: Totals
  readonly after: Totals
}

/** One encoded chunk, as the uplink sends it. */
export interface SpoolRecord extends RecordHeader {
  readonly chunk: Uint8Array
}

/** Over the version too: a damaged one must not look like a newer one. Its place and reach are the same in all versions. */
const headerChecksum = (bytes: Buffer): number =>
  crc32(bytes.subarray(16, segmentHeaderBytes), crc32(bytes.subarray(8, 12)))

const writeTotals = (bytes: Buffer, totals: Totals, offset: number): void => {
  bytes.writeDoubleLE(totals.captured, offset)
  bytes.writeDoubleLE(totals.filtered, offset + 8)
  bytes.writeDoubleLE(totals.unknownGaps, offset + 16)
}

const readTotals = (bytes: Buffer, offset: number): Totals => ({
  captured: bytes.readDoubleLE(offset),
  filtered: bytes.readDoubleLE(offset + 8),
  unknownGaps: bytes.readDoubleLE(offset + 16),
})

export const encodeSegmentHeader = (header: SegmentHeader): Buffer => {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  magic.copy(bytes)
  bytes.writeUInt32LE(segmentVersion, 8)
  bytes.writeDoubleLE(header.epoch, 16)
  bytes.writeDoubleLE(header.firstSeq, 24)
  writeTotals(bytes, header.before, 32)
  bytes.writeDoubleLE(header.begunNs, 56)
  bytes.writeUInt32LE(bytes.write(header.boot.slice(0, bootBytesMax), 68), 64)
  bytes.writeUInt32LE(headerChecksum(bytes), 12)
  return bytes
}

/** The header; `newer` for a later format; undefined for damage. */
export const parseSegmentHeader = (bytes: Buffer): SegmentHeader | 'newer' | undefined => {
  if (bytes.length < segmentHeaderBytes || !magic.equals(bytes.subarray(0, 8))) return undefined
  if (bytes.readUInt32LE(12) !== headerChecksum(bytes)) return undefined
  if (bytes.readUInt32LE(8) > segmentVersion) return 'newer'
  const bootBytes = Math.min(bytes.readUInt32LE(64), bootBytesMax)
  return {
    epoch: bytes.readDoubleLE(16),
    firstSeq: bytes.readDoubleLE(24),
    before: readTotals(bytes, 32),
    begunNs: bytes.readDoubleLE(56),
    boot: bytes.toString('utf8', 68, 68 + bootBytes),
  }
}

/** Both halves of the epoch, so that each bit of it matters. */
const seedOf = (epoch: number): number => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(epoch)
  return crc32(bytes)
}

export const encodeRecordHeader = (epoch: number, record: SpoolRecord): Buffer => {
  const bytes = Buffer.alloc(recordHeaderBytes)
  recordMarker.copy(bytes)
  bytes.writeUInt32LE(record.chunk.length, 8)
  bytes.writeUInt32LE(record.count, 12)
  bytes.writeDoubleLE(record.firstSeq, 16)
  bytes.writeDoubleLE(record.ringId, 24)
  bytes.writeDoubleLE(record.ringPosition, 32)
  bytes.writeDoubleLE(record.fromUs, 40)
  bytes.writeDoubleLE(record.toUs, 48)
  bytes.writeDoubleLE(record.lastBootNs, 56)
  writeTotals(bytes, record.before, 64)
  writeTotals(bytes, record.after, 88)
  const checksum = crc32(record.chunk, crc32(bytes.subarray(8), seedOf(epoch)))
  bytes.writeUInt32LE(checksum, 4)
  return bytes
}

/** The record that begins at an offset, if it is whole and its checksum holds. */
const recordAt = (bytes: Buffer, offset: number, seed: number): SpoolRecord | undefined => {
  const end = offset + recordHeaderBytes
  if (end > bytes.length) return undefined
  if (recordMarker.compare(bytes, offset, offset + recordMarker.length) !== 0) return undefined
  const chunkBytes = bytes.readUInt32LE(offset + 8)
  if (chunkBytes > limits.chunkBytes || end + chunkBytes > bytes.length) return undefined
  const covered = bytes.subarray(offset + 8, end + chunkBytes)
  if (crc32(covered, seed) !== bytes.readUInt32LE(offset + 4)) return undefined
  return {
    firstSeq: bytes.readDoubleLE(offset + 16),
    count: bytes.readUInt32LE(offset + 12),
    ringId: bytes.readDoubleLE(offset + 24),
    ringPosition: bytes.readDoubleLE(offset + 32),
    fromUs: bytes.readDoubleLE(offset + 40),
    toUs: bytes.readDoubleLE(offset + 48),
    lastBootNs: bytes.readDoubleLE(offset + 56),
    before: readTotals(bytes, offset + 64),
    after: readTotals(bytes, offset + 88),
    chunk: bytes.subarray(end, end + chunkBytes),
  }
}

export interface SegmentScan {
  /** Whole records in order; sequence numbers never go back, but may leave holes where bytes were damaged. */
  readonly records: readonly SpoolRecord[]
  /** End of the last whole record; the file is only sound up to there. */
  readonly soundBytes: number
  /** How often a stretch of bytes was not a record. */
  readonly damages: number
}

/** All whole records of a segment's bytes. After damage it goes on at the next place that checks out. */
export const scanSegment = (bytes: Buffer, epoch: number): SegmentScan => {
  const seed = seedOf(epoch)
  const records: SpoolRecord[] = []
  let offset = Math.min(segmentHeaderBytes, bytes.length)
  let soundBytes = offset
  let damages = 0
  let nextSeq = 0
  while (offset < bytes.length) {
    const record = recordAt(bytes, offset, seed)
    if (record !== undefined && record.firstSeq >= nextSeq) {
      records.push(record)
      nextSeq = record.firstSeq + record.count
      offset += recordHeaderBytes + record.chunk.length
      soundBytes = offset
      continue
    }
    if (offset === soundBytes) damages += 1
    const next = bytes.indexOf(recordMarker, offset + 1)
    if (next < 0) break
    offset = next
  }
  return { records, soundBytes, damages }
}
