import t from 'tap'
import { nodeDisk } from '#agent/spool/disk.ts'
import { MemorySegment, type Segment } from '#agent/spool/segment.ts'
import type { SpoolRecord } from '#agent/spool/segment-format.ts'
import { firstBeyond, lossReasons, SegmentList } from '#agent/spool/segment-list.ts'
import { systemClock } from '#base/clock.ts'
import { gapReasons } from '#proto/event.ts'
import { noTotals } from '#proto/frame.ts'

const record = (firstSeq: number, count = 2): SpoolRecord => ({
  firstSeq,
  count,
  ringId: 0,
  ringPosition: 0,
  fromUs: firstSeq,
  toUs: firstSeq + count,
  lastBootNs: 0,
  before: { captured: firstSeq - 1, filtered: 0, unknownGaps: 0 },
  after: { captured: firstSeq + count - 1, filtered: 0, unknownGaps: 0 },
  chunk: Buffer.from('chunk'),
})

const segmentOf = (epoch: number, ...records: SpoolRecord[]): MemorySegment => {
  const segment = new MemorySegment({
    epoch,
    firstSeq: records[0]?.firstSeq ?? 1,
    boot: 'boot-1',
    begunNs: 0,
    before: records[0]?.before ?? noTotals,
  })
  for (const one of records) segment.append(one)
  return segment
}

const listOf = (...segments: Segment[]): SegmentList => {
  const list = new SegmentList(systemClock, nodeDisk)
  for (const segment of segments) list.add(segment)
  return list
}

const ranges = (records: readonly SpoolRecord[]) =>
  records.map(({ firstSeq, count }) => `${firstSeq}-${firstSeq + count - 1}`)

t.test('records are found by the number they cover', async (t) => {
  const records = [record(1), record(3), record(5)]
  t.strictSame(
    [0, 1, 2, 3, 6, 7].map((seq) => firstBeyond(records, seq)),
    [0, 0, 0, 1, 2, 3],
  )
})

t.test('holes within and before segments are read as gaps, counted once', async (t) => {
  const list = listOf(segmentOf(1, record(5), record(9)))
  t.strictSame(ranges(list.read(1, 1)), ['1-4'])
  for (let reading = 0; reading < 2; reading += 1)
    t.strictSame(ranges(list.read(1, 5)), ['5-6', '7-8', '9-10'])
  t.strictSame(ranges(list.read(1, 9)), ['9-10'])
  t.strictSame(list.read(1, 11), [])
  t.strictSame(list.read(2, 1), [], 'another epoch')
  t.equal(list.lost.spool_corrupt, 2, 'of what lies before the first segment, nothing tells')
})

t.test('a segment that cannot be read is a gap of all it had', async (t) => {
  const segment = segmentOf(1, record(1), record(3))
  segment.read = () => {
    throw new Error('EIO')
  }
  const list = listOf(segment)
  t.strictSame(ranges(list.read(1, 1)), ['1-4'])
  t.equal(list.lost.spool_failed, 4)
})

t.test(
  'the oldest is given up first, without what is acknowledged, and gaps are merged',
  async (t) => {
    const list = listOf(
      segmentOf(1, record(1), record(3)),
      segmentOf(1, record(5), record(7)),
      segmentOf(2, record(1)),
    )
    const ackedSeq = (epoch: number) => (epoch === 1 ? 2 : 0)
    t.ok(list.giveUpOldest('memory', 'queue_full', ackedSeq))
    t.strictSame(ranges(list.read(1, 3)), ['3-4'])
    t.ok(list.giveUpOldest('memory', 'queue_full', ackedSeq))
    t.strictSame(ranges(list.read(1, 3)), ['3-8'])
    t.equal(list.all.length, 2)
    t.equal(list.lost.queue_full, 6)
    t.ok(list.giveUpOldest('memory', 'queue_full', ackedSeq))
    t.notOk(list.giveUpOldest('memory', 'queue_full', ackedSeq), 'only gaps are left')
    t.notOk(list.giveUpOldest('disk', 'spool_full', ackedSeq))
  },
)

t.test('what is acknowledged altogether goes without a gap', async (t) => {
  const list = listOf(segmentOf(1, record(1)), segmentOf(1, record(3)))
  t.ok(list.giveUpOldest('memory', 'queue_full', () => 2))
  t.equal(list.all.length, 1)
  t.equal(list.lost.queue_full, 0)
})

t.test('every reason is one of a gap', async (t) => {
  for (const reason of lossReasons) t.ok(gapReasons.includes(reason))
})
