/**
 * Brings what the API server's Events tell of pods to the store: each state of each Event once per run, in batches, waiting while
 * the store does not answer. Called by cluster.ts.
 */
import { LRUCache } from 'lru-cache'
import type { PodEventRecord } from '../store/store.ts'
import type { WorkloadName } from './owners.ts'

/** As the API server tells it. */
export type ToldPodEvent = Omit<PodEventRecord, 'workload' | 'workloadType'>

/** Waiting for the store; some 1 KB each. What is older goes first, as it is in the API server for an hour anyway. */
export const maxPending = 10_000
/** Events whose last state is remembered. */
const maxSeen = 50_000
/** In one statement. */
const maxBatch = 1_000

export interface PodEventWriterOptions {
  /** Asked late: an Event may be listed before the controller of its pod. */
  readonly workloadOf: (namespace: string, pod: string) => WorkloadName | undefined
  readonly write: (records: readonly PodEventRecord[]) => Promise<void>
  /** Told once they are stored. */
  readonly onStored: (records: readonly PodEventRecord[]) => void
}

export class PodEventWriter {
  readonly #options: PodEventWriterOptions
  /** The highest count told, by Event. */
  readonly #seen = new LRUCache<string, number>({ max: maxSeen })
  readonly #pending: ToldPodEvent[] = []
  /** Stored. */
  stored = 0
  /** Had to go because the store did not answer for too long. */
  givenUp = 0

  constructor(options: PodEventWriterOptions) {
    this.#options = options
  }

  get pending(): number {
    return this.#pending.length
  }

  add(record: ToldPodEvent): void {
    if ((this.#seen.get(record.uid) ?? 0) >= record.count) return
    this.#seen.set(record.uid, record.count)
    this.#pending.push(record)
    if (this.#pending.length <= maxPending) return
    this.#pending.shift()
    this.givenUp += 1
  }

  /** Writes what waits; rejects while the store does not take it, and the next call tries again. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, maxBatch)
      const unknown: WorkloadName = { workload: '', workloadType: '' }
      const records = batch.map((one) => ({
        ...one,
        ...(this.#options.workloadOf(one.namespace, one.pod) ?? unknown),
      }))
      await this.#options.write(records)
      // What had to go meanwhile was the oldest of these.
      const gone = new Set(batch)
      this.#pending.splice(0, this.#pending.findLastIndex((one) => gone.has(one)) + 1)
      this.stored += batch.length
      this.#options.onStored(records)
    }
  }
}
