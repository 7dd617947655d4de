/**
 * Who read or changed what: one line per request of a person, and of those that were refused as many as a log can bear. Called
 * by api.ts at the end of each request and by main's sweeper.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Identity } from './identity.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** Lines about refusals; the rest is counted, and the next line says how many there were. */
export const refusalRate: Rate = { perSecond: 2, burst: 20 }

/** One request that is over, or a stream that has begun. */
export interface AccessFacts {
  /** Undefined for who could not be told. */
  readonly who: Identity | undefined
  /** Where the request came from. */
  readonly address: string
  /** `GET /api/v1/timeline`; the path as documented, never what the client sent. */
  readonly what: string
  /** The namespace asked about; undefined for all of them. */
  readonly namespace: string | undefined
  /** Of the hold that was meant, where one was. */
  readonly id?: string
  readonly status: number
  /** Why it was refused or failed; empty when it was not. */
  readonly detail: string
}

const nameOf = (who: Identity | undefined): string => {
  if (who === undefined) return 'unknown'
  if (who.kind === 'person') return who.user
  return who.kind === 'agent' ? `agent on ${who.node}` : who.kind
}

const outcomeOf = (status: number): 'allowed' | 'refused' | 'failed' => {
  if (status < 400) return 'allowed'
  return status === 401 || status === 403 || status === 429 ? 'refused' : 'failed'
}

export class AccessLog {
  readonly #log: Log
  readonly #bucket: TokenBucket
  #suppressed = 0

  constructor(log: Log, clock: Clock, rate: Rate = refusalRate) {
    this.#log = log
    this.#bucket = new TokenBucket(clock, rate)
  }

  /** Writes the line. Reads by this machine's own programs and by holders of the shared token name nobody: no line. */
  request(facts: AccessFacts): void {
    const { who, address, what, namespace, id, status, detail } = facts
    const outcome = outcomeOf(status)
    const isNamed = who?.kind === 'person' || who?.kind === 'agent'
    if (!isNamed && outcome !== 'refused') return
    if (outcome === 'refused' && !this.#bucket.take()) {
      this.#suppressed += 1
      return
    }
    const line = {
      access: what,
      who: nameOf(who).slice(0, 300),
      address,
      ...(namespace !== undefined && { namespace: namespace.slice(0, 64) }),
      ...(id !== undefined && id !== '' && { id }),
      outcome,
      status,
      ...(detail !== '' && { detail: detail.slice(0, 500) }),
      ...(outcome === 'refused' && this.#takeSuppressed()),
    }
    if (outcome === 'refused') this.#log.warn(line, 'access')
    else this.#log.info(line, 'access')
  }

  /** Owns up to what was suppressed when nothing more is refused. */
  flush(): void {
    if (this.#suppressed === 0 || !this.#bucket.take()) return
    this.#log.warn({ outcome: 'refused', ...this.#takeSuppressed() }, 'access')
  }

  #takeSuppressed(): { readonly suppressed?: number } {
    const suppressed = this.#suppressed
    this.#suppressed = 0
    return suppressed === 0 ? {} : { suppressed }
  }
}
