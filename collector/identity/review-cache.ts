/**
 * Answers of the API server, kept for a while, so that it is asked once and not for every request, and so that its outage
 * does not become ours. One for tokens, one for rights; made by kubernetes-auth.ts and access.ts.
 *
 * Rules: keys are digests, never a token. A yes is kept for a while and never beyond the token's end; a no for a shorter while.
 * Questions about one key that come at once are one request. While the API server cannot be asked, a yes goes on for the grace.
 * Yes and no are kept apart, so that a flood of strangers' tokens drives out nobody who is known.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { KubeError } from '../kube/kube-error.ts'

/** While it fails, the API server is asked about one key at most this often. */
export const retryMs = 2_000

export interface ReviewCacheOptions<Answer> {
  readonly clock: Clock
  readonly isYes: (answer: Answer) => boolean
  readonly yesMs: number
  readonly noMs: number
  /** How long a yes goes on while the API server cannot be asked, from when it was given. */
  readonly graceMs: number
  readonly counts: ReviewCounts
  /** 10,000 by default: two tokens for each of 5,000 agents. */
  readonly maxYes?: number
  readonly maxNo?: number
  /** Requests on their way at once; 64 by default. */
  readonly maxAsking?: number
}

/** What caches have done since the start; shared by all of one collector. */
export interface ReviewCounts {
  /** Requests that were answered from memory, or by a request on its way. */
  remembered: number
  asked: number
  failed: number
  /** Old answers that went on because the API server could not be asked. */
  graced: number
}

/** `unknown`: there is nothing to go by, and why; `wasYes`: an old yes has become too old. `busy`: too many questions. */
export type Looked<Answer> =
  | { readonly kind: 'known'; readonly answer: Answer }
  | { readonly kind: 'unknown'; readonly detail: string; readonly wasYes: boolean }
  | { readonly kind: 'busy' }

interface Entry<Answer> {
  readonly answer: Answer
  /** When it was given; monotonic milliseconds, as `untilMs`. */
  readonly givenMs: number
  /** Until then nobody is asked. */
  readonly untilMs: number
}

export class ReviewCache<Answer> {
  readonly #options: ReviewCacheOptions<Answer>
  readonly #yes: LRUCache<string, Entry<Answer>>
  readonly #no: LRUCache<string, Entry<Answer>>
  /** What could not be asked a moment ago. */
  readonly #failed: LRUCache<string, { readonly detail: string; readonly untilMs: number }>
  readonly #asking = new Map<string, Promise<Looked<Answer>>>()

  constructor(options: ReviewCacheOptions<Answer>) {
    this.#options = options
    const { maxYes = 10_000, maxNo = 1_000 } = options
    this.#yes = new LRUCache({ max: maxYes })
    this.#no = new LRUCache({ max: maxNo })
    this.#failed = new LRUCache({ max: maxNo })
  }

  get size(): number {
    return this.#yes.size + this.#no.size
  }

  /**
   * The answer to what `ask` would ask; `secret` tells questions apart and is not kept. `expiresMs`: when the token ends, Unix
   * milliseconds; what `ask` answers is not used beyond.
   */
  look(
    secret: string,
    ask: () => Promise<Answer>,
    expiresMs = Number.POSITIVE_INFINITY,
  ): Promise<Looked<Answer>> {
    const key = createHash('sha256').update(secret).digest('base64')
    const { clock, counts, maxAsking = 64 } = this.#options
    const nowMs = clock.monotonicMs()
    const leftMs = expiresMs - clock.nowUs() / 1000
    const kept = this.#yes.get(key) ?? this.#no.get(key)
    const asking = this.#asking.get(key)
    const isFresh = kept !== undefined && nowMs < kept.untilMs && leftMs > 0
    if (isFresh || asking !== undefined) counts.remembered += 1
    if (isFresh) return Promise.resolve({ kind: 'known', answer: kept.answer })
    if (asking !== undefined) return asking
    const failed = this.#failed.get(key)
    if (failed !== undefined && nowMs < failed.untilMs)
      return Promise.resolve(this.#withoutAnswer(key, failed.detail, leftMs))
    if (this.#asking.size >= maxAsking) {
      const graced = this.#withoutAnswer(key, '', leftMs)
      return Promise.resolve(graced.kind === 'known' ? graced : { kind: 'busy' })
    }
    const looked = this.#ask(key, ask, expiresMs).finally(() => this.#asking.delete(key))
    this.#asking.set(key, looked)
    return looked
  }

  async #ask(key: string, ask: () => Promise<Answer>, expiresMs: number): Promise<Looked<Answer>> {
    const { clock, counts, isYes, yesMs, noMs } = this.#options
    counts.asked += 1
    try {
      const answer = await ask()
      const givenMs = clock.monotonicMs()
      const isGood = isYes(answer)
      const [kept, other] = isGood ? [this.#yes, this.#no] : [this.#no, this.#yes]
      kept.set(key, { answer, givenMs, untilMs: givenMs + (isGood ? yesMs : noMs) })
      other.delete(key)
      this.#failed.delete(key)
      return { kind: 'known', answer }
    } catch (error) {
      counts.failed += 1
      const detail = error instanceof KubeError ? error.message : 'it could not be asked'
      this.#failed.set(key, { detail, untilMs: clock.monotonicMs() + retryMs })
      return this.#withoutAnswer(key, detail, expiresMs - clock.nowUs() / 1000)
    }
  }

  /** What holds while the API server cannot be asked. */
  #withoutAnswer(key: string, detail: string, leftMs: number): Looked<Answer> {
    const { clock, counts, graceMs } = this.#options
    const known = this.#yes.get(key)
    if (known === undefined) return { kind: 'unknown', detail, wasYes: false }
    if (leftMs <= 0 || clock.monotonicMs() - known.givenMs >= graceMs)
      return { kind: 'unknown', detail, wasYes: true }
    counts.graced += 1
    return { kind: 'known', answer: known.answer }
  }
}
