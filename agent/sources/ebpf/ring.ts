/**
 * The reader's side of a BPF ring buffer (kernel/bpf/ringbuf.c), mapped once and drained in place. Used by the source.
 *
 * Reading runs ahead of the consumer position, which only commit() moves: until then the kernel keeps the bytes, also for
 * the next process should this one die. One reader per ring; the loader's lock sees to that.
 */
import type { RecordMemory } from './record-memory.ts'

const busyBit = 0x80000000 | 0
const discardBit = 0x40000000
const lengthMask = 0x3fffffff
const recordHeaderBytes = 8

export interface RingMemory {
  /** The page of the consumer position. */
  readonly consumer: ArrayBuffer
  /** The page of the producer position, then the data, mapped once. */
  readonly producer: ArrayBuffer
  readonly pageBytes: number
}

/** Sees one record; the memory is valid only during the call. */
export type RecordReader = (memory: RecordMemory, at: number, size: number) => void

export class Ring {
  readonly sizeBytes: number
  readonly #mask: number
  readonly #consumer: BigInt64Array
  readonly #producer: BigInt64Array
  readonly #headers: Int32Array
  readonly #memory: RecordMemory
  /** A record that wraps is put together here; grows to the largest seen. */
  #joined: RecordMemory = memoryOf(new ArrayBuffer(4096), 0)
  #position: number
  #corruptions = 0

  constructor(memory: RingMemory) {
    this.sizeBytes = memory.producer.byteLength - memory.pageBytes
    this.#mask = this.sizeBytes - 1
    this.#consumer = new BigInt64Array(memory.consumer, 0, 1)
    this.#producer = new BigInt64Array(memory.producer, 0, 1)
    this.#headers = new Int32Array(memory.producer, memory.pageBytes)
    this.#memory = memoryOf(memory.producer, memory.pageBytes)
    this.#position = this.#consumed()
  }

  #consumed(): number {
    return Number(Atomics.load(this.#consumer, 0))
  }

  /** Byte position after the last record read (or of the one that a reader sees now), counted since the ring was made. */
  get position(): number {
    return this.#position
  }

  /** Bytes that wait to be read, and bytes the kernel cannot use yet. */
  get backlog(): { readonly unreadBytes: number; readonly heldBytes: number } {
    const produced = this.#produced()
    return { unreadBytes: produced - this.#position, heldBytes: produced - this.#consumed() }
  }

  /** Times the positions or lengths made no sense; what was unread was given up. Never seen. */
  get corruptions(): number {
    return this.#corruptions
  }

  /** Acquire: whatever the kernel wrote before it moved the position is visible. */
  #produced(): number {
    return Number(Atomics.load(this.#producer, 0))
  }

  /** Reads records of at most `limitBytes` in all, but at least one, oldest first; returns whether more are ready. */
  read(reader: RecordReader, limitBytes: number): boolean {
    const produced = this.#produced()
    let takenBytes = 0
    while (this.#position < produced) {
      const header = this.#headerAt(this.#position)
      // A writer on another CPU has reserved this record but is not done with it.
      if ((header & busyBit) !== 0) return false
      const size = header & lengthMask
      const next = this.#position + roundUp8(size + recordHeaderBytes)
      if (next > produced) {
        this.#corruptions += 1
        this.#position = produced
        return false
      }
      if ((header & discardBit) === 0) {
        if (takenBytes > 0 && takenBytes + size > limitBytes) return true
        takenBytes += size
        this.#give(reader, size)
      }
      this.#position = next
    }
    return false
  }

  #headerAt(position: number): number {
    return Atomics.load(this.#headers, (position & this.#mask) >> 2)
  }

  #give(reader: RecordReader, size: number): void {
    const at = (this.#position + recordHeaderBytes) & this.#mask
    if (at + size <= this.sizeBytes) {
      reader(this.#memory, at, size)
      return
    }
    if (this.#joined.bytes.length < size)
      this.#joined = memoryOf(new ArrayBuffer(roundUp8(size) * 2), 0)
    const split = this.sizeBytes - at
    this.#memory.bytes.copy(this.#joined.bytes, 0, at, this.sizeBytes)
    this.#memory.bytes.copy(this.#joined.bytes, split, 0, size - split)
    reader(this.#joined, 0, size)
  }

  /** Gives what lies before a position, or else everything read so far, back to the kernel. */
  commit(position = this.#position): void {
    Atomics.store(this.#consumer, 0, BigInt(position))
  }

  /** Shows what is in the ring, read or not, as far as it was not given back; moves nothing. */
  scan(reader: RecordReader): void {
    const position = this.#position
    this.#position = this.#consumed()
    try {
      this.read(reader, Number.POSITIVE_INFINITY)
    } finally {
      this.#position = position
    }
  }

  /**
   * Moves on to a position that was reached before by another process, without reading. Returns false, and stays, when
   * that is no boundary of a record in the ring.
   */
  skipTo(position: number): boolean {
    const produced = this.#produced()
    let at = this.#position
    while (at < position && at < produced) {
      const header = this.#headerAt(at)
      if ((header & busyBit) !== 0) return false
      at += roundUp8((header & lengthMask) + recordHeaderBytes)
    }
    if (at !== position) return false
    this.#position = at
    return true
  }
}

const roundUp8 = (bytes: number): number => (bytes + 7) & ~7

const memoryOf = (buffer: ArrayBuffer, offset: number): RecordMemory => ({
  words: new Uint32Array(buffer, offset),
  bytes: Buffer.from(buffer, offset),
})
