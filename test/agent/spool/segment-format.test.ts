import { deepStrictEqual, ok } from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  parseSegmentHeader,
  type SpoolRecord,
  scanSegment,
  segmentHeaderBytes,
} from '#agent/spool/segment-format.ts'

const epoch = 4_503_599_627_370_497
const header = {
  epoch,
  firstSeq: 7,
  boot: '2f8c5a0e-3b7d-4f61-9d2a-7c40e1b9a356',
  begunNs: 2 ** 52 + 1,
  before: { captured: 2 ** 53 - 1, filtered: 12, unknownGaps: 0 },
}

/** Makes the header one of another version, checksum included. */
const writeVersion = (bytes: Buffer, version: number): void => {
  bytes.writeUInt32LE(version, 8)
  bytes.writeUInt32LE(
    crc32(bytes.subarray(16, segmentHeaderBytes), crc32(bytes.subarray(8, 12))),
    12,
  )
}

const recordsOf = (payloads: readonly Uint8Array[]): SpoolRecord[] =>
  payloads.map((chunk, index) => ({
    firstSeq: 7 + index * 3,
    count: 3,
    ringId: 2 ** 60,
    ringPosition: index,
    fromUs: 1_795_460_000_000_000 + index,
    toUs: 1_795_460_000_000_100 + index,
    lastBootNs: 2 ** 53 + 2,
    before: { captured: index * 3, filtered: index, unknownGaps: 0 },
    after: { captured: index * 3 + 3, filtered: index + 1, unknownGaps: 0 },
    chunk: Buffer.from(chunk),
  }))

const segmentOf = (records: readonly SpoolRecord[], seed = epoch): Buffer =>
  Buffer.concat([
    encodeSegmentHeader(header),
    ...records.flatMap((record) => [encodeRecordHeader(seed, record), record.chunk]),
  ])

const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 6 })

t.test('records come back as they were written', async (t) => {
  fc.assert(
    fc.property(payloads, (list) => {
      const records = recordsOf(list)
      const bytes = segmentOf(records)
      deepStrictEqual(scanSegment(bytes, epoch), { records, soundBytes: bytes.length, damages: 0 })
      deepStrictEqual(parseSegmentHeader(bytes), header)
    }),
  )
  t.pass()
})

t.test('a segment cut at any byte gives the whole records before the cut', async (t) => {
  fc.assert(
    fc.property(payloads, fc.nat(), (list, position) => {
      const records = recordsOf(list)
      const bytes = segmentOf(records)
      const cut = bytes.subarray(0, position % (bytes.length + 1))
      const scan = scanSegment(cut, epoch)
      deepStrictEqual(scan.records, records.slice(0, scan.records.length))
      ok(scan.soundBytes <= cut.length)
    }),
  )
  t.pass()
})

t.test('any changed byte costs at most the record it lies in', async (t) => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, position, mask) => {
      const records = recordsOf(list)
      const bytes = segmentOf(records)
      const at = segmentHeaderBytes + (position % (bytes.length - segmentHeaderBytes))
      bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at)
      const scan = scanSegment(bytes, epoch)
      deepStrictEqual(
        scan.records,
        records.filter((record) => scan.records.some((kept) => kept.firstSeq === record.firstSeq)),
      )
      ok(scan.records.length === records.length - 1, `${scan.records.length}`)
      ok(scan.damages === 1)
    }),
  )
  t.pass()
})

t.test('random bytes give no records, and scanning them ends', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      deepStrictEqual(scanSegment(Buffer.from(bytes), epoch).records, [])
    }),
  )
  t.pass()
})

t.test('a record of another epoch, such as one planted in an argument, is not one', async (t) => {
  const planted = segmentOf(recordsOf([Buffer.from('evil')]), epoch + 2).subarray(
    segmentHeaderBytes,
  )
  const [outer] = recordsOf([planted])
  const bytes = segmentOf([outer as SpoolRecord])
  bytes.writeUInt8(0, segmentHeaderBytes)
  t.strictSame(scanSegment(bytes, epoch).records, [])
})

t.test('a header that is damaged, short or newer is told apart', async (t) => {
  const bytes = encodeSegmentHeader(header)
  t.equal(parseSegmentHeader(bytes.subarray(0, 95)), undefined)
  const newer = Buffer.from(bytes)
  writeVersion(newer, 2)
  t.equal(parseSegmentHeader(newer), 'newer')
  for (const at of [0, 8, 12, 16, 24, 36]) {
    const damaged = Buffer.from(bytes)
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at)
    t.equal(parseSegmentHeader(damaged), undefined, `byte ${at}`)
  }
})
