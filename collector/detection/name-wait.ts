/**
 * What matched a rule before its container had names: detection.ts judges it again once it has them. Of one epoch nothing overtakes what
 * waits, as a finding knows which events it has counted by the highest number among them (findings/occurrence.ts).
 */
import type { Clock } from '#base/clock.ts'
import type { TimelineEvent } from '#proto/api.ts'
import type { ProcessView } from './processes.ts'
import { epochKey } from './progress.ts'

/** How long an event waits at most; the kubelet tells names within a second or two. */
export const maxNameWaitMs = 2_000
/** Events that wait, of all epochs; beyond them the oldest are judged by what is known. */
const maxWaiting = 2_000

interface Waiting {
  readonly event: TimelineEvent
  /** What was known of processes when it came. */
  readonly view: ProcessView
  readonly sinceMs: number
}

export interface NameWaitOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly isNamed: (event: TimelineEvent) => boolean
  /** Called once for each event, in their order within an epoch. */
  readonly judge: (event: TimelineEvent, view: ProcessView) => void
  readonly maxWaiting?: number
}

export class NameWait {
  readonly #options: NameWaitOptions
  readonly #byEpoch = new Map<string, Waiting[]>()
  #size = 0

  constructor(options: NameWaitOptions) {
    this.#options = options
  }

  /** Epochs of which something waits. */
  get epochs(): ReadonlySet<string> {
    return new Set(this.#byEpoch.keys())
  }

  /** Something of the event's epoch waits, so that this one has to wait, too. */
  holds(event: TimelineEvent): boolean {
    return this.#byEpoch.has(epochKey(event))
  }

  add(event: TimelineEvent, view: ProcessView): void {
    if (this.#size >= (this.#options.maxWaiting ?? maxWaiting)) this.#judgeOldest()
    const key = epochKey(event)
    const queue = this.#byEpoch.get(key) ?? []
    this.#byEpoch.set(key, queue)
    queue.push({ event, view, sinceMs: this.#options.clock.monotonicMs() })
    this.#size += 1
  }

  /** Judges what has its names now or has waited long enough, and what waited only for that. */
  tick(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const [key, queue] of this.#byEpoch) {
      const held = queue.findIndex(
        ({ event, sinceMs }) => nowMs - sinceMs < maxNameWaitMs && !this.#options.isNamed(event),
      )
      this.#judge(key, held < 0 ? queue.length : held)
    }
  }

  /** Judges everything by what is known. */
  flush(): void {
    for (const [key, queue] of this.#byEpoch) this.#judge(key, queue.length)
  }

  /** Of the epoch that has waited longest. */
  #judgeOldest(): void {
    const [first] = this.#byEpoch.keys()
    if (first !== undefined) this.#judge(first, 1)
  }

  #judge(key: string, count: number): void {
    const queue = this.#byEpoch.get(key) ?? []
    const due = queue.splice(0, count)
    this.#size -= due.length
    if (queue.length === 0) this.#byEpoch.delete(key)
    for (const { event, view } of due) this.#options.judge(event, view)
  }
}
