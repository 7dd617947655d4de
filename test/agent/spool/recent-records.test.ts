import fc from 'fast-check'
import t from 'tap'
import { RecentRecords } from '#agent/spool/recent-records.ts'
import type { SpoolRecord } from '#agent/spool/segment-format.ts'
import { noTotals } from '#proto/frame.ts'

const record = (firstSeq: number, count: number, bytes: number): SpoolRecord => ({
  firstSeq,
  count,
  ringId: 0,
  ringPosition: 0,
  fromUs: 0,
  toUs: 0,
  lastBootNs: 0,
  before: noTotals,
  after: noTotals,
  chunk: new Uint8Array(bytes),
})

const sizes = fc.record({ count: fc.integer({ min: 1, max: 9 }), bytes: fc.nat(50) })

t.test('it gives everything from a number on, or nothing at all', async (t) => {
  fc.assert(
    fc.property(
      fc.array(sizes),
      fc.nat(120),
      fc.nat(200),
      fc.nat(200),
      (list, room, acked, seq) => {
        const recent = new RecentRecords(room)
        const records: SpoolRecord[] = []
        let nextSeq = 1
        for (const { count, bytes } of list) {
          records.push(record(nextSeq, count, bytes))
          nextSeq += count
        }
        for (const one of records) recent.remember(one)
        recent.forget(acked)
        const given = recent.from(seq)
        if (given === undefined) return true
        const wanted = records.filter(({ firstSeq, count }) => firstSeq + count > seq)
        return given.length === wanted.length && given.every((one, at) => one === wanted[at])
      },
    ),
  )
  t.end()
})

t.test('it keeps no more than it may, and the newest', async (t) => {
  const recent = new RecentRecords(100)
  for (const firstSeq of [1, 2, 3, 4]) recent.remember(record(firstSeq, 1, 40))
  t.equal(recent.from(2), undefined)
  t.strictSame(
    recent.from(3)?.map(({ firstSeq }) => firstSeq),
    [3, 4],
  )
})

t.test('what is acknowledged goes, unless a part of it is not', async (t) => {
  const recent = new RecentRecords(100)
  for (const firstSeq of [1, 4]) recent.remember(record(firstSeq, 3, 10))
  recent.forget(5)
  t.strictSame(
    recent.from(4)?.map(({ firstSeq }) => firstSeq),
    [4],
  )
  t.equal(recent.from(3), undefined)
  recent.forget(6)
  t.equal(recent.from(6), undefined)
  recent.remember(record(7, 1, 10))
  recent.clear()
  t.equal(recent.from(7), undefined)
})
