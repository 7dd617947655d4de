/**
 * What a spool directory holds, found at start from the segments alone. Headers of all files are read, and only the files
 * that end an epoch are scanned whole; damage elsewhere shows when it is read, as a hole in the sequence.
 */
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { decodeChunk } from '#proto/codec.ts'
import type { SpoolDisk } from './disk.ts'
import { DiskSegment, parseSegmentFileName } from './segment.ts'
import {
  parseSegmentHeader,
  recordHeaderBytes,
  type SegmentHeader,
  type SpoolRecord,
  scanSegment,
  segmentHeaderBytes,
} from './segment-format.ts'
import { SpoolError } from './spool-error.ts'

/** What is no record behind the records of a segment. */
export interface TornEnd {
  readonly segment: DiskSegment
  readonly soundBytes: number
}

/** Files up to this size are looked into for being a gap only; a gap's file has some 300 bytes. */
const gapFileBytesMax = 4096

export interface Recovered {
  /** Oldest first. */
  readonly segments: readonly DiskSegment[]
  readonly nextIndex: number
  /** The newest record of all. */
  readonly lastRecord: SpoolRecord | undefined
  /** The newest ring position of all; {0, 0} when no record tells one. */
  readonly lastRing: { readonly ringId: number; readonly ringPosition: number }
  /** True when bytes after it were not a record: it cannot be known whether numbers after it were given out. */
  readonly isTailDamaged: boolean
  /** True when a file was lost of which no neighbour tells how many events it had. */
  readonly isLossUnknown: boolean
  /** Files and stretches of bytes that were not what they should be. */
  readonly damages: number
  /** Files that nothing can be made of, to be removed, and ends to be cut off. While they are there, the next start finds them. */
  readonly unreadable: readonly string[]
  readonly tornEnds: readonly TornEnd[]
}

interface FileHead {
  readonly path: string
  readonly bytes: number
  readonly header: SegmentHeader | undefined
}

const readHead = (disk: SpoolDisk, path: string): FileHead => {
  const { head, bytes } = disk.readHead(path, segmentHeaderBytes)
  const header = parseSegmentHeader(head)
  if (header === 'newer')
    throw new SpoolError(
      'version',
      `${path} was written by a newer Mayfly: run that version, or move the spool directory away`,
    )
  return { path, bytes, header }
}

const isOnlyGap = (records: readonly SpoolRecord[]): boolean => {
  const [record] = records
  if (record === undefined || records.length > 1) return false
  try {
    const { events } = decodeChunk(record.chunk)
    const [first] = events
    const isGap = first?.kind === 'gap' && events.length <= 2
    return isGap && first.replaces + events.length - 1 === record.count
  } catch {
    return false
  }
}

interface SoundHead extends FileHead {
  readonly header: SegmentHeader
  /** The header was damaged and so was what followed it: which number the file began with, only the file before can tell. */
  readonly isBeginUnknown: boolean
}

/**
 * A file whose header is damaged belongs to the epoch of a neighbour if its records' checksums say so. Otherwise nothing in
 * it can be read, and its numbers show as a hole between its neighbours, if it has two.
 */
const salvage = (
  disk: SpoolDisk,
  head: FileHead,
  heads: readonly FileHead[],
  place: number,
): SoundHead | undefined => {
  if (head.header !== undefined) return { ...head, header: head.header, isBeginUnknown: false }
  const bytes = disk.read(head.path)
  for (const neighbour of [heads[place - 1], heads[place + 1]]) {
    if (neighbour?.header === undefined) continue
    const [first] = scanSegment(bytes, neighbour.header.epoch).records
    if (first === undefined) continue
    const offset = first.chunk.byteOffset - bytes.byteOffset
    return {
      ...head,
      header: { ...neighbour.header, firstSeq: first.firstSeq, before: first.before },
      isBeginUnknown: offset !== segmentHeaderBytes + recordHeaderBytes,
    }
  }
  return undefined
}

/** The newest file, without a whole header: its writer ended before it had anything to lose, or the tail is damaged. */
const isBarelyBegun = (heads: readonly FileHead[], place: number): boolean =>
  place === heads.length - 1 && (heads[place]?.bytes ?? 0) < segmentHeaderBytes

