/**
 * The segments of a spool in order, and how they are read and given up. Pure bookkeeping on behalf of spool.ts: no clocks
 * but the one for gaps whose time nothing else tells, no policy about when to give up.
 *
 * Rule: what read() gives covers the sequence without a hole; damaged, unreadable and given-up stretches are gaps.
 */
import type { Clock } from '#base/clock.ts'
import type { GapReason } from '#proto/event.ts'
import { gapRecord } from './gap-chunk.ts'
import { DiskSegment, MemorySegment, type Segment } from './segment.ts'
import type { SpoolRecord } from './segment-format.ts'

/** Why events were given up. */
export const lossReasons = ['spool_full', 'queue_full', 'spool_corrupt', 'spool_failed'] as const
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

export class SegmentList {
  readonly #clock: Clock
  #segments: Segment[] = []
  /** The segment being caught up with: read whole, once. */
  #loaded: { readonly segment: Segment; readonly records: readonly SpoolRecord[] } | undefined
  /** Segments whose damage was counted already; they may be read again after a reconnect. */
  readonly #counted = new WeakSet<Segment>()
  readonly lost: Record<LossReason, number> = {
    spool_full: 0,
    queue_full: 0,
    spool_corrupt: 0,
    spool_failed: 0,
  }
  damages = 0

  constructor(clock: Clock) {
    this.#clock = clock
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

  /** Removes every segment that satisfies the test; a file that cannot be removed is found again at the next start. */
  remove(test: (segment: Segment) => boolean): void {
    if (!this.#segments.some(test)) return
    this.#segments = this.#segments.filter((segment) => {
      if (!test(segment)) return true
      if (this.#loaded?.segment === segment) this.#loaded = undefined
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
      const now = this.#clock.nowUs()
      return [
        this.#gap(segment, 'spool_corrupt', fromSeq, segment.firstSeq - 1, {
          fromUs: now,
          toUs: now,
          lastBootNs: 0,
        }),
      ]
    }
    let records = this.#loaded?.segment === segment ? this.#loaded.records : []
    if (firstBeyond(records, fromSeq) === records.length) {
      records = this.#load(segment)
      this.#loaded = { segment, records }
    }
    return records.slice(firstBeyond(records, fromSeq))
  }

  /** Everything in a segment, with gaps for what is not. */
  #load(segment: Segment): readonly SpoolRecord[] {
    const now = this.#clock.nowUs()
    let edge = { fromUs: now, toUs: now, lastBootNs: 0 }
    let scan: ReturnType<Segment['read']>
    try {
      scan = segment.read()
    } catch {
      return [this.#gap(segment, 'spool_failed', segment.firstSeq, segment.nextSeq - 1, edge)]
    }
    const records: SpoolRecord[] = []
    let nextSeq = segment.firstSeq
    for (const record of scan.records) {
      if (record.firstSeq > nextSeq) {
        const before = records.at(-1) ?? record
        edge = {
          fromUs: Math.min(before.toUs, record.fromUs),
          toUs: record.fromUs,
          lastBootNs: before.lastBootNs,
        }
        records.push(this.#gap(segment, 'spool_corrupt', nextSeq, record.firstSeq - 1, edge))
      }
      records.push(record)
      nextSeq = record.firstSeq + record.count
      edge = {
        fromUs: record.toUs,
        toUs: Math.max(record.toUs, now),
        lastBootNs: record.lastBootNs,
      }
    }
    if (nextSeq < segment.nextSeq)
      records.push(this.#gap(segment, 'spool_corrupt', nextSeq, segment.nextSeq - 1, edge))
    this.#counted.add(segment)
    return records
  }

  #gap(
    segment: Segment,
    reason: LossReason,
    firstSeq: number,
    lastSeq: number,
    edge: { readonly fromUs: number; readonly toUs: number; readonly lastBootNs: number },
  ): SpoolRecord {
    if (!this.#counted.has(segment)) {
      this.damages += 1
      this.lost[reason] += lastSeq - firstSeq + 1
    }
    return gapRecord({ boot: segment.boot, reason, firstSeq, lastSeq, ...edge })
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
    this.lost[reason] += victim.nextSeq - firstLost
    const gap = gapRecord({
      boot: victim.boot,
      reason,
      firstSeq:
        merged === undefined ? firstLost : Math.max(merged.firstSeq, ackedSeq(victim.epoch) + 1),
      lastSeq: victim.nextSeq - 1,
      fromUs: records[0]?.fromUs ?? now,
      toUs: records.at(-1)?.toUs ?? now,
      lastBootNs: records.at(-1)?.lastBootNs ?? 0,
    })
    victim.seal()
    this.#segments[index] = this.#gapSegment(victim, gap)
    if (this.#loaded?.segment === victim) this.#loaded = undefined
    if (merged !== undefined) this.remove((segment) => segment === merged)
    return true
  }

  #gapSegment(victim: Segment, gap: SpoolRecord): Segment {
    const header = { epoch: victim.epoch, firstSeq: gap.firstSeq, boot: victim.boot }
    if (victim instanceof DiskSegment) {
      try {
        return DiskSegment.createGap(victim.path, header, gap)
      } catch {
        // The disk is too full even for this: the gap stays in memory, and the room of the file is needed all the more.
        try {
          victim.remove()
        } catch {
          this.damages += 1
        }
      }
    }
    return new MemorySegment(header, gap)
  }
}
