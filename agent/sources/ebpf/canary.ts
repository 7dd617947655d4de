/**
 * A probe that sees nothing looks like a quiet machine. So at start and every minute the agent executes a small program
 * of its own and requires to see it in the ring: a blind probe reports itself. Driven by the agent's loop, which calls
 * tick() now and then; the tracker asks isCanary() of each exec's arguments, and filters and counts what it owns to.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'

/** Monotonic milliseconds between which nothing proves that the probe saw anything. */
export interface BlindRange {
  readonly fromMs: number
  readonly toMs: number
}

export interface CanaryOptions {
  /** CLOCK_MONOTONIC milliseconds. */
  readonly monotonicMs: () => number
  /** Called for each canary that was missed, and once more when one is seen again; ranges do not overlap. */
  readonly onBlind: (range: BlindRange) => void
  /** Default one minute. */
  readonly intervalMs?: number
  /** How long a canary may take from start to sight; default 10 s, of which a drain takes 50 ms. */
  readonly boundMs?: number
  /** Runs a program with this as its only argument; throws when it cannot. Default: `true`. */
  readonly launch?: (nonce: string) => void
}

const prefix = 'mayfly-canary-'
/** Programs that end at once; Node itself is the last resort where an image has neither. */
const candidates = ['/bin/true', '/usr/bin/true'] as const

export const launchCanary = (nonce: string): void => {
  const program = candidates.find((path) => existsSync(path))
  const child =
    program === undefined
      ? spawn(process.execPath, ['--version', nonce], { stdio: 'ignore' })
      : spawn(program, [nonce], { stdio: 'ignore' })
  // It shows in the ring or it does not: that, and nothing else, is the outcome.
  child.on('error', () => {})
  child.unref()
}

export class Canary {
  readonly #options: CanaryOptions
  readonly #intervalMs: number
  readonly #boundMs: number
  readonly #launch: (nonce: string) => void
  /** The canary in flight; empty for none. */
  #nonce = ''
  /** The last one that was overdue: when it comes after all, it is still no event. */
  #missed = ''
  #startedMs = 0
  #dueMs: number
  #lastSeenMs: number
  /** Up to here sight is proven, or blindness reported. */
  #settledMs: number
  #blind = false
  #launchFailures = 0

  constructor(options: CanaryOptions) {
    this.#options = options
    this.#intervalMs = options.intervalMs ?? 60_000
    this.#boundMs = options.boundMs ?? 10_000
    this.#launch = options.launch ?? launchCanary
    this.#dueMs = options.monotonicMs()
    this.#settledMs = this.#dueMs
    this.#lastSeenMs = this.#dueMs
  }

  /** True from a missed canary until the next one that is seen. */
  get blind(): boolean {
    return this.#blind
  }

  /**
   * Since the last canary was seen. Until one was, since it was made: a probe that is blind from the start must not look like one that
   * nobody tests.
   */
  get ageMs(): number {
    return this.#options.monotonicMs() - this.#lastSeenMs
  }

  /** Canaries that could not be started: they prove nothing about the probe. */
  get launchFailures(): number {
    return this.#launchFailures
  }

  /** Starts one when it is time, and notices when one is overdue. Cheap; call it after each drain. */
  tick(): void {
    const nowMs = this.#options.monotonicMs()
    if (this.#nonce !== '' && nowMs - this.#startedMs > this.#boundMs) {
      this.#missed = this.#nonce
      this.#nonce = ''
      this.#blind = true
      this.#reportBlind(nowMs)
      // A blind probe is asked again at once, not after a minute.
      this.#dueMs = nowMs
    }
    if (this.#nonce !== '' || nowMs < this.#dueMs) return
    this.#dueMs = nowMs + this.#intervalMs
    const nonce = `${prefix}${randomBytes(8).toString('hex')}`
    try {
      this.#launch(nonce)
    } catch {
      this.#launchFailures += 1
      return
    }
    this.#startedMs = nowMs
    this.#nonce = nonce
  }

  /**
   * True for the arguments of this agent's canary, once; notes that it came. The nonce is secret until it runs and good
   * for one exec, so that nobody hides behind it.
   */
  isCanary(argv: readonly string[]): boolean {
    const last = argv.at(-1)
    if (last === undefined || last === '') return false
    if (last === this.#nonce) {
      this.#see()
      return true
    }
    if (last !== this.#missed) return false
    this.#missed = ''
    return true
  }

  #see(): void {
    if (this.#blind) this.#reportBlind(this.#startedMs)
    this.#blind = false
    this.#nonce = ''
    this.#lastSeenMs = this.#options.monotonicMs()
    this.#settledMs = this.#startedMs
  }

  #reportBlind(toMs: number): void {
    this.#options.onBlind({ fromMs: this.#settledMs, toMs })
    this.#settledMs = toMs
  }
}
