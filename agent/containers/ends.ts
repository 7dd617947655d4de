/**
 * How containers ended, where only the kubelet tells: `OOMKilled`, `ContainerCannotRun`… What their processes' exits say anyway
 * (`Completed`, `Error`) is left to them. Fed with the kubelet's lists and with the ends that the tracker sees; asks for
 * a list soon after each end. Called by containers.ts and the tracker.
 *
 * Each end is told once in a run of the agent. A run begins where the one before it ended (`sinceUs`), so that a list which names
 * last week's end for as long as the pod lives says nothing new after a restart.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import type { Demand } from './kubelet-poller.ts'
import type { ContainerEnd, PodList } from './pods.ts'

/** Ends told, and ends seen that no list has named: no more than a node has containers in an hour of crash loops. */
const endsMax = 16_384
/** The kubelet looks at its containers every second, and writes down what it found within a few. */
const awaitMs = 10_000
/** What exits say of themselves. */
const toldByExits: readonly string[] = ['Completed', 'Error']

export interface ToldEnd extends ContainerEnd {
  readonly containerId: string
  readonly podUid: string
  /** Boot time at which its cgroup went, where that was seen: exact, where the kubelet knows seconds. */
  readonly bootNs: number | undefined
}

export interface ContainerEndsOptions {
  readonly clock: Clock
  /** True when there is a kubelet, whose lists will come through learn(). */
  readonly kubelet: boolean
  /** Ends before it are the business of an earlier run, Unix microseconds. */
  readonly sinceUs: number
  readonly onEnd: (end: ToldEnd) => void
  /** A container has ended: the kubelet is worth asking. */
  readonly onAwaited: () => void
}

export class ContainerEnds {
  readonly #options: ContainerEndsOptions
  /** Boot time of ends that were seen, by container. */
  readonly #seen = new LRUCache<string, number>({ max: endsMax })
  readonly #told = new LRUCache<string, true>({ max: endsMax })
  /** When each end was seen whose reason is not known yet, monotonic, oldest first. */
  readonly #awaited = new Map<string, number>()

  constructor(options: ContainerEndsOptions) {
    this.#options = options
  }

  /** A container's own cgroup is gone. */
  ended(containerId: string, bootNs: number): void {
    if (!this.#options.kubelet) return
    this.#seen.set(containerId, bootNs)
    if (this.#awaited.size < endsMax)
      this.#awaited.set(containerId, this.#options.clock.monotonicMs())
    this.#options.onAwaited()
  }

  /** Takes in a list of the kubelet. */
  learn(list: PodList): void {
    for (const { uids, ends } of list.pods)
      for (const [containerId, end] of ends) {
        this.#awaited.delete(containerId)
        this.#tell(containerId, uids[0] ?? '', end)
      }
    const nowMs = this.#options.clock.monotonicMs()
    for (const [containerId, seenMs] of this.#awaited)
      if (nowMs - seenMs >= awaitMs) this.#awaited.delete(containerId)
  }

  /** How much the kubelet's next list is wanted. */
  demand(): Demand {
    return this.#awaited.size > 0 ? 'young' : 'none'
  }

  #tell(containerId: string, podUid: string, end: ContainerEnd): void {
    if (toldByExits.includes(end.reason) || this.#told.has(containerId)) return
    const bootNs = this.#seen.get(containerId)
    const isOld = end.finishedUs === undefined || end.finishedUs < this.#options.sinceUs
    if (bootNs === undefined && isOld) return
    this.#told.set(containerId, true)
    this.#options.onEnd({ ...end, containerId, podUid, bootNs })
  }
}
