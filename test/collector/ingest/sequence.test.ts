import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { newChunks, poisonChunk } from '#collector/ingest/sequence.ts'
import { coversJump } from '#proto/codec.ts'
import type { Chunk } from '#proto/event.ts'
import { eventId, namedEvent } from '#test/fixtures/named-events.ts'

/** A chunk whose events are named by their numbers; a negative length makes a gap that covers so many. */
const chunksOf = (firstSeq: number, lengths: readonly number[]): Chunk[] => {
  let nextSeq = firstSeq
  return lengths.map((length) => {
    const from = nextSeq
    nextSeq += Math.abs(length)
    if (length < 0)
      return poisonChunk({
        ...{ boot: 'b', firstSeq: from, lastSeq: nextSeq - 1 },
        ...{ nowUs: 9, fromUs: 5 },
      })
    const events = Array.from({ length }, (_, index) => namedEvent(`${from + index}`))
    return { firstSeq: from, boot: 'b', ringId: 0, ringPosition: 0, events }
  })
}

/** Every number that chunks account for. */
const covered = (chunks: readonly Chunk[]): number[] =>
  chunks.flatMap(({ firstSeq, events }) =>
    events.flatMap((event, index) => {
      const count = event.kind === 'gap' ? event.replaces : 1
      return Array.from({ length: count }, (_, back) => firstSeq + index - count + 1 + back)
    }),
  )

t.test('what is new continues exactly where the receiver is, with gaps cut to size', async (t) => {
  const lengths = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -9, max: -1 })),
    { minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), lengths, fc.nat(40), (firstSeq, list, ahead) => {
      const chunks = chunksOf(firstSeq, list)
      const count = list.reduce((sum, length) => sum + Math.abs(length), 0)
      const expectedSeq = firstSeq + (ahead % (count + 1))
      const fresh = newChunks(chunks, { firstSeq, expectedSeq })
      const numbers = Array.from(
        { length: firstSeq + count - expectedSeq },
        (_, i) => expectedSeq + i,
      )
      deepStrictEqual(covered(fresh.chunks), numbers)
      deepStrictEqual(fresh.duplicates, expectedSeq - firstSeq)
      for (const { events, firstSeq: from } of fresh.chunks)
        for (const [index, event] of events.entries())
          if (event.kind === 'exec') deepStrictEqual(eventId(event), `${from + index}`)
    }),
  )
  t.pass()
})

t.test('the gap for poison is taken by the rule for jumps', async (t) => {
  const chunk = poisonChunk({
    boot: 'b',
    firstSeq: 3,
    lastSeq: 7,
    nowUs: 100,
    fromUs: 200,
  })
  t.match(chunk, {
    firstSeq: 7,
    events: [{ reason: 'poison', lost: null, replaces: 5, fromUs: 100, toUs: 100 }],
  })
  t.ok(coversJump(chunk, 3))
})
