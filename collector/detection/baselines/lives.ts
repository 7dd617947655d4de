/**
 * The lives of a workload's containers, as far as they show what is normal: complete ones, from start to end without a gap, and
 * of those that go on each full day. A gap in between takes what was begun. Called by baseline.ts.
 */
import { dayUs } from './limits.ts'

/** A container that runs, as it is kept with its baseline. */
export interface Life {
  readonly node: string
  /** Followed without a gap since, Unix microseconds. */
  readonly fromUs: number
  /** Since its first process. */
  readonly isWhole: boolean
  /** Full days that are counted. */
  readonly days: number
  readonly image: string
}

export class Lives {
  readonly #max: number
  readonly #running: Map<string, Life>
  /** Lives and days, by image. */
  readonly #complete: Map<string, number>

  constructor(
    max: number,
    running: Readonly<Record<string, Life>> = {},
    complete: Readonly<Record<string, number>> = {},
  ) {
    this.#max = max
    this.#running = new Map(Object.entries(running))
    this.#complete = new Map(Object.entries(complete))
  }

  get running(): Readonly<Record<string, Life>> {
    return Object.fromEntries(this.#running)
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#complete)
  }

  /** Of one image, or of all. */
  complete(image?: string): number {
    if (image !== undefined) return this.#complete.get(image) ?? 0
    return [...this.#complete.values()].reduce((sum, one) => sum + one, 0)
  }

  /** Something of this container was seen. True when that was news. */
  seen(container: string, life: Omit<Life, 'days'>): boolean {
    if (this.#running.has(container)) return false
    // The oldest one has had its days counted, or its end was missed.
    const [oldest] = this.#running.keys()
    if (this.#running.size >= this.#max && oldest !== undefined) this.#running.delete(oldest)
    this.#running.set(container, { ...life, days: 0 })
    return true
  }

  ended(container: string): boolean {
    const life = this.#running.get(container)
    if (life === undefined) return false
    this.#running.delete(container)
    if (life.isWhole && life.days === 0) this.#count(life.image)
    return true
  }

  /** Something of these was not seen, up to `toUs`. */
  gap(concerns: (container: string, life: Life) => boolean, toUs: number): boolean {
    let changed = false
    for (const [container, life] of this.#running) {
      if (!concerns(container, life) || toUs <= life.fromUs) continue
      this.#running.set(container, { ...life, fromUs: toUs, isWhole: false, days: 0 })
      changed = true
    }
    return changed
  }

  /** Counts the days that are full by now. */
  pass(nowUs: number): boolean {
    let changed = false
    for (const [container, life] of this.#running) {
      const days = Math.floor((nowUs - life.fromUs) / dayUs)
      if (days <= life.days) continue
      this.#count(life.image, days - life.days)
      this.#running.set(container, { ...life, days })
      changed = true
    }
    return changed
  }

  #count(image: string, by = 1): void {
    this.#complete.set(image, (this.#complete.get(image) ?? 0) + by)
  }
}