/** Reads the directory. Throws SpoolError `version`, or the system's error when it cannot be read. */
export const recover = (disk: SpoolDisk, dir: string): Recovered => {
  const files = disk
    .list(dir)
    .map((name) => ({ name, index: parseSegmentFileName(name) }))
    .filter((file): file is { name: string; index: number } => file.index !== undefined)
    .sort((a, b) => a.index - b.index)
  const heads = files.map(({ name }) => readHead(disk, join(dir, name)))
  const salvaged = heads.map((head, place) => salvage(disk, head, heads, place))
  const sound = salvaged.filter((head) => head !== undefined)
  let damages = heads.filter(({ header }) => header === undefined).length
  let isTailDamaged = heads.length > 0 && heads.at(-1)?.header === undefined
  let isLossUnknown = salvaged.some((head, place) => {
    const before = salvaged[place - 1]?.header.epoch
    if (head === undefined)
      return (
        !isBarelyBegun(heads, place) &&
        (place === 0 || before !== salvaged[place + 1]?.header.epoch)
      )
    return head.isBeginUnknown && before !== head.header.epoch
  })
  const unreadable = heads.filter((_, place) => salvaged[place] === undefined)
  const tornEnds: TornEnd[] = []
  let lastRecord: SpoolRecord | undefined
  let lastRing = { ringId: 0, ringPosition: 0 }
  const segments = sound.flatMap(({ path, bytes, header }, place) => {
    const next = sound[place + 1]?.header
    // A crash between writing a merged gap and removing what it covers leaves both.
    if (next?.epoch === header.epoch && next.firstSeq <= header.firstSeq) {
      disk.remove(path)
      return []
    }
    const follower = next?.epoch === header.epoch ? next : undefined
    const found = { path, header, bytes, isGap: false }
    if (follower !== undefined && bytes > gapFileBytesMax) {
      const end = { nextSeq: follower.firstSeq, after: follower.before }
      return [new DiskSegment(disk, { ...found, ...end })]
    }
    const scan = scanSegment(disk.read(path), header.epoch)
    const last = scan.records.at(-1)
    const ends =
      last === undefined
        ? { nextSeq: header.firstSeq, after: header.before }
        : { nextSeq: last.firstSeq + last.count, after: last.after }
    const segment = new DiskSegment(disk, {
      ...found,
      nextSeq: follower?.firstSeq ?? ends.nextSeq,
      after: follower?.before ?? ends.after,
      isGap: isOnlyGap(scan.records),
    })
    if (follower === undefined) {
      damages += scan.damages
      const before = sound[place - 1]
      // Its writer may have ended before the first record: then the file before is the end.
      const records =
        last === undefined && before?.header.epoch === header.epoch
          ? scanSegment(disk.read(before.path), header.epoch).records
          : scan.records
      lastRecord = records.at(-1) ?? lastRecord
      const ring = records.findLast(({ ringId }) => ringId !== 0)
      if (ring !== undefined) lastRing = { ringId: ring.ringId, ringPosition: ring.ringPosition }
      if (scan.soundBytes < bytes) {
        tornEnds.push({ segment, soundBytes: scan.soundBytes })
        // A torn end was cut off when the next epoch began; damage found here came later.
        if (next === undefined) isTailDamaged = true
        else isLossUnknown = true
      }
    }
    return [segment]
  })
  return {
    segments,
    nextIndex: (files.at(-1)?.index ?? 0) + 1,
    lastRecord,
    lastRing,
    isTailDamaged,
    isLossUnknown,
    damages,
    unreadable: unreadable.map(({ path }) => path),
    tornEnds,
  }
}

/** What the collector has of an epoch, as far as this file remembers: losing it costs only that something is sent again. */
export interface AckedMark {
  readonly epoch: number
  readonly seq: number
}

export const ackedFileName = 'acked'

/** `epoch seq checksum`, in a line. */
export const encodeAcked = ({ epoch, seq }: AckedMark): string => {
  const text = `${epoch} ${seq}`
  return `${text} ${crc32(text)}\n`
}

/** Undefined for anything but a mark whose checksum holds. */
export const parseAcked = (line: string): AckedMark | undefined => {
  const [, text = '', epoch, seq, checksum] = /^((\d+) (\d+)) (\d+)\n$/.exec(line) ?? []
  if (crc32(text) !== Number(checksum)) return undefined
  return { epoch: Number(epoch), seq: Number(seq) }
}

/** The marks of a directory, those that are sound. */
export const readAcked = (disk: SpoolDisk, dir: string): readonly AckedMark[] => {
  let text: string
  try {
    text = disk.read(join(dir, ackedFileName)).toString()
  } catch {
    return []
  }
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => parseAcked(`${line}\n`) ?? [])
}
