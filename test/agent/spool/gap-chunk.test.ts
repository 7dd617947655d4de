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
}

t.test('a gap has the last number it replaces and owns up to all of them', async (t) => {
  const record = gapRecord(stretch)
  t.match(record, { firstSeq: 11, count: 10, ringId: 0, fromUs: 5, toUs: 9 })
  const chunk = decodeChunk(record.chunk)
  t.match(chunk, { firstSeq: 20, boot: 'boot-1', events: [{ kind: 'gap', lost: 10, fromUs: 5 }] })
  t.ok(coversJump(chunk, 11))
  t.notOk(coversJump(chunk, 10))
})

t.test('everything but gaps may be missing', async (t) => {
  const { affects, lost } = gapEvent(stretch, null)
  t.equal(lost, null)
  t.ok(affects.includes('exec'))
  t.notOk(affects.includes('gap'))
})
