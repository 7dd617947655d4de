/** So many at once and so many per second: the measure of rates for clients and for log lines. */
import type { Clock } from '#base/clock.ts'

export interface Rate {
  readonly perSecond: number
  /** As many may come at once after a quiet time. */
  readonly burst: number
}

export class TokenBucket {
  readonly #clock: Clock
  readonly #rate: Rate
  #left: number
  #atMs: number

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock
    this.#rate = rate
    this.#left = rate.burst
    this.#atMs = clock.monotonicMs()
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs()
    const { perSecond, burst } = this.#rate
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
