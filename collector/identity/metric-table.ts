/** What the collector counts about identity, and where the numbers are kept; registered by main beside the collector's own. */
import {
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import { type RefusalReason, refusalReasons } from './identity.ts'
import type { ReviewCounts } from './review-cache.ts'

/** Where a refused client wanted to go. */
export const doors = ['ingest', 'api'] as const
export type Door = (typeof doors)[number]

export const identityMetricTable = {
  refusals: {
    type: 'counter',
    name: 'mayfly_collector_identity_refusals_total',
    help: 'Requests and connections refused, by where and why; docs/identity.md says what each reason means and what to do.',
    labels: {
      door: { help: '`ingest` for agents, `api` for people', values: doors },
      reason: { help: 'why', values: refusalReasons },
    },
  },
  reviews: {
    type: 'counter',
    name: 'mayfly_collector_identity_reviews_total',
    help: 'Questions to the API server about tokens and rights.',
  },
  reviewsFailed: {
    type: 'counter',
    name: 'mayfly_collector_identity_reviews_failed_total',
    help: 'Those that it did not answer, or not in a way that can be trusted.',
  },
  remembered: {
    type: 'counter',
    name: 'mayfly_collector_identity_remembered_total',
    help: 'Questions answered from memory, or by one on its way.',
  },
  graced: {
    type: 'counter',
    name: 'mayfly_collector_identity_graced_total',
    help: 'Questions for which an older yes went on because the API server could not be asked (--auth-grace).',
  },
} as const satisfies MetricTable

/** Counts refusals and what the caches do; one per collector. */
export class IdentityCounts {
  readonly reviews: ReviewCounts = { remembered: 0, asked: 0, failed: 0, graced: 0 }
  readonly #refusals = new Map<string, number>()

  refused(door: Door, reason: RefusalReason): void {
    const key = `${door} ${reason}`
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1)
  }

  refusals(door: Door, reason: RefusalReason): number {
    return this.#refusals.get(`${door} ${reason}`) ?? 0
  }
}

export const registerIdentityMetrics = (registry: MetricRegistry, counts: IdentityCounts): void => {
  const { reviews } = counts
  const readers: MetricReaders<typeof identityMetricTable> = {
    refusals: () =>
      doors.flatMap((door) =>
        refusalReasons.map((reason) => ({
          labels: { door, reason },
          value: counts.refusals(door, reason),
        })),
      ),
    reviews: () => reviews.asked,
    reviewsFailed: () => reviews.failed,
    remembered: () => reviews.remembered,
    graced: () => reviews.graced,
  }
  registerMetrics(identityMetricTable, registry, readers)
}
