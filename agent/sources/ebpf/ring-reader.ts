/**
 * Reads one probe's ring, and keeps its books of losses. The source has one for the probe at work, and before it one for each
 * probe that another has followed: of that only what lies before the handover counts.
 */
import type { LossRecord, RecordSink } from '../record.ts'
import { HandoverJoin, identityAt, nearNs } from './handover-join.ts'
import type { Libbpf, RingMapping } from './libbpf.ts'
import { type LedgerProbe, LossLedger } from './loss-ledger.ts'
import type { DropsByKey, RetiredProbe } from './probe-handover.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { headerBytes, headerOffsets } from './record-layout.ts'
import { u32, u64 } from './record-memory.ts'
import { Ring } from './ring.ts'

/**
 * Hooks may run for so long after they were detached, and their records come so late. They take 4 µs; what is waited for is a CPU that
 * a hypervisor or an interrupt holds up.
 */
const settleNs = 100_000_000

export interface RingReaderOptions {
  readonly libbpf: Libbpf
  readonly probe: LedgerProbe
  readonly decoder: RecordDecoder
  /** Set for a probe that another has followed. */
  readonly end?: Pick<RetiredProbe, 'untilNs'> & { readonly dropsThen: DropsByKey | undefined }
}

/** A reader may count what it sees. */
export type KindSeen = (kind: number) => void

export class RingReader {
  readonly ledger: LossLedger
  readonly ringId: number
  readonly mapping: RingMapping
  readonly #options: RingReaderOptions
  readonly #ring: Ring
  readonly #untilNs: number
  readonly #settledNs: number
  /** Whatever is read of this ring passes by here; set when a ring before it was read to its end. */
  join: HandoverJoin | undefined
  /** Records from here on are kept: the next ring is joined to them. Undefined: none of them was met. */
  #keptFrom: number | undefined
  #hasEnded = false
  #isLossTold = false

  constructor(options: RingReaderOptions) {
    const { libbpf, probe, end } = options
    this.#options = options
    this.ringId = probe.meta.ringId
    this.mapping = libbpf.mapRing(probe.maps.ring, probe.meta.ringSizeBytes)
    this.#ring = new Ring(this.mapping)
    this.ledger = new LossLedger(libbpf, probe)
    this.#untilNs = end?.untilNs ?? Number.POSITIVE_INFINITY
    this.#settledNs = libbpf.bootNowNs() + settleNs
  }

  get untilNs(): number {
    return this.#untilNs
  }
  get position(): number {
    return this.#ring.position
  }
  get backlog(): { readonly unreadBytes: number; readonly heldBytes: number } {
    return this.#ring.backlog
  }
  get corruptions(): number {
    return this.#ring.corruptions
  }
  get sizeBytes(): number {
    return this.#ring.sizeBytes
  }

  /** Of a probe that was followed: nothing comes any more. */
  get isSettled(): boolean {
    return this.#options.libbpf.bootNowNs() >= this.#settledNs
  }

  /** Hands on records, at most so many bytes of them but at least one; returns whether more are ready. */
  read(sink: RecordSink, limitBytes: number, seen: KindSeen): boolean {
    const { decoder } = this.#options
    return this.#ring.read((memory, at, size) => {
      // Shorter ones are no records: the decoder counts them.
      if (size >= headerBytes) {
        seen(u32(memory.words, at + headerOffsets.kind))
        const bootNs = u64(memory.words, at + headerOffsets.boot_ns)
        if (bootNs >= this.#untilNs - nearNs) this.#keptFrom ??= this.#ring.position
        if (bootNs >= this.#untilNs) return
        if (this.join !== undefined && !this.join.tells(memory, at, bootNs)) return
      }
      const record = decoder.decode(memory, at, size)
      if (record !== undefined) sink(record)
    }, limitBytes)
  }

  /** What the ring that follows has to know of this one, which is read to its end. */
  joinNext(): HandoverJoin {
    const join = new HandoverJoin(this.#untilNs)
    this.#ring.scan((memory, at, size) => {
      if (size < headerBytes) return
      join.note(identityAt(memory, at), u64(memory.words, at + headerOffsets.boot_ns))
    })
    return join
  }

  /** Passes over what an earlier process has read; false where that is no boundary of a record. */
  skipTo(position: number): boolean {
    // What was committed before is behind already.
    if (position <= this.#ring.position) return true
    // What is passed over is not looked at: it may be what the next ring is joined to.
    const from = this.#ring.position
    if (!this.#ring.skipTo(position)) return false
    if (this.#untilNs !== Number.POSITIVE_INFINITY) this.#keptFrom ??= from
    return true
  }

  /** New losses of this ring. */
  losses(limit: number): readonly LossRecord[] {
    const isRetired = this.#untilNs !== Number.POSITIVE_INFINITY
    if (isRetired && !this.#hasEnded) {
      if (!this.isSettled) return []
      this.ledger.endAt(this.#untilNs, this.#options.end?.dropsThen)
      this.#hasEnded = true
    }
    const records = this.ledger.take(limit)
    this.#isLossTold = records.length === 0
    return records
  }

  /** Of a probe that was followed: its losses are reported to the last. */
  get isLossTold(): boolean {
    return this.#hasEnded && this.#isLossTold
  }

  /** What was read and what losses() returned is safe. */
  commit(): void {
    this.#ring.commit(this.#keptFrom)
    this.ledger.commit()
  }
}
