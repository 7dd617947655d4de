/**
 * How far each epoch of each agent is evaluated, and which are behind what is stored. Nothing is skipped: an epoch that is behind is read
 * back in order. Kept by detection.ts; pure.
 */
import { LRUCache } from 'lru-cache'
import type { Evaluated } from '../store/store.ts'

/** Epochs whose place is remembered. */
const maxEpochs = 10_000

type Epoch = Pick<Evaluated, 'agent' | 'epoch'>

export const epochKey = ({ agent, epoch }: Epoch): string => `${agent}\0${epoch}`

export class Progress {
  /** Highest number evaluated. */
  readonly #places = new LRUCache<string, Evaluated>({ max: maxEpochs })
  /** Places that are not written yet. */
  readonly #changed = new Map<string, Evaluated>()
  /** Up to where something is stored and not evaluated. */
  readonly #behind = new Map<string, Evaluated>()

  /** What was written down, and what is stored by now. A store of before detection has no places: its history is no news. */
  begin(evaluated: readonly Evaluated[], durable: readonly Evaluated[]): void {
    for (const one of evaluated) this.#places.set(epochKey(one), one)
    for (const one of durable)
      if (evaluated.length === 0) this.moveTo(one)
      else if (one.seq > this.seqOf(one)) this.fallBehind(one)
  }

  /** Highest number evaluated; 0 for none. */
  seqOf(epoch: Epoch): number {
    return this.#places.get(epochKey(epoch))?.seq ?? 0
  }

  isBehind(epoch: Epoch): boolean {
    return this.#behind.has(epochKey(epoch))
  }

  /** Epochs that are behind. */
  get behind(): number {
    return this.#behind.size
  }

  /** The one that has been behind for longest, and up to where it has to be read back. */
  get next(): Evaluated | undefined {
    return this.#behind.values().next().value
  }

  /** Something up to this place is stored, and not evaluated. */
  fallBehind(stored: Evaluated): void {
    this.#behind.set(epochKey(stored), stored)
  }

  /** `target`, as `next` gave it, is evaluated; more may have been stored meanwhile. */
  caughtUp(target: Evaluated): void {
    if (this.#behind.get(epochKey(target)) === target) this.#behind.delete(epochKey(target))
  }

  /** Everything up to this place is evaluated. */
  moveTo(place: Evaluated): void {
    if (place.seq <= this.seqOf(place)) return
    this.#places.set(epochKey(place), place)
    this.#changed.set(epochKey(place), place)
  }

  /** Places that have to be written down. */
  get unwritten(): readonly Evaluated[] {
    return [...this.#changed.values()]
  }

  written(places: readonly Evaluated[]): void {
    for (const one of places)
      if (this.#changed.get(epochKey(one)) === one) this.#changed.delete(epochKey(one))
  }
}
