/**
 * Bounded memory for statistics: things by key, and things by key and window of time. What has no room goes, least recently used
 * first, and is counted. Used by every statistic.
 */
import { LRUCache } from 'lru-cache'

/** Things by key, at most so many. */
export class Followed<T extends object> {
  readonly #all: LRUCache<string, T>
  #evicted = 0

  constructor(max: number) {
    this.#all = new LRUCache({
      max,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#evicted += 1
      },
    })
  }

  get size(): number {
    return this.#all.size
  }

  get evicted(): number {
    return this.#evicted
  }

  /** What is followed under this key, from now on if it was not. */
  of(key: string, begin: () => T): T {
    const known = this.#all.get(key)
    if (known !== undefined) return known
    const begun = begin()
    this.#all.set(key, begun)
    return begun
  }

  get(key: string): T | undefined {
    return this.#all.get(key)
  }

  /** Puts another in its place: following begins afresh. */
  set(key: string, value: T): void {
    this.#all.set(key, value)
  }

  /** Forgets on purpose, which is no eviction. */
  delete(key: string): void {
    this.#all.delete(key)
  }

  keys(): readonly string[] {
    return [...this.#all.keys()]
  }
}

interface InWindow<T> {
  readonly window: number
  readonly value: T
}

/**
 * Things that are counted anew in each window of event time. An event counts in the window of its own time, whenever it comes: so
 * neither disorder nor a clock that steps back nor an outage's backlog disturbs what is counted now. Windows are aligned to the
 * epoch, so what spans a boundary is split.
 */
export class Windows<T> {
  readonly #lengthUs: number
  readonly #all: LRUCache<string, InWindow<T>>
  #window = 0
  #evicted = 0

  constructor({ lengthUs, max }: { readonly lengthUs: number; readonly max: number }) {
    this.#lengthUs = lengthUs
    this.#all = new LRUCache({
      max,
      dispose: ({ window }, _key, reason) => {
        // A window that was over when its room was needed is no loss.
        if (reason === 'evict' && window >= this.#window - 1) this.#evicted += 1
      },
    })
  }

  get size(): number {
    return this.#all.size
  }

  get evicted(): number {
    return this.#evicted
  }

  /** What is followed under this key in the window of this time. */
  of(key: string, timeUs: number, begin: () => T): T {
    const window = Math.floor(timeUs / this.#lengthUs)
    this.#window = window
    const full = `${key}\0${window}`
    const known = this.#all.get(full)
    if (known !== undefined) return known.value
    const begun = { window, value: begin() }
    this.#all.set(full, begun)
    return begun.value
  }
}

/** Hits that were told of, so that each is told at most once per key and window. What is forgotten is told again. */
export class Told {
  readonly #windows: Windows<{ isTold: boolean }>

  constructor(bounds: { readonly lengthUs: number; readonly max: number }) {
    this.#windows = new Windows(bounds)
  }

  get evicted(): number {
    return this.#windows.evicted
  }

  /** True the first time; remembers it. */
  isNews(key: string, timeUs: number): boolean {
    const one = this.#windows.of(key, timeUs, () => ({ isTold: false }))
    const isNews = !one.isTold
    one.isTold = true
    return isNews
  }
}
