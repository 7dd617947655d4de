/**
 * Notices an engine that is there and does not answer: stopped, or stuck. embedded-engine.ts starts one per child, says what it
 * hears of, and kills a child that is taken for hung, as it would be restarted after any other death.
 *
 * Rule: statements may take minutes, so only pings are timed, which the child answers beside whatever it is doing.
 */
import { type Agent, get } from 'node:http'

export interface EngineWatchOptions {
  /** Resolves when the engine answers; rejects when it does not within `intervalMs`. */
  readonly ping: (timeoutMs: number) => Promise<void>
  /** It did not answer for so long; 0 when it answers again. */
  readonly silent: (ms: number) => void
  /** It did not answer for `hungMs`. Called once. */
  readonly hung: () => void
  /** Between pings, and how long one may take; 5 s by default. */
  readonly intervalMs?: number
  /** Silence after which it is taken for hung; 60 s by default. */
  readonly hungMs?: number
  readonly monotonicMs: () => number
}

export class EngineWatch {
  readonly #options: EngineWatchOptions
  readonly #timer: NodeJS.Timeout
  #heardMs: number
  #isSilent = false
  #isAsking = false

  constructor(options: EngineWatchOptions) {
    this.#options = options
    this.#heardMs = options.monotonicMs()
    this.#timer = setInterval(() => void this.#ask(), options.intervalMs ?? 5_000)
    this.#timer.unref()
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    const { ping, silent, hung, monotonicMs, intervalMs = 5_000, hungMs = 60_000 } = this.#options
    this.#isAsking = true
    try {
      await ping(intervalMs)
      this.#heardMs = monotonicMs()
      if (this.#isSilent) silent(0)
      this.#isSilent = false
    } catch {
      const ms = monotonicMs() - this.#heardMs
      this.#isSilent = true
      silent(ms)
      if (ms < hungMs) return
      this.stop()
      hung()
    } finally {
      this.#isAsking = false
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** One ping over the engine's socket. */
export const pingEngine = (agent: Agent, timeoutMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = get(
      { agent, host: 'engine', path: '/ping', timeout: timeoutMs },
      (response) => {
        response.resume()
        response.once('end', resolve)
      },
    )
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.once('error', reject)
  })
