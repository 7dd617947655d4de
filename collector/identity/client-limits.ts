/**
 * How much one client may ask, so that one cannot keep the others out: a rate, and how many at once. A client is an
 * address before it is known and a user afterwards. Called by api.ts for requests and tails, by ingest.ts for connections.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** Clients whose rate is remembered: one that was forgotten begins anew, with a full burst. */
const maxClients = 4_096

export interface ClientLimitsOptions {
  readonly clock: Clock
  /** Undefined limits only how many at once. */
  readonly rate?: Rate
  readonly concurrent: number
}

export type Entered =
  | { readonly kind: 'entered'; readonly leave: () => void }
  | { readonly kind: 'rate' }
  | { readonly kind: 'concurrency' }

export class ClientLimits {
  readonly #options: ClientLimitsOptions
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: maxClients })
  /** Bounded by the connections there are: who has left is not in it. */
  readonly #inside = new Map<string, number>()

  constructor(options: ClientLimitsOptions) {
    this.#options = options
  }

  /** Clients that are inside now. */
  get clients(): number {
    return this.#inside.size
  }

  /** Lets a client in, or says which limit it has reached; `leave` may be called more than once. */
  enter(client: string): Entered {
    const { rate, concurrent } = this.#options
    if (rate !== undefined && !this.#bucketOf(client, rate).take()) return { kind: 'rate' }
    const inside = this.#inside.get(client) ?? 0
    if (inside >= concurrent) return { kind: 'concurrency' }
    this.#inside.set(client, inside + 1)
    let isInside = true
    return {
      kind: 'entered',
      leave: () => {
        if (isInside) this.#left(client)
        isInside = false
      },
    }
  }

  #bucketOf(client: string, rate: Rate): TokenBucket {
    const known = this.#buckets.get(client)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#options.clock, rate)
    this.#buckets.set(client, bucket)
    return bucket
  }

  #left(client: string): void {
    const inside = (this.#inside.get(client) ?? 1) - 1
    if (inside === 0) this.#inside.delete(client)
    else this.#inside.set(client, inside)
  }
}
