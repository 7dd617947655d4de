import t from 'tap'
import { gapEvent, gapRecord } from '#agent/spool/gap-chunk.ts'
import { coversJump, decodeChunk } from '#proto/codec.ts'

const stretch = {
  boot: 'boot-1',
  reason: 'spool_full' as const,
  firstSeq: 11,
  lastSeq: 20,
  fromUs: 5,
  toUs: 9,
  lastBootNs: 7,
  before: { captured: 100, filtered: 30, unknownGaps: 0 },
  after: { captured: 120, filtered: 40, unknownGaps: 0 },
}

t.test('a gap has the last number it replaces and owns up to all of them', async (t) => {
  const record = gapRecord(stretch)
  t.match(record, { firstSeq: 11, count: 10, ringId: 0, fromUs: 5, toUs: 9 })
  const chunk = decodeChunk(record.chunk)
  t.match(chunk, {
    firstSeq: 20,
    boot: 'boot-1',
    events: [{ kind: 'gap', lost: 10, replaces: 10, fromUs: 5 }],
  })
  t.ok(coversJump(chunk, 11))
  t.notOk(coversJump(chunk, 10))
})

t.test('everything but gaps may be missing', async (t) => {
  const { affects, lost } = gapEvent(stretch, null)
  t.equal(lost, null)
  t.ok(affects.includes('exec'))
  t.notOk(affects.includes('gap'))
})

const eventsOf = (fields: Partial<typeof stretch>) =>
  decodeChunk(gapRecord({ ...stretch, ...fields }).chunk).events.map((event) =>
    event.kind === 'gap' ? [event.lost, event.replaces] : [],
  )

t.test(
  'a stretch in which something was unknown says what is known, and that there is more',
  async (t) => {
    const after = { ...stretch.after, unknownGaps: 3 }
    t.strictSame(eventsOf({ after }), [
      [10, 9],
      [null, 1],
    ])
    t.strictSame(eventsOf({ after, firstSeq: 20 }), [[null, 1]], 'one number has room for one')
  },
)

t.test('without totals before it, a stretch leaves its size to the collector', async (t) => {
  t.strictSame(
    decodeChunk(gapRecord({ ...stretch, before: undefined }).chunk).events.map((event) =>
      event.kind === 'gap' ? [event.lost, event.replaces] : [],
    ),
    [[null, 10]],
  )
})
