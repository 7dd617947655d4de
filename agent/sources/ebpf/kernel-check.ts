/**
 * Proof that the ring gives what the kernel counted: of each kind, attempts = records read + drops + what waits. The probe counts
 * before it writes, the source counts what it reads, and this compares both. Driven by the source, after each complete drain.
 *
 * Nothing can be read at one instant while the machine goes on, so each look gives bounds: attempts before a drain minus drops after it
 * are at most what was read, attempts after it minus drops before it are at least that. The difference between the kernel's count and
 * ours is a constant, what was read before this process; where no constant fits all bounds so far, records are unaccounted for.
 */
import { recordKinds } from './record-layout.ts'

export interface KernelCheckOptions {
  /** The kernel's counts since the ring was made, in the order of recordKinds. */
  readonly counts: () => readonly { readonly attempts: number; readonly drops: number }[]
}

/** Time between two looks. */
const pauseNs = 1_000_000_000
/**
 * A hook that has counted an attempt has written its record after so long: it takes 4 µs. The longer, the wider the bounds under load, and
 * the later a difference shows.
 */
const settleNs = 20_000_000

type Look = ReturnType<KernelCheckOptions['counts']>

export class KernelCheck {
  readonly #options: KernelCheckOptions
  readonly #read = recordKinds.map(() => 0)
  /** Bounds of the constant, by kind. */
  readonly #atLeast = recordKinds.map(() => Number.NEGATIVE_INFINITY)
  readonly #atMost = recordKinds.map(() => Number.POSITIVE_INFINITY)
  /** The look that is under way: the kernel's counts, then a drain, then the counts again. */
  #before: Look | undefined
  #drained: readonly number[] | undefined
  #dueNs = 0

  constructor(options: KernelCheckOptions) {
    this.#options = options
  }

  /** Counts one record of the ring, whether or not it makes sense. */
  read(kind: number): void {
    this.#read[kind] = (this.#read[kind] ?? 0) + 1
  }

  /** The ring was read to its end at this time (CLOCK_BOOTTIME, ns). Costs two reads of a small map per second. */
  drained(nowNs: number): void {
    if (nowNs < this.#dueNs) return
    this.#dueNs = nowNs + settleNs
    if (this.#before === undefined) this.#before = this.#options.counts()
    else if (this.#drained === undefined) this.#drained = [...this.#read]
    else {
      this.#compare(this.#before, this.#drained, this.#options.counts())
      this.#before = undefined
      this.#drained = undefined
      this.#dueNs = nowNs + pauseNs
    }
  }

  #compare(before: Look, read: readonly number[], after: Look): void {
    for (const index of recordKinds.keys()) {
      const [first, last] = [before[index], after[index]]
      if (first === undefined || last === undefined) continue
      const count = read[index] ?? 0
      const [low, high] = [first.attempts - last.drops - count, last.attempts - first.drops - count]
      this.#atLeast[index] = Math.max(this.#atLeast[index] ?? low, low)
      this.#atMost[index] = Math.min(this.#atMost[index] ?? high, high)
    }
  }

  /** Records that are missing or too many since the first look, at least; only grows, and is 0 for ever. */
  get unaccounted(): number {
    return recordKinds.reduce((sum, _, index) => {
      const missing = (this.#atLeast[index] ?? 0) - (this.#atMost[index] ?? 0)
      return sum + Math.max(0, missing)
    }, 0)
  }
}
