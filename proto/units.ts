/**
 * What an event counts for in the ledger, so that its numbers add up: captured = stored + filtered + gaps + expired + in
 * flight (docs/reliability.md). Agent and collector count by this one rule.
 */
import type { Event } from './event.ts'
import type { Totals } from './frame.ts'

/**
 * Units of an event: how many occurrences it stands for, those that a gap owns up to included. Names, hashes, coverage and what
 * Kubernetes says of pods are facts about others and count for nothing, as does a gap of which nobody knows how much it hides.
 */
export const unitsOf = (event: Event): number => {
  switch (event.kind) {
    case 'exec':
    case 'exit':
    case 'listen':
      return 1
    case 'connect':
    case 'accept':
    case 'close':
    case 'dns':
      return event.count
    case 'gap':
      return event.lost ?? 0
    case 'container':
    case 'pod':
    case 'file':
    case 'coverage':
      return 0
  }
}

/** Gaps among some events of which nobody knows how much they hide. */
export const unknownGapsIn = (events: readonly Event[]): number =>
  events.reduce((sum, event) => sum + (event.kind === 'gap' && event.lost === null ? 1 : 0), 0)

/** The sum over some events. */
export const unitsOfAll = (events: readonly Event[]): number =>
  events.reduce((sum, event) => sum + unitsOf(event), 0)

/** Units that events between two totals have to stand for: what was captured and not filtered. */
export const unitsBetween = (before: Totals, after: Totals): number =>
  after.captured - after.filtered - (before.captured - before.filtered)
