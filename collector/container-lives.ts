/**
 * When containers began, as far as it was seen: for workload-counts.ts, which counts starts and measures lives. An agent tells
 * `started` of every container that it hears of, also of those that ran before it came; what the container does next tells
 * these apart, because the first process of such a one comes from the agent's look around (`snapshot`).
 */
import { LRUCache } from 'lru-cache'
import type { Event } from '#proto/event.ts'

/** As many as there are names of. */
const maxContainers = 50_000

/** `announced`: not yet known whether it just began. `seen`: it began then. `before`: it ran already. */
type Life =
  | { readonly state: 'announced' | 'seen'; readonly startedUs: number }
  | { readonly state: 'before' }

const before: Life = { state: 'before' }

export class ContainerLives {
  readonly #byKey = new LRUCache<string, Life>({
    max: maxContainers,
    dispose: ({ state }) => {
      if (state === 'announced') this.#announced -= 1
    },
  })
  #announced = 0

  /** Some container was announced and has not acted yet. */
  get awaits(): boolean {
    return this.#announced > 0
  }

  /** A container that ran before. */
  remember(key: string): void {
    this.#byKey.set(key, before)
  }

  /** The agent's first word of a container; a later agent's changes nothing. */
  begins(key: string, startedUs: number): void {
    if (this.#byKey.get(key) !== undefined) return
    this.#announced += 1
    this.#byKey.set(key, { state: 'announced', startedUs })
  }

  /** What a container does; true when it shows that the container has just begun. */
  acts(key: string, event: Event): boolean {
    const life = this.#byKey.peek(key)
    if (life?.state !== 'announced') return false
    const ranBefore = 'snapshot' in event && event.snapshot
    this.#byKey.set(key, ranBefore ? before : { state: 'seen', startedUs: life.startedUs })
    return !ranBefore
  }

  /** Its end, and whether it was its beginning too: nothing that it did became an event. */
  ends(
    key: string,
    endedUs: number,
  ): { readonly begins: boolean; readonly lifetimeUs: number | null } {
    const life = this.#byKey.peek(key)
    this.#byKey.delete(key)
    if (life === undefined || life.state === 'before') return { begins: false, lifetimeUs: null }
    return {
      begins: life.state === 'announced',
      lifetimeUs: Math.max(0, endedUs - life.startedUs),
    }
  }
}
