/**
 * Exponential back-off with full jitter: each delay is drawn uniformly between zero and a bound that doubles from
 * `baseMs` to `capMs`, so that a thousand agents do not return at the same moment.
 */
export interface BackoffOptions {
  readonly baseMs: number
  readonly capMs: number
  /** A number in [0, 1). */
  readonly random?: () => number
}

export class Backoff {
  readonly #options: BackoffOptions
  #attempt = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** How many delays were drawn since the last reset. */
  get attempts(): number {
    return this.#attempt
  }

  /** The next delay in milliseconds, at least 1. */
  nextDelayMs(): number {
    const { baseMs, capMs, random = Math.random } = this.#options
    const boundMs = Math.min(capMs, baseMs * 2 ** Math.min(this.#attempt, 30))
    this.#attempt += 1
    return Math.max(1, Math.round(random() * boundMs))
  }

  /** Call when the connection has been good for a while. */
  reset(): void {
    this.#attempt = 0
  }
}
