import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { nodeDisk } from '#agent/spool/disk.ts'
import { encodeAcked, parseAcked, readAcked, recover } from '#agent/spool/recovery.ts'
import { DiskSegment, segmentFileName } from '#agent/spool/segment.ts'
import { recordHeaderBytes, segmentHeaderBytes } from '#agent/spool/segment-format.ts'

const write = (dir: string, index: number, epoch: number, firstSeq: number, boot = 'boot-1') => {
  const path = join(dir, segmentFileName(index))
  const segment = DiskSegment.create(nodeDisk, path, {
    ...{ epoch, firstSeq, boot, begunNs: 0 },
    before: { captured: firstSeq - 1, filtered: 0, unknownGaps: 0 },
  })
  for (let seq = firstSeq; seq < firstSeq + 4; seq += 2)
    segment.append({
      firstSeq: seq,
      count: 2,
      ringId: 9,
      ringPosition: seq * 10,
      fromUs: 1,
      toUs: 2,
      lastBootNs: 3,
      before: { captured: seq - 1, filtered: 0, unknownGaps: 0 },
      after: { captured: seq + 1, filtered: 0, unknownGaps: 0 },
      chunk: Buffer.alloc(3000),
    })
  segment.seal()
  return path
}

const damage = (path: string, at: number) => {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
}

t.test('an empty directory has nothing, and nothing is wrong with it', async (t) => {
  t.match(recover(nodeDisk, t.testdir({ lock: '', acked: 'x', 'gap.tmp': 'x' })), {
    segments: [],
    nextIndex: 1,
    lastRecord: undefined,
    isTailDamaged: false,
    isLossUnknown: false,
    damages: 0,
  })
})

t.test('segments are found in order, with the last number and ring position', async (t) => {
  const dir = t.testdir()
  write(dir, 1, 5, 1)
  write(dir, 2, 5, 5)
  write(dir, 9, 6, 1)
  const found = recover(nodeDisk, dir)
  t.strictSame(
    found.segments.map(({ epoch, firstSeq, nextSeq }) => [epoch, firstSeq, nextSeq]),
    [
      [5, 1, 5],
      [5, 5, 9],
      [6, 1, 5],
    ],
  )
  t.match(found, { nextIndex: 10, lastRing: { ringId: 9, ringPosition: 30 }, damages: 0 })
})

t.test('a torn end is reported, and is to be cut off', async (t) => {
  const dir = t.testdir()
  const path = write(dir, 1, 5, 1)
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, bytes.length - 1))
  for (const attempt of ['once', 'again, as nothing was changed'])
    t.match(
      recover(nodeDisk, dir),
      { isTailDamaged: true, isLossUnknown: false, damages: 1 },
      attempt,
    )
  for (const { segment, soundBytes } of recover(nodeDisk, dir).tornEnds)
    segment.truncate(soundBytes)
  t.match(recover(nodeDisk, dir), { isTailDamaged: false, damages: 0 }, 'sound, when it is cut off')
})

t.test('a file without its header is read with its neighbour’s epoch', async (t) => {
  const dir = t.testdir()
  damage(write(dir, 1, 5, 1), 20)
  write(dir, 2, 5, 5)
  const found = recover(nodeDisk, dir)
  t.strictSame(
    found.segments.map(({ firstSeq }) => firstSeq),
    [1, 5],
  )
  t.match(found, { isLossUnknown: false, damages: 1 })
})

t.test(
  'a file that lost its header and what followed it says that something is missing',
  async (t) => {
    for (const [place, isLossUnknown] of [
      [1, true],
      [2, false],
    ] as const) {
      const dir = t.testdir()
      const paths = [write(dir, 1, 5, 1), write(dir, 2, 5, 5), write(dir, 3, 5, 9)]
      const path = paths[place - 1] ?? ''
      damage(path, 20)
      damage(path, segmentHeaderBytes + recordHeaderBytes + 50)
      const found = recover(nodeDisk, dir)
      t.equal(
        found.isLossUnknown,
        isLossUnknown,
        `file ${place}: the one before tells what is missing`,
      )
      t.equal(found.segments[place - 1]?.firstSeq, place === 1 ? 3 : 7)
    }
  },
)

t.test(
  'a file that nothing can be made of is to be removed, and the loss is unknown',
  async (t) => {
    const dir = t.testdir({ [segmentFileName(1)]: 'garbage' })
    write(dir, 2, 5, 5)
    const path = join(dir, segmentFileName(1))
    const found = recover(nodeDisk, dir)
    t.match(found, { isLossUnknown: true, isTailDamaged: false, unreadable: [path] })
    t.ok(existsSync(path), 'until it is owned up to')
  },
)

t.test('between two segments of one epoch a lost file is a hole of known size', async (t) => {
  const dir = t.testdir()
  write(dir, 1, 5, 1)
  writeFileSync(join(dir, segmentFileName(2)), 'garbage')
  write(dir, 3, 5, 9)
  const found = recover(nodeDisk, dir)
  t.equal(found.isLossUnknown, false)
  t.strictSame(
    found.segments.map(({ nextSeq }) => nextSeq),
    [9, 13],
  )
})

t.test('what a merged gap covers is removed', async (t) => {
  const dir = t.testdir()
  const covered = write(dir, 1, 5, 3)
  write(dir, 2, 5, 1)
  t.equal(recover(nodeDisk, dir).segments.length, 1)
  t.notOk(existsSync(covered))
})

t.test('a mark is believed only when its checksum holds', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (epoch, seq) => {
      t.strictSame(parseAcked(encodeAcked({ epoch, seq })), { epoch, seq })
    }),
    { numRuns: 20 },
  )
  fc.assert(
    fc.property(fc.string(), (line) => {
      t.equal(parseAcked(line), undefined)
    }),
    { numRuns: 20 },
  )
  t.strictSame(readAcked(nodeDisk, t.testdir()), [])
})

t.test('an agent killed while it begins a segment leaves nothing unknown', async (t) => {
  const header = (dir: string) => readFileSync(join(dir, segmentFileName(2))).subarray(0, 136)
  const begun: Readonly<Record<string, (dir: string) => Buffer>> = {
    'before its header': () => Buffer.alloc(0),
    'within its header': (dir) => header(dir).subarray(0, 50),
    'before its first record': header,
    'within its first record': (dir) => Buffer.concat([header(dir), Buffer.from('MFRC')]),
  }
  for (const [name, bytesOf] of Object.entries(begun)) {
    const dir = t.testdir()
    write(dir, 1, 5, 1)
    write(dir, 2, 5, 5)
    const bytes = bytesOf(dir)
    if (bytes.length >= 136) {
      // The header of a segment that follows the one before.
      write(dir, 3, 5, 9)
      readFileSync(join(dir, segmentFileName(3))).copy(bytes, 0, 0, 136)
    }
    writeFileSync(join(dir, segmentFileName(3)), bytes)
    const found = recover(nodeDisk, dir)
    t.equal(found.isLossUnknown, false, name)
    t.strictSame(found.lastRing, { ringId: 9, ringPosition: 70 }, name)
    t.match(found.lastRecord, { firstSeq: 7, count: 2 }, name)
    t.equal(found.segments.at(-1)?.nextSeq, 9, name)
  }
})
