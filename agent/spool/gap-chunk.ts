/**
 * Gaps that stand in the place of lost events. Rule: the sequence stays provable. A gap that replaces the numbers first to
 * last is one event with number `last` and `lost` = last - first + 1; receivers accept a jump in the sequence only to such
 * a gap (docs/wire.md).
 */
import { encodeChunk } from '#proto/codec.ts'
import { eventKinds, type GapEvent, type GapReason } from '#proto/event.ts'
import type { SpoolRecord } from './segment-format.ts'

/** Everything but other gaps may be missing when a whole stretch is. */
const affects = eventKinds.filter((kind) => kind !== 'gap')

export interface LostStretch {
  readonly boot: string
  readonly reason: GapReason
  readonly firstSeq: number
  /** Last number replaced. */
  readonly lastSeq: number
  readonly fromUs: number
  readonly toUs: number
  readonly lastBootNs: number
}

/** The event; `lost` null when nobody can know. */
export const gapEvent = (
  stretch: Pick<LostStretch, 'reason' | 'fromUs' | 'toUs' | 'lastBootNs'>,
  lost: number | null,
): GapEvent => ({
  kind: 'gap',
  timeUs: stretch.toUs,
  bootNs: stretch.lastBootNs,
  source: 'ebpf',
  containerId: '',
  podUid: '',
  reason: stretch.reason,
  lost,
  fromUs: stretch.fromUs,
  toUs: stretch.toUs,
  affects,
})

/** The record that takes the place of a lost stretch. */
export const gapRecord = (stretch: LostStretch): SpoolRecord => {
  const { boot, firstSeq, lastSeq, fromUs, toUs, lastBootNs } = stretch
  const count = lastSeq - firstSeq + 1
  const event = gapEvent(stretch, count)
  const chunk = encodeChunk({
    firstSeq: lastSeq,
    boot,
    ringId: 0,
    ringPosition: 0,
    events: [event],
  })
  return { firstSeq, count, ringId: 0, ringPosition: 0, fromUs, toUs, lastBootNs, chunk }
}
