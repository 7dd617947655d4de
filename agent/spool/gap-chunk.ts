/**
 * Gaps that stand in the place of lost events. Rule: the sequence stays provable. A gap that replaces the numbers first to
 * last is one event with number `last` and `replaces` = last - first + 1; receivers accept a jump in the sequence only to
 * such a gap (docs/wire.md). How many events it hides is the difference of the totals at both ends.
 */
import { encodeChunk } from '#proto/codec.ts'
import { allButGaps, type GapEvent, type GapReason } from '#proto/event.ts'
import type { Totals } from '#proto/frame.ts'
import { unitsBetween } from '#proto/units.ts'
import type { SpoolRecord } from './segment-format.ts'

export interface LostStretch {
  readonly boot: string
  readonly reason: GapReason
  readonly firstSeq: number
  /** Last number replaced. */
  readonly lastSeq: number
  readonly fromUs: number
  readonly toUs: number
  readonly lastBootNs: number
  /** Totals at its begin; undefined when nothing here tells. The collector then finds out. */
  readonly before: Totals | undefined
  readonly after: Totals
}

/** The event; `lost` null when nobody can know. */
export const gapEvent = (
  stretch: Pick<LostStretch, 'reason' | 'fromUs' | 'toUs' | 'lastBootNs'>,
  lost: number | null,
  replaces = 1,
): GapEvent => ({
  kind: 'gap',
  timeUs: stretch.toUs,
  bootNs: stretch.lastBootNs,
  source: 'ebpf',
  containerId: '',
  podUid: '',
  reason: stretch.reason,
  lost,
  replaces,
  fromUs: stretch.fromUs,
  toUs: stretch.toUs,
  affects: allButGaps,
})

/**
 * What stands in the place of a stretch, the last event under its last number. Where the stretch had gaps of which nobody knows
 * how much they hide, another one says so beside the number that is known.
 */
const gapEvents = (stretch: LostStretch): readonly GapEvent[] => {
  const { firstSeq, lastSeq, before, after } = stretch
  const count = lastSeq - firstSeq + 1
  if (before === undefined) return [gapEvent(stretch, null, count)]
  const lost = Math.max(0, unitsBetween(before, after))
  if (after.unknownGaps === before.unknownGaps) return [gapEvent(stretch, lost, count)]
  if (count === 1) return [gapEvent(stretch, null)]
  return [gapEvent(stretch, lost, count - 1), gapEvent(stretch, null)]
}

/** The record that takes the place of a lost stretch. */
export const gapRecord = (stretch: LostStretch): SpoolRecord => {
  const { boot, firstSeq, lastSeq, fromUs, toUs, lastBootNs, before, after } = stretch
  const count = lastSeq - firstSeq + 1
  const events = gapEvents(stretch)
  const chunk = encodeChunk({
    firstSeq: lastSeq - events.length + 1,
    boot,
    ringId: 0,
    ringPosition: 0,
    events,
  })

  return {
    ...{ firstSeq, count, ringId: 0, ringPosition: 0, fromUs, toUs, lastBootNs },
    ...{ before: before ?? after, after, chunk },
  }
}
