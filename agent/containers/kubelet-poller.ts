/**
 * Decides when the kubelet is asked for its pod list. The cache of names says how much it wants to know; this says when.
 *
 * A container whose first process was just seen is unknown to the kubelet's list for a second or so: while one is that young
 * the list is asked for every second, then with a growing, random delay up to 30 s. With nothing to learn, once a minute, as labels
 * and addresses change. A kubelet that fails is asked with the same growing delay.
 */
import { Backoff } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { PodLister } from './kubelet-client.ts'
import { KubeletError } from './kubelet-error.ts'
import { type PodList, parsePods } from './pods.ts'
import { type Schedule, scheduleUnref } from './timer.ts'

/** `young`: something has just begun and is unknown. `waiting`: something has been unknown for long. */
export type Demand = 'none' | 'waiting' | 'young'

export interface KubeletPollerOptions {
  readonly kubelet: PodLister
  readonly clock: Clock
  readonly log: Log
  /** Asked after each answer. */
  readonly demand: () => Demand
  readonly onPods: (list: PodList) => void
  readonly schedule?: Schedule
  readonly random?: () => number
}

export interface KubeletPollerStatus {
  readonly state: 'unasked' | 'ok' | 'failing'
  /** The last failure, also after it was overcome; undefined when there was none. */
  readonly lastError: KubeletError | undefined
  readonly asks: number
  readonly failures: number
  /** Pods and containers that were not of the expected shape, in all lists. */
  readonly skipped: number
  /** Size of the last answer. */
  readonly sizeBytes: number
}

/** Shortest time between two asks. */
const gapMsMin = 1000
/** Parsing 2 MiB takes some 20 ms: at this pace a large node's list costs about 2 % of a core. */
const bytesPerMsMax = 2048
const backoffCapMs = 30_000
const slowIntervalMs = 60_000

export class KubeletPoller {
  readonly #options: KubeletPollerOptions
  readonly #schedule: Schedule
  readonly #random: () => number
  readonly #backoff: Backoff
  #cancel: (() => void) | undefined
  #closed = false
  #asking = false
  #askedMs = Number.NEGATIVE_INFINITY
  /** When the running delay ends, as drawn after the last answer. */
  #delayMs = 0
  #status: KubeletPollerStatus = {
    state: 'unasked',
    lastError: undefined,
    asks: 0,
    failures: 0,
    skipped: 0,
    sizeBytes: 0,
  }

  constructor(options: KubeletPollerOptions) {
    this.#options = options
    this.#schedule = options.schedule ?? scheduleUnref
    this.#random = options.random ?? Math.random
    this.#backoff = new Backoff({ baseMs: gapMsMin, capMs: backoffCapMs, random: this.#random })
  }

  get status(): KubeletPollerStatus {
    return this.#status
  }

  /** Asks at once, and from then on as often as is useful. */
  start(): void {
    this.#plan()
  }

  /** Something new is unknown: asks as soon as the rules allow. */
  poke(): void {
    if (!this.#asking) this.#plan()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #plan(): void {
    if (this.#closed) return
    this.#cancel?.()
    const sinceMs = this.#options.clock.monotonicMs() - this.#askedMs
    this.#cancel = this.#schedule(Math.max(0, this.#wantedDelayMs() - sinceMs), () => {
      this.#cancel = undefined
      void this.#ask()
    })
  }

  /** From the last ask to the next one. */
  #wantedDelayMs(): number {
    const { state, sizeBytes } = this.#status
    if (state === 'unasked') return 0
    const gapMs = Math.max(gapMsMin, sizeBytes / bytesPerMsMax)
    if (state === 'failing') return Math.max(gapMs, this.#delayMs)
    const demand = this.#options.demand()
    if (demand === 'young') return gapMs
    return Math.max(gapMs, demand === 'waiting' ? this.#delayMs : slowIntervalMs)
  }

  async #ask(): Promise<void> {
    const { clock, kubelet } = this.#options
    this.#asking = true
    this.#askedMs = clock.monotonicMs()
    try {
      const answer = await kubelet.listPods()
      if (this.#closed) return
      const list = parsePods(answer.items)
      this.#succeeded(list, answer.sizeBytes)
    } catch (error) {
      if (!(error instanceof KubeletError)) throw error
      this.#failed(error)
    } finally {
      this.#asking = false
    }
    this.#plan()
  }

  #succeeded(list: PodList, sizeBytes: number): void {
    const before = this.#status
    this.#status = {
      ...before,
      state: 'ok',
      asks: before.asks + 1,
      skipped: before.skipped + list.skipped,
      sizeBytes,
    }
    if (before.state !== 'ok')
      this.#options.log.info(
        { pods: list.pods.length },
        'the kubelet answers: names come from its pod list',
      )
    this.#options.onPods(list)
    if (before.state !== 'ok' || this.#options.demand() !== 'waiting') this.#backoff.reset()
    this.#delayMs = this.#backoff.nextDelayMs()
  }

  #failed(error: KubeletError): void {
    const before = this.#status
    const asks = before.asks + 1
    const failures = before.failures + 1
    this.#status = { ...before, state: 'failing', lastError: error, asks, failures }
    if (before.state !== 'failing') this.#backoff.reset()
    if (before.state !== 'failing' || before.lastError?.code !== error.code)
      this.#options.log.warn({ code: error.code }, error.message)
    this.#delayMs = this.#backoff.nextDelayMs()
  }
}
