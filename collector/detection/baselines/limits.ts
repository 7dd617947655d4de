/** How much a baseline holds, and when it is known; each can be set for a test, and the last three by a flag. */
import type { ItemKind } from '#proto/baseline.ts'

export interface BaselineLimits {
  /** Items of a kind. More than that is no pattern: the kind is neither learnt nor judged, and this is shown. */
  readonly items: Readonly<Record<ItemKind, number>>
  /** Shapes of one executable's arguments; with more, any arguments are normal for it. */
  readonly shapes: number
  /** What was seen outside a locked baseline and is listed with it. */
  readonly outside: number
  /** Containers whose lives are followed at once. */
  readonly lives: number
  /** Microseconds from the first event until it may lock. */
  readonly learnUs: number
  /** Complete lives until it may lock; runs of a CronJob. */
  readonly completeLives: number
  readonly completeRuns: number
}

export const dayUs = 86_400_000_000

export const baselineLimits: BaselineLimits = {
  items: { exec: 1_000, pair: 500, peer: 500, port: 50, domain: 500 },
  shapes: 50,
  outside: 200,
  lives: 200,
  learnUs: dayUs,
  completeLives: 3,
  completeRuns: 5,
}
