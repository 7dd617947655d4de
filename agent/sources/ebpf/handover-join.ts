/**
 * Where one probe has followed another, both saw what happened around the instant T, and each stamped it by itself: the two stamps
 * of one event differ by less than a microsecond, or by more where an interrupt came between. The old one tells what it stamped before T;
 * of the new one's records this says which are left to tell. Used by ring-reader.ts.
 *
 * Execs, exits, forks and cgroups are joined by identity: one of the new ring pairs with the nearest of the old ring that is the same process
 * and kind, each once. So none is lost or told twice, whatever the stamps say. All others go by their own stamp.
 */
import { headerOffsets, recordFlags, recordKinds } from './record-layout.ts'
import { type RecordMemory, u32, u64 } from './record-memory.ts'

/** Records further from T than this go by their stamp alone. A hook that is held up for longer is not provided for. */
export const joinNs = 5_000_000
/** The old ring's records are known this far around T, so that one at the edge of joinNs finds its pair. */
export const nearNs = 2 * joinNs
/** A million events per second for both widths: more are not remembered, and their pairs go by their stamps. */
const nearMax = 20_000

/** What makes a record the same in both rings; empty for kinds that have nothing of the sort. */
export const identityAt = ({ words }: RecordMemory, at: number): string => {
  const kind = recordKinds[u32(words, at + headerOffsets.kind)]
  switch (kind) {
    case 'exec':
    case 'exit':
    case 'fork':
      return `${kind} ${u32(words, at + headerOffsets.pid)} ${u64(words, at + headerOffsets.start_ns)}`
    case 'cgroup': {
      const removed = u32(words, at + headerOffsets.flags) & recordFlags.cgroupRemoved
      const v1 = `${u32(words, at + headerOffsets.v1_hierarchy)} ${u64(words, at + headerOffsets.v1_cgroup_id)}`
      return `${kind} ${removed} ${u64(words, at + headerOffsets.cgroup_id)} ${v1}`
    }
    default:
      return ''
  }
}

export class HandoverJoin {
  readonly #untilNs: number
  /** Stamps in the old ring near T that have no pair yet, by identity. */
  readonly #near = new Map<string, number[]>()
  #count = 0

  constructor(untilNs: number) {
    this.#untilNs = untilNs
  }

  /** Adds a record of the old ring, told or not. */
  note(identity: string, bootNs: number): void {
    if (identity === '' || Math.abs(bootNs - this.#untilNs) > nearNs || this.#count >= nearMax)
      return
    this.#count += 1
    const known = this.#near.get(identity)
    if (known === undefined) this.#near.set(identity, [bootNs])
    else known.push(bootNs)
  }

  /** Records of the old ring that are remembered, or were. */
  get noted(): number {
    return this.#count
  }

  /** Whether a record of the new ring is to be told. Ask once for each, in their order. */
  tells(memory: RecordMemory, at: number, bootNs: number): boolean {
    const isAfter = bootNs >= this.#untilNs
    if (Math.abs(bootNs - this.#untilNs) > joinNs) return isAfter
    const pair = this.#takePair(identityAt(memory, at), bootNs)
    return pair === undefined ? isAfter : pair >= this.#untilNs
  }

  #takePair(identity: string, bootNs: number): number | undefined {
    const known = this.#near.get(identity)
    if (known === undefined) return undefined
    let nearest: number | undefined
    for (const [index, stamp] of known.entries()) {
      const distance = Math.abs(stamp - bootNs)
      if (distance <= joinNs && distance < Math.abs((known[nearest ?? -1] ?? Infinity) - bootNs))
        nearest = index
    }
    return nearest === undefined ? undefined : known.splice(nearest, 1)[0]
  }
}
