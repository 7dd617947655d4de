/** What a statistic is, and what it is given and gives; the contract between the files here and detection.ts. Types only. */
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import type { EventKind } from '#proto/event.ts'

/** What a hit becomes a finding of. Nothing here is proven quiet yet: incubating, and low. */
export interface StatisticRule {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly severity: 'low'
  readonly maturity: 'incubating'
  readonly mitre: readonly string[]
}

export interface StatisticContext {
  /**
   * When the event happened, Unix microseconds, by its node's clock. Times may step back, come seconds out of order, and, after an
   * outage, hours late beside fresh ones: no statistic takes the latest event for the present.
   */
  readonly timeUs: number
  /** The peer is part of what is normal for the workload. */
  readonly isKnownPeer: (event: TimelineConnection) => boolean
}

export interface Hit {
  /** What tells hits of one workload and container apart. */
  readonly key: Readonly<Record<string, string>>
  /** Plain words, without the place: `failed to connect to 25 addresses on port 22 within 5 min`. */
  readonly reason: string
}

/** One kind of statistics: takes every event of its kinds, tells what is out of the ordinary. Bounded. */
export interface Statistic {
  readonly rule: StatisticRule
  readonly kinds: readonly EventKind[]
  /** At most one hit per key and window. Total: it never throws. */
  take(event: TimelineEvent, context: StatisticContext): Hit | undefined
  /** Things followed now, and those forgotten for lack of room. */
  readonly size: number
  readonly evicted: number
}
