/**
 * Holds what an agent sends against what it says it counted. Pure; session.ts calls it for each batch. Rule: the totals that come
 * out of here continue without a hole, so that an audit finds whatever the events do not account for.
 */
import type { Chunk, Event, GapEvent } from '#proto/event.ts'
import type { Totals } from '#proto/frame.ts'
import { unitsBetween, unitsOfAll, unknownGapsIn } from '#proto/units.ts'
import type { AgentChunk } from '../store/store.ts'

/**
 * A gap whose number the totals tell better than its sender: it stands for a stretch of which a part may be here already, or
 * for an event that this version does not understand, or nobody knows it, and then the totals say that too.
 */
const isOpen = (event: Event): event is GapEvent =>
  event.kind === 'gap' && (event.replaces > 1 || event.lost === null)

/** What a batch has to account for beside what is certain in it. */
interface Missing {
  units: number
  /** Gaps of which nobody knows how much they hide. */
  unknown: number
}

/** An open gap with its number: the first one takes all that is missing, further ones hide nothing beyond. */
const closeGap = (gap: GapEvent, missing: Missing, isAlone: boolean): readonly GapEvent[] => {
  if (gap.replaces === 1 && missing.unknown > 0) {
    missing.unknown -= 1
    return [{ ...gap, lost: null }]
  }
  const lost = Math.max(0, (gap.lost ?? 0) + missing.units)
  missing.units -= lost - (gap.lost ?? 0)
  if (missing.unknown === 0 || !isAlone) return [{ ...gap, lost }]
  // Within the stretch was a gap of which nobody knows how much it hid.
  missing.unknown = 0
  return [
    { ...gap, lost, replaces: gap.replaces - 1 },
    { ...gap, lost: null, replaces: 1 },
  ]
}

const closeGaps = (chunks: readonly Chunk[], before: Totals, after: Totals): readonly Chunk[] => {
  const all = chunks.flatMap(({ events }) => events)
  const open = all.filter(isOpen)
  if (open.length === 0) return chunks
  const missing = {
    units: unitsBetween(before, after) - unitsOfAll(all),
    unknown: after.unknownGaps - before.unknownGaps,
  }
  const isAlone = open.every(({ replaces }) => replaces > 1)
  return chunks.map((chunk) => {
    if (!chunk.events.some(isOpen)) return chunk
    const events = chunk.events.flatMap((event): readonly Event[] =>
      isOpen(event) ? closeGap(event, missing, isAlone) : [event],
    )
    // A gap that became two takes one of the numbers that it stands for.
    return { ...chunk, events, firstSeq: chunk.firstSeq - (events.length - chunk.events.length) }
  })
}

/** The chunks of a batch with the totals at both ends of each; the last one ends where the agent says the batch does. */
export const withTotals = (
  chunks: readonly Chunk[],
  before: Totals,
  after: Totals,
): readonly (Chunk & Pick<AgentChunk, 'before' | 'after'>)[] => {
  let reached = before
  const closed = closeGaps(chunks, before, after)
  return closed.map((chunk, index) => {
    const from = reached
    const captured = reached.captured + unitsOfAll(chunk.events)
    const unknownGaps = reached.unknownGaps + unknownGapsIn(chunk.events)
    reached = index === closed.length - 1 ? after : { ...reached, captured, unknownGaps }
    return { ...chunk, before: from, after: reached }
  })
}
