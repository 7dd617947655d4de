/**
 * Corrects the workloads that agents guessed, once the cluster says otherwise: before or after the names come, and after a
 * restart for what was named while nobody followed. Called by cluster.ts.
 */
import type { CorrectedNames } from '../store/corrected-names.ts'
import { exactWorkload, type FindOwner, guessedOwner, type OwnerKind } from './owners.ts'

/** Containers whose controller is not known yet; some 2 KB each. */
export const maxWaiting = 10_000
/** Corrections that the store has not taken yet. */
const maxUnwritten = 10_000

export interface CorrectionsOptions {
  readonly find: FindOwner
  readonly write: (containers: readonly CorrectedNames[]) => Promise<void>
  /** At once, for what is shown live. */
  readonly onCorrected: (container: CorrectedNames) => void
}

const ownerKey = (kind: string, namespace: string, name: string): string =>
  `${kind}\0${namespace}\0${name}`

export class Corrections {
  readonly #options: CorrectionsOptions
  /** By controller, oldest first. */
  readonly #waiting = new Map<string, CorrectedNames[]>()
  #waitingCount = 0
  #unwritten: CorrectedNames[] = []
  /** Containers whose controller was not known for so long that they had to go, and corrections that did not fit. */
  forgotten = 0
  corrected = 0

  constructor(options: CorrectionsOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waitingCount
  }

  /** Names as an agent, or the store, tells them. */
  named(container: CorrectedNames): void {
    const guessed = guessedOwner(container)
    if (guessed === undefined) return
    if (exactWorkload(this.#options.find, container) !== undefined) this.#correct(container)
    else this.#wait(ownerKey(guessed[0], container.namespace, guessed[1]), container)
  }

  /** A controller is known now. */
  owner(kind: OwnerKind, namespace: string, name: string): void {
    const key = ownerKey(kind, namespace, name)
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    this.#waiting.delete(key)
    this.#waitingCount -= waiting.length
    for (const container of waiting) this.#correct(container)
  }

  /** Writes what is corrected; rejects while the store does not take it, and then it is tried again with the next call. */
  async flush(): Promise<void> {
    const taken = this.#unwritten
    if (taken.length === 0) return
    this.#unwritten = []
    try {
      await this.#options.write(taken)
    } catch (error) {
      const all = [...taken, ...this.#unwritten]
      this.forgotten += Math.max(0, all.length - maxUnwritten)
      this.#unwritten = all.slice(-maxUnwritten)
      throw error
    }
  }

  #correct(container: CorrectedNames): void {
    const exact = exactWorkload(this.#options.find, container)
    if (exact === undefined) return
    const isSame =
      exact.workload === container.workload && exact.workloadType === container.workloadType
    if (isSame) return
    const corrected = { ...container, ...exact }
    this.corrected += 1
    this.#unwritten.push(corrected)
    this.#options.onCorrected(corrected)
  }

  #wait(key: string, container: CorrectedNames): void {
    if (this.#waitingCount >= maxWaiting) {
      const [oldest] = this.#waiting
      if (oldest !== undefined) {
        this.#waiting.delete(oldest[0])
        this.#waitingCount -= oldest[1].length
        this.forgotten += oldest[1].length
      }
    }
    const known = this.#waiting.get(key) ?? []
    // The same container is named more than once in its life.
    const others = known.filter(
      (one) => one.node !== container.node || one.containerId !== container.containerId,
    )
    this.#waiting.set(key, [...others, container])
    this.#waitingCount += others.length + 1 - known.length
  }
}
