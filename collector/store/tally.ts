/**
 * What events count for, by kind and by reason: sums of `unitsOf` (proto/units.ts) for the ledger. Pure; rows of `acked` are
 * made of it, and row-counts.ts finds the same by counting what is stored.
 */
import type { Event } from '#proto/event.ts'
import { unitsOf } from '#proto/units.ts'

/** Numbers by name: of a kind of event, or of a gap's reason. A name that is absent counts for nothing. */
export type Counts = Readonly<Record<string, number>>

export interface Tally {
  /** Units by kind, those of gaps left out. */
  readonly units: Counts
  /** Units that gaps own up to, by reason. */
  readonly lost: Counts
  /** Gaps of which nobody knows how much they hide, by reason. */
  readonly lostUnknown: Counts
}

export const emptyTally: Tally = { units: {}, lost: {}, lostUnknown: {} }

export const sumOf = (counts: Counts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Name by name; what comes to nothing is left out. */
const combine = (a: Counts, b: Counts, sign: 1 | -1): Counts => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  const entries = [...names].map((name) => [name, (a[name] ?? 0) + sign * (b[name] ?? 0)] as const)
  return Object.fromEntries(entries.filter(([, count]) => count !== 0))
}

export const add = (a: Counts, b: Counts): Counts => combine(a, b, 1)
export const subtract = (a: Counts, b: Counts): Counts => combine(a, b, -1)

export const addTallies = (a: Tally, b: Tally): Tally => ({
  units: add(a.units, b.units),
  lost: add(a.lost, b.lost),
  lostUnknown: add(a.lostUnknown, b.lostUnknown),
})

export const subtractTallies = (a: Tally, b: Tally): Tally => ({
  units: subtract(a.units, b.units),
  lost: subtract(a.lost, b.lost),
  lostUnknown: subtract(a.lostUnknown, b.lostUnknown),
})

export const tallyOf = (events: readonly Event[]): Tally => {
  const units: Record<string, number> = {}
  const lost: Record<string, number> = {}
  const lostUnknown: Record<string, number> = {}
  for (const event of events) {
    const isGap = event.kind === 'gap'
    const gapCounts = isGap && event.lost === null ? lostUnknown : lost
    const counts = isGap ? gapCounts : units
    const count = counts === lostUnknown ? 1 : unitsOf(event)
    const name = isGap ? event.reason : event.kind
    if (count > 0) counts[name] = (counts[name] ?? 0) + count
  }
  return { units, lost, lostUnknown }
}
