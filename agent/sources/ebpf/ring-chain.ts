/**
 * The rings of probes that followed each other, read one after the other: those that have ended, oldest first, and last that of the
 * probe at work, which alone is there as a rule. Owned by the source. A position names one ring and says that all before it are read.
 *
 * Rings that have ended are removed together, when what they held is safe, their losses are told, a position of the ring at
 * work has been handed out and committed, and that ring was read beyond what has to be compared with them.
 */
import type { LossRecord, RecordSink } from '../record.ts'
import { joinNs } from './handover-join.ts'
import type { LossLedger } from './loss-ledger.ts'
import type { KindSeen, RingReader } from './ring-reader.ts'

export interface RetiredRing {
  readonly reader: RingReader
  /** Lets go of its probe and removes the pins. */
  readonly remove: () => void
}

export interface RingChainOptions {
  readonly live: RingReader
  /** Oldest first. */
  readonly retired: readonly RetiredRing[]
  /** CLOCK_BOOTTIME, ns. */
  readonly bootNowNs: () => number
  /** Sees each record of the probe at work. */
  readonly seen: KindSeen
  /** The ring of the probe at work was read to its end, as it was at this time. */
  readonly drained: (nowNs: number) => void
}

export class RingChain {
  readonly live: RingReader
  /** When the probe at work followed the one before, ns since boot; undefined when there was none left to read. */
  readonly handedOverNs: number | undefined
  readonly #options: RingChainOptions
  #retired: readonly RetiredRing[]
  /** How many of the retired are read to their ends. */
  #readCount = 0
  #isJoined = false
  #isLivePositionTaken = false
  /** Corruptions of rings that are gone. */
  #oldCorruptions = 0
  #reporting: RingReader

  constructor(options: RingChainOptions) {
    this.#options = options
    this.live = options.live
    this.#retired = options.retired
    this.#reporting = options.live
    this.handedOverNs = options.retired.at(-1)?.reader.untilNs
  }

  /** All rings, in the order of what they hold. */
  get #readers(): readonly RingReader[] {
    return [...this.#retired.map(({ reader }) => reader), this.live]
  }

  /** The one that is being read. */
  get #current(): RingReader {
    return this.#retired[this.#readCount]?.reader ?? this.live
  }

  get corruptions(): number {
    return this.#readers.reduce((sum, { corruptions }) => sum + corruptions, this.#oldCorruptions)
  }

  /** The books of the probe whose ring this is. */
  ledgerOf(ringId: number): LossLedger | undefined {
    return this.#readers.find((reader) => reader.ringId === ringId)?.ledger
  }

  /** Hands on records of one ring; returns whether more wait, in it or the next. */
  read(sink: RecordSink, limitBytes: number): boolean {
    const reader = this.#current
    // The one before is read to its end, whether by this process or an earlier one.
    const before = this.#retired[this.#readCount - 1]?.reader
    if (before !== undefined) reader.join ??= before.joinNext()
    if (reader === this.live) return this.#readLive(sink, limitBytes)
    if (reader.read(sink, limitBytes, () => {})) return true
    // Nothing of the next ring before all of this one: a position says what lies before it.
    if (!reader.isSettled || reader.backlog.unreadBytes > 0) return false
    this.#readCount += 1
    return true
  }

  #readLive(sink: RecordSink, limitBytes: number): boolean {
    const beganNs = this.#options.bootNowNs()
    const end = this.live.position + this.live.backlog.unreadBytes
    if (this.live.read(sink, limitBytes, this.#options.seen)) return true
    // A record that is being written holds up those behind it.
    if (this.live.position < end) return false
    this.#options.drained(beganNs)
    this.#isJoined ||= beganNs > (this.handedOverNs ?? 0) + 2 * joinNs
    return false
  }

  /** To be asked for when what was read is made safe, and not else. */
  position(): { readonly ringId: number; readonly ringPosition: number } {
    const reader = this.#current
    this.#isLivePositionTaken ||= reader === this.live
    return { ringId: reader.ringId, ringPosition: reader.position }
  }

  /** Passes over what an earlier process has read; false where that is no boundary of a record in one of the rings. */
  skipTo(position: { readonly ringId: number; readonly ringPosition: number }): boolean {
    const index = this.#readers.findIndex(({ ringId }) => ringId === position.ringId)
    if (this.#readers[index]?.skipTo(position.ringPosition) !== true) return false
    this.#readCount = index
    return true
  }

  /** New losses of one ring. */
  losses(limit: number): readonly LossRecord[] {
    for (const reader of this.#readers) {
      const records = reader.losses(limit)
      this.#reporting = reader
      if (records.length > 0) return records
    }
    return []
  }

  /** Of the ring whose losses were returned last. */
  get reporting(): LossLedger {
    return this.#reporting.ledger
  }

  /** What was read is safe, with the position that was asked for last. */
  commit(): void {
    for (const reader of this.#readers) reader.commit()
    if (!this.#isJoined || !this.#isLivePositionTaken) return
    if (this.#retired.every(({ reader }) => reader.isLossTold)) this.#removeRetired()
  }

  #removeRetired(): void {
    for (const { reader, remove } of this.#retired) {
      this.#oldCorruptions += reader.corruptions
      reader.mapping.unmap()
      remove()
    }
    this.#retired = []
    this.#readCount = 0
    this.live.join = undefined
  }

  unmap(): void {
    for (const { mapping } of this.#readers) mapping.unmap()
  }
}
