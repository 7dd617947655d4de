import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nodeDisk } from '#agent/spool/disk.ts'
import { gapRecord } from '#agent/spool/gap-chunk.ts'
import {
  DiskSegment,
  MemorySegment,
  parseSegmentFileName,
  segmentFileName,
} from '#agent/spool/segment.ts'
import type { SpoolRecord } from '#agent/spool/segment-format.ts'
import { noTotals } from '#proto/frame.ts'

const header = { epoch: 5, firstSeq: 1, boot: 'boot-1', begunNs: 0, before: noTotals }
const record = (firstSeq: number): SpoolRecord => ({
  firstSeq,
  count: 2,
  ringId: 0,
  ringPosition: 0,
  fromUs: 1,
  toUs: 2,
  lastBootNs: 3,
  before: { captured: firstSeq - 1, filtered: 0, unknownGaps: 0 },
  after: { captured: firstSeq + 1, filtered: 0, unknownGaps: 0 },
  chunk: Buffer.from(`chunk ${firstSeq}`),
})

t.test('names are told from other files', async (t) => {
  t.equal(segmentFileName(7), '0000000007.segment')
  t.equal(parseSegmentFileName('0000000007.segment'), 7)
  for (const name of ['lock', 'acked', 'gap.tmp', '7.segment', '0000000007.segment~'])
    t.equal(parseSegmentFileName(name), undefined, name)
})

t.test('disk and memory keep the same promises', async (t) => {
  const path = join(t.testdir(), segmentFileName(1))
  for (const segment of [DiskSegment.create(nodeDisk, path, header), new MemorySegment(header)]) {
    t.equal(segment.nextSeq, 1)
    segment.append(record(1))
    segment.append(record(3))
    t.equal(segment.nextSeq, 5)
    await segment.sync()
    segment.seal()
    t.strictSame(segment.read().records, [record(1), record(3)])
    segment.append(record(5))
    t.equal(segment.read().records.length, 3, 'a sealed one is opened again')
    segment.remove()
  }
  t.notOk(existsSync(path))
})

t.test('a gap takes the place of a file at once', async (t) => {
  const dir = t.testdir()
  const path = join(dir, segmentFileName(1))
  const victim = DiskSegment.create(nodeDisk, path, header)
  for (let seq = 1; seq < 100; seq += 2) victim.append(record(seq))
  victim.seal()
  const totals = { before: noTotals, after: { captured: 110, filtered: 10, unknownGaps: 0 } }
  const lost = { boot: 'boot-1', reason: 'spool_full' as const, firstSeq: 1, lastSeq: 100 }
  const gap = gapRecord({ ...lost, fromUs: 1, toUs: 2, lastBootNs: 3, ...totals })
  const segment = DiskSegment.createGap(nodeDisk, path, header, gap)
  t.match(segment, { isGap: true, nextSeq: 101, bytes: statSync(path).size })
  t.strictSame(segment.read().records, [gap])
  t.strictSame(readdirSync(dir), [segmentFileName(1)])
})

t.test('a torn end can be cut off, and written on after', async (t) => {
  const path = join(t.testdir(), segmentFileName(1))
  const segment = DiskSegment.create(nodeDisk, path, header)
  segment.append(record(1))
  const soundBytes = segment.bytes
  segment.append(record(3))
  segment.seal()
  segment.truncate(soundBytes + 10)
  t.equal(segment.read().soundBytes, soundBytes)
  segment.truncate(soundBytes)
  segment.append(record(3))
  t.equal(segment.read().records.length, 2)
})

t.test('what the disk refuses is an error, and an existing file is not overwritten', async (t) => {
  const dir = t.testdir({ '0000000001.segment': 'precious' })
  t.throws(() => DiskSegment.create(nodeDisk, join(dir, segmentFileName(1)), header), {
    code: 'EEXIST',
  })
  t.throws(() => DiskSegment.create(nodeDisk, join(dir, 'none', segmentFileName(1)), header), {
    code: 'ENOENT',
  })
})
