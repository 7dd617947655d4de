/**
 * What of a batch is new. Pure; session.ts calls it. Rule: what comes out continues the sequence exactly at `expectedSeq`,
 * so that every number is stored once or owned up to by a gap.
 */
import type { Chunk, GapEvent } from '#proto/event.ts'
import { allButGaps } from '#proto/event.ts'

export interface NewChunks {
  readonly chunks: readonly Chunk[]
  /** Numbers that were there already. */
  readonly duplicates: number
}

/** A chunk without the numbers below expectedSeq; undefined when nothing is left. `fromSeq` is the first it covers. */
const trim = (chunk: Chunk, fromSeq: number, expectedSeq: number): Chunk | undefined => {
  const lastSeq = chunk.firstSeq + chunk.events.length - 1
  if (lastSeq < expectedSeq) return undefined
  if (fromSeq >= expectedSeq) return chunk
  if (chunk.firstSeq < expectedSeq)
    return {
      ...chunk,
      firstSeq: expectedSeq,
      events: chunk.events.slice(expectedSeq - chunk.firstSeq),
    }
  // A gap in the place of lost events, some of which did arrive before they were given up: it stands for the others only,
  // and how much that is, the totals tell (ledger.ts).
  const [gap, ...rest] = chunk.events as [GapEvent, ...Chunk['events']]
  const replaces = chunk.firstSeq - expectedSeq + 1
  return { ...chunk, events: [{ ...gap, lost: null, replaces }, ...rest] }
}

/** The chunks of a batch that begins at firstSeq, from expectedSeq on. decodeChunkList has checked that they are contiguous. */
export const newChunks = (
  chunks: readonly Chunk[],
  { firstSeq, expectedSeq }: { readonly firstSeq: number; readonly expectedSeq: number },
): NewChunks => {
  let fromSeq = firstSeq
  const kept = chunks.flatMap((chunk) => {
    const trimmed = trim(chunk, fromSeq, expectedSeq)
    fromSeq = chunk.firstSeq + chunk.events.length
    return trimmed === undefined ? [] : [trimmed]
  })
  return { chunks: kept, duplicates: Math.max(0, Math.min(fromSeq, expectedSeq) - firstSeq) }
}

/**
 * The chunk in the place of a batch that could not be understood or stored: a gap with the number of the last lost, which
 * session.ts lets ledger.ts give its size.
 */
export const poisonChunk = (lost: {
  readonly boot: string
  readonly firstSeq: number
  readonly lastSeq: number
  readonly nowUs: number
  readonly fromUs: number
}): Chunk => ({
  firstSeq: lost.lastSeq,
  boot: lost.boot,
  ringId: 0,
  ringPosition: 0,
  events: [
    {
      kind: 'gap',
      timeUs: lost.nowUs,
      bootNs: 0,
      source: 'ebpf',
      containerId: '',
      podUid: '',
      reason: 'poison',
      lost: null,
      replaces: lost.lastSeq - lost.firstSeq + 1,
      fromUs: Math.min(lost.fromUs, lost.nowUs),
      toUs: lost.nowUs,
      affects: allButGaps,
    },
  ],
})
