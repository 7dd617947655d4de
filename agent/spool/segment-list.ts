/**
 * The segments of a spool in order, and how they are read and given up. Pure bookkeeping on behalf of spool.ts: no clocks
 * but the one for gaps whose time nothing else tells, no policy about when to give up.
 *
 * Rule: what read() gives covers the sequence without a hole; damaged, unreadable and given-up stretches are gaps.
 */
import type { Clock } from '#base/clock.ts'
import type { GapReason } from '#proto/event.ts'
import type { Totals } from '#proto/frame.ts'
import { unitsBetween } from '#proto/units.ts'
import type { SpoolDisk } from './disk.ts'
import { gapRecord } from './gap-chunk.ts'
import { DiskSegment, MemorySegment, type Segment } from './segment.ts'
import { type SpoolRecord, segmentHeaderBytes } from './segment-format.ts'

/** Why events were given up. */
export const lossReasons = [
  'spool_full',
  'spool_expired',
  'queue_full',
  'spool_corrupt',
  'spool_failed',
] as const
export type LossReason = Extract<GapReason, (typeof lossReasons)[number]>

/** Index of the first record that ends beyond a sequence number. */
export const firstBeyond = (records: readonly SpoolRecord[], seq: number): number => {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const record = records[middle] as SpoolRecord
    if (record.firstSeq + record.count > seq) high = middle
    else low = middle + 1
  }
  return low
}

/** Where a lost stretch lies in time, and the totals at its begin where something tells them. */
interface Edge {
  readonly fromUs: number
  readonly toUs: number
  readonly lastBootNs: number
  readonly before: Totals | undefined
}

/** What can be read of a segment. */
const recordsOf = (segment: Segment): readonly SpoolRecord[] => {
  try {
    return segment.read().records
  } catch {
    return []
  }
}

export class SegmentList {
  readonly #clock: Clock
  readonly #disk: SpoolDisk
  #segments: Segment[] = []
  /** The segments being caught up with, one of each epoch that is delivered: read whole, once. */
  readonly #loaded = new Map<
    number,
    { readonly segment: Segment; readonly records: readonly SpoolRecord[] }
  >()
  /** Segments whose damage was counted already; they may be read again after a reconnect. */
  readonly #counted = new WeakSet<Segment>()
  /** In units of events' counts. */
  readonly lost: Record<LossReason, number> = {
    spool_full: 0,
    spool_expired: 0,
    queue_full: 0,
    spool_corrupt: 0,
    spool_failed: 0,
  }
  damages = 0

  constructor(clock: Clock, disk: SpoolDisk) {
    this.#clock = clock
    this.#disk = disk
  }

