/**
 * The newest records of the spool's current epoch, kept in memory so that the uplink need not read from disk what was just
 * written. A cache only: whatever it has is in a segment too. Called by spool.ts.
 */
import type { SpoolRecord } from './segment-format.ts'
import { firstBeyond } from './segment-list.ts'

export class RecentRecords {
  readonly #maxBytes: number
  #records: SpoolRecord[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Follows the one remembered before. */
  remember(record: SpoolRecord): void {
    this.#records.push(record)
    this.#bytes += record.chunk.length
    this.forget(0)
  }

  /** Frees what is acknowledged or too much. */
  forget(ackedSeq: number): void {
    let count = 0
    for (const record of this.#records) {
      const isAcked = record.firstSeq + record.count <= ackedSeq + 1
      if (!isAcked && this.#bytes <= this.#maxBytes) break
      this.#bytes -= record.chunk.length
      count += 1
    }
    if (count > 0) this.#records.splice(0, count)
  }

  clear(): void {
    this.#records = []
    this.#bytes = 0
  }

  /** All from the one that covers a number on; undefined when it is older than what is kept. */
  from(seq: number): readonly SpoolRecord[] | undefined {
    const [oldest] = this.#records
    if (oldest === undefined || oldest.firstSeq > seq) return undefined
    return this.#records.slice(firstBeyond(this.#records, seq))
  }
}
