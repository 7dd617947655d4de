/**
 * What the collector has of each epoch, and the small file that remembers it. Advisory: losing the file only makes the agent
 * send something again. Owned by spool.ts.
 */
import { join } from 'node:path'
import type { SpoolDisk } from './disk.ts'
import { ackedFileName, encodeAcked, readAcked } from './recovery.ts'

export class AckedMarks {
  readonly #disk: SpoolDisk
  /** Highest acknowledged number by epoch; only epochs that still have segments, and the current one. */
  readonly #seqs = new Map<number, number>()

  constructor(disk: SpoolDisk) {
    this.#disk = disk
  }

  /** Highest acknowledged number of an epoch; 0 for none. */
  seqOf(epoch: number): number {
    return this.#seqs.get(epoch) ?? 0
  }

  /** Returns false when that was known. */
  acknowledge(epoch: number, seq: number): boolean {
    if (seq <= this.seqOf(epoch)) return false
    this.#seqs.set(epoch, seq)
    return true
  }

  /** Forgets all epochs but these. */
  keep(epochs: ReadonlySet<number>): void {
    for (const epoch of this.#seqs.keys()) if (!epochs.has(epoch)) this.#seqs.delete(epoch)
  }

  /** What a directory remembers. */
  static read(disk: SpoolDisk, dir: string): ReadonlyMap<number, number> {
    return new Map(readAcked(disk, dir).map(({ epoch, seq }) => [epoch, seq]))
  }

  /** Writes the file, if there is anything to remember; neither synced nor retried. Throws the system's error. */
  write(dir: string): void {
    if (this.#seqs.size === 0) return
    const lines = [...this.#seqs].map(([epoch, seq]) => encodeAcked({ epoch, seq }))
    this.#disk.replace(join(dir, ackedFileName), join(dir, 'acked.tmp'), lines.join(''))
  }
}
