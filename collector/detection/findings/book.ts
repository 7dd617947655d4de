/**
 * The findings as they are now: takes occurrences as they are detected, joins them with what is known, keeps them in the store,
 * and takes what people say about them. The only writer of findings.
 *
 * Occurrences wait a moment in a bounded queue, so that a burst of one attack is one read and one write. While the store
 * fails they wait on; when the queue is full, evaluation waits (detection.ts), and goes on from the store later.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { formatTime } from '#base/values.ts'
import type { Finding, FindingAction } from '#proto/finding.ts'
import type { FindingQuery, StoredFinding } from '../../store/findings.ts'
import {
  addOccurrence,
  type BookedFinding,
  findingId,
  type Occurrence,
  openFinding,
  withChange,
} from './occurrence.ts'

/** Of occurrences on their way; some 2 KB each. */
const maxPending = 5_000
/** Findings kept in memory; the others are read again when they come again. */
const maxKnown = 5_000
/** Ids in one question. */
const maxAsked = 500

export interface FindingStore {
  findings(query: FindingQuery): Promise<readonly StoredFinding[]>
  writeFindings(findings: readonly StoredFinding[]): Promise<void>
}

export interface BookOptions {
  readonly store: FindingStore
  readonly clock: Clock
  /** Told of every finding that is new or changed, once it is stored. */
  readonly onChanged?: (finding: Finding, isNew: boolean) => void
}

export interface BookStats {
  readonly pending: number
  /** Occurrences that there was no room for: whoever reports waits, and reports again. */
  readonly refused: number
  readonly occurrences: number
}

/** What somebody does about a finding. */
export interface FindingDecision {
  readonly id: string
  readonly action: FindingAction
  readonly author: string
  readonly comment: string
}

const stateAfter = {
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  reopened: 'open',
  suppressed: 'suppressed',
} as const

export class FindingBook {
  readonly #options: BookOptions
  readonly #known = new LRUCache<string, StoredFinding>({ max: maxKnown })
  readonly #pending: Occurrence[] = []
  #refused = 0
  #occurrences = 0
  /** One reads and writes at a time: what is written must build on what was read. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: BookOptions) {
    this.#options = options
  }

  /** Takes an occurrence; false when there is no room. */
  report(occurrence: Occurrence): boolean {
    if (this.#pending.length >= maxPending) {
      this.#refused += 1
      return false
    }
    this.#occurrences += 1
    this.#pending.push(occurrence)
    return true
  }

  /** Whoever would report now has to wait. */
  get isFull(): boolean {
    return this.#pending.length >= maxPending / 2
  }

  get stats(): BookStats {
    return {
      pending: this.#pending.length,
      refused: this.#refused,
      occurrences: this.#occurrences,
    }
  }

  /**
   * Writes what was reported until now. Rejects with StoreError when the store does not take it; then everything is still
   * pending and the next call tries again.
   */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      const taken = [...this.#pending]
      if (taken.length === 0) return
      const ids = taken.map(({ rule, event, key }) => findingId(rule, event, key))
      const known = await this.#read([...new Set(ids)])
      const booked = new Map<string, BookedFinding>(known)
      for (const [index, occurrence] of taken.entries()) {
        const id = ids[index] as string
        const before = booked.get(id)
        booked.set(id, before ? addOccurrence(before, occurrence) : openFinding(occurrence))
      }
      const changed = [...booked].filter(([id, one]) => one !== known.get(id))
      await this.#write(changed.map(([id, one]) => this.#version(one, known.get(id))))
      // What came meanwhile stays.
      this.#pending.splice(0, taken.length)
      for (const [id, { finding }] of changed) this.#options.onChanged?.(finding, !known.has(id))
    })
  }

  /**
   * Records what somebody decided, and returns the finding as it is then; undefined when there is none of that id. Rejects
   * with StoreError.
   */
  decide({ id, action, author, comment }: FindingDecision): Promise<Finding | undefined> {
    return this.#inTurn(async () => {
      const before = (await this.#read([id])).get(id)
      if (before === undefined) return undefined
      const { finding } = before
      const time = formatTime(this.#options.clock.nowUs())
      const after: Finding = {
        ...finding,
        state: action === 'commented' ? finding.state : stateAfter[action],
        changes: withChange(finding, { time, author, action, comment }),
      }
      await this.#write([this.#version({ ...before, finding: after }, before)])
      this.#options.onChanged?.(after, false)
      return after
    })
  }

  /** Those of the ids that there are. */
  async #read(ids: readonly string[]): Promise<ReadonlyMap<string, StoredFinding>> {
    const read = new Map<string, StoredFinding>()
    const missing: string[] = []
    for (const id of ids) {
      const one = this.#known.get(id)
      if (one === undefined) missing.push(id)
      else read.set(id, one)
    }
    for (let start = 0; start < missing.length; start += maxAsked) {
      const some = missing.slice(start, start + maxAsked)
      const found = await this.#options.store.findings({ ids: some, limit: some.length })
      for (const one of found) read.set(one.finding.id, one)
    }
    return read
  }

  /** Greater than the version before, also when the clock was set back. */
  #version({ finding, counted }: BookedFinding, before: StoredFinding | undefined): StoredFinding {
    const version = Math.max(this.#options.clock.nowUs(), (before?.version ?? 0) + 1)
    return { finding, counted, version }
  }

  async #write(findings: readonly StoredFinding[]): Promise<void> {
    await this.#options.store.writeFindings(findings)
    for (const one of findings) this.#known.set(one.finding.id, one)
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const next = this.#turn.then(task)
    this.#turn = next.catch(() => undefined)
    return next
  }
}