  get all(): readonly Segment[] {
    return this.#segments
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1)
  }

  add(segment: Segment): void {
    this.#segments.push(segment)
  }

  /** Older ones, found when a directory became usable. */
  addBefore(segments: readonly Segment[]): void {
    this.#segments = [...segments, ...this.#segments]
  }

  bytes(place: Segment['place']): number {
    return this.#segments.reduce(
      (sum, segment) => (segment.place === place ? sum + segment.bytes : sum),
      0,
    )
  }

  /** A segment from memory becomes a file. Throws the system's error, and then stays in memory; returns the file, not synced yet. */
  moveToDisk(segment: Segment, path: string): Segment {
    const { records } = segment.read()
    const [first] = records
    const moved =
      segment.isGap && first !== undefined
        ? DiskSegment.createGap(this.#disk, path, segment, first)
        : DiskSegment.create(this.#disk, path, segment)
    try {
      if (!segment.isGap) for (const record of records) moved.append(record)
    } catch (error) {
      moved.remove()
      throw error
    }
    moved.seal()
    this.#segments = this.#segments.map((each) => (each === segment ? moved : each))
    this.#unload(segment)
    return moved
  }

  /** Removes every segment that satisfies the test; a file that cannot be removed is found again at the next start. */
  remove(test: (segment: Segment) => boolean): void {
    if (!this.#segments.some(test)) return
    this.#segments = this.#segments.filter((segment) => {
      if (!test(segment)) return true
      this.#unload(segment)
      try {
        segment.remove()
      } catch {
        this.damages += 1
      }
      return false
    })
  }

  /** Records of an epoch from a sequence number on, some of them, at least one if there is one. */
  read(epoch: number, fromSeq: number): readonly SpoolRecord[] {
    const segment = this.#segments.find(
      (candidate) => candidate.epoch === epoch && candidate.nextSeq > fromSeq,
    )
    if (segment === undefined) return []
    if (fromSeq < segment.firstSeq) {
      const edge = this.#edgeBefore(segment, fromSeq)
      return [
        this.#gap(segment, 'spool_corrupt', fromSeq, segment.firstSeq - 1, segment.before, edge),
      ]
    }
    const loaded = this.#loaded.get(epoch)
    let records = loaded?.segment === segment ? loaded.records : []
    if (firstBeyond(records, fromSeq) === records.length) {
      records = this.#load(segment)
      this.#loaded.set(epoch, { segment, records })
    }
    return records.slice(firstBeyond(records, fromSeq))
  }

  /**
   * Where numbers lie that are in no segment: after the segment before, if that ends there. Else nothing here tells when they began
   * but the boot, as an epoch belongs to one.
   */
  #edgeBefore(segment: Segment, fromSeq: number): Edge {
    const now = this.#clock.nowUs()
    const [next] = recordsOf(segment)
    const toUs = next?.fromUs ?? now
    const previous = this.#segments[this.#segments.indexOf(segment) - 1]
    if (previous?.epoch === segment.epoch && previous.nextSeq === fromSeq) {
      const last = recordsOf(previous).at(-1)
      const fromUs = Math.min(last?.toUs ?? toUs, toUs)
      return { fromUs, toUs, lastBootNs: last?.lastBootNs ?? 0, before: previous.after }
    }
    const bootedUs = Math.max(0, Math.floor((next?.toUs ?? now) - (next?.lastBootNs ?? 0) / 1000))
    return { fromUs: Math.min(bootedUs, toUs), toUs, lastBootNs: 0, before: undefined }
  }

  #unload(segment: Segment): void {
    if (this.#loaded.get(segment.epoch)?.segment === segment) this.#loaded.delete(segment.epoch)
  }

  /** Everything in a segment, with gaps for what is not. */
  #load(segment: Segment): readonly SpoolRecord[] {
    const now = this.#clock.nowUs()
    let edge: Edge = { fromUs: now, toUs: now, lastBootNs: 0, before: segment.before }
    let scan: ReturnType<Segment['read']>
    const lastSeq = segment.nextSeq - 1
    try {
      scan = segment.read()
    } catch {
      return [this.#gap(segment, 'spool_failed', segment.firstSeq, lastSeq, segment.after, edge)]
    }
    const records: SpoolRecord[] = []
    let nextSeq = segment.firstSeq
    for (const record of scan.records) {
      if (record.firstSeq > nextSeq) {
        const previous = records.at(-1) ?? record
        edge = {
          ...edge,
          fromUs: Math.min(previous.toUs, record.fromUs),
          toUs: record.fromUs,
          lastBootNs: previous.lastBootNs,
        }
        const end = record.firstSeq - 1
        records.push(this.#gap(segment, 'spool_corrupt', nextSeq, end, record.before, edge))
      }
      records.push(record)
      nextSeq = record.firstSeq + record.count
      edge = {
        fromUs: record.toUs,
        toUs: Math.max(record.toUs, now),
        lastBootNs: record.lastBootNs,
        before: record.after,
      }
    }
    if (nextSeq < segment.nextSeq)
      records.push(this.#gap(segment, 'spool_corrupt', nextSeq, lastSeq, segment.after, edge))
    this.#counted.add(segment)
    return records
  }

  #gap(
    segment: Segment,
    reason: LossReason,
    firstSeq: number,
    lastSeq: number,
    after: Totals,
    edge: Edge,
  ): SpoolRecord {
    if (!this.#counted.has(segment)) {
      this.damages += 1
      this.lost[reason] += edge.before === undefined ? 0 : unitsBetween(edge.before, after)
    }
    return gapRecord({ boot: segment.boot, reason, firstSeq, lastSeq, ...edge, after })
  }

  /**
   * Puts a gap in the place of the oldest segment that still has something to give up; a gap before it is merged into the
   * new one. Returns false when there is none. `ackedSeq` gives the highest acknowledged number of an epoch.
   */
  giveUpOldest(
    place: Segment['place'],
    reason: LossReason,
    ackedSeq: (epoch: number) => number,
  ): boolean {
    const index = this.#segments.findIndex((segment) => segment.place === place && !segment.isGap)
    const victim = this.#segments[index]
    if (victim === undefined) return false
    const firstLost = Math.max(victim.firstSeq, ackedSeq(victim.epoch) + 1)
    if (firstLost >= victim.nextSeq) {
      this.remove((segment) => segment === victim)
      return true
    }
    const before = this.#segments[index - 1]
    const merged = before?.isGap === true && before.epoch === victim.epoch ? before : undefined
    const now = this.#clock.nowUs()
    const records = [...(merged?.read().records ?? []), ...this.#load(victim)]
    const first = records[firstBeyond(records, firstLost)]
    this.lost[reason] += unitsBetween(first?.before ?? victim.before, victim.after)
    const isMergedAcked = merged !== undefined && merged.nextSeq <= ackedSeq(victim.epoch) + 1
    const from = merged === undefined || isMergedAcked ? first : records[0]
    const gap = gapRecord({
      boot: victim.boot,
      reason,
      firstSeq: merged === undefined || isMergedAcked ? firstLost : merged.firstSeq,
      lastSeq: victim.nextSeq - 1,
      fromUs: records[0]?.fromUs ?? now,
      toUs: records.at(-1)?.toUs ?? now,
      lastBootNs: records.at(-1)?.lastBootNs ?? 0,
      before: from?.before ?? victim.before,
      after: victim.after,
    })
    victim.seal()
    this.#segments[index] = this.#gapSegment(victim, gap)
    this.#unload(victim)
    if (merged !== undefined) this.remove((segment) => segment === merged)
    return true
  }

  #gapSegment(victim: Segment, gap: SpoolRecord): Segment {
    const { epoch, boot, begunNs } = victim
    const header = { epoch, firstSeq: gap.firstSeq, boot, begunNs, before: gap.before }
    if (victim instanceof DiskSegment) {
      const replace = () => DiskSegment.createGap(this.#disk, victim.path, header, gap)
      try {
        return replace()
      } catch {
        try {
          // No room even for this: what is given up makes it. The rest is no record, so that a death in between shows as damage.
          victim.truncate(segmentHeaderBytes + 1)
          return replace()
        } catch {
          this.#removeFile(victim)
        }
      }
    }
    return new MemorySegment(header, gap)
  }

  /** The disk takes nothing: the gap stays in memory, and the room of the file is needed all the more. */
  #removeFile(victim: Segment): void {
    try {
      victim.remove()
    } catch {
      this.damages += 1
    }
  }
}
