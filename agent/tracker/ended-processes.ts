/**
 * What little must be remembered of a process after its end: the kernel closes its sockets after its exit, and a
 * connection may outlive it by the time its peer takes to answer. Owned by the tracker.
 */
import { LRUCache } from 'lru-cache'
import type { ProcessKey } from '#proto/event.ts'

export interface EndedProcess {
  readonly exe: string
  readonly containerId: string
  readonly podUid: string
}

/** At 1,000 exits per second some 16 s; about 150 bytes each. */
const endedMax = 16_384

export class EndedProcesses {
  readonly #ended = new LRUCache<string, EndedProcess>({
    max: endedMax,
    dispose: (_process, _key, reason) => {
      if (reason === 'evict') this.#evicted += 1
    },
  })
  #evicted = 0

  /** Processes forgotten for newer ones, since the start: all but the last of a busy node. */
  get evicted(): number {
    return this.#evicted
  }

  remember(key: ProcessKey, { exe, containerId, podUid }: EndedProcess): void {
    this.#ended.set(`${key.pid}:${key.startNs}`, { exe, containerId, podUid })
  }

  get(key: ProcessKey): EndedProcess | undefined {
    return this.#ended.get(`${key.pid}:${key.startNs}`)
  }
}
