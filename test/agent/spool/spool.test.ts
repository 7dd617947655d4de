import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { nodeDisk, type SpoolDisk } from '#agent/spool/disk.ts'
import { gapEvent } from '#agent/spool/gap-chunk.ts'
import { parseSegmentHeader, scanSegment, segmentHeaderBytes } from '#agent/spool/segment-format.ts'
import { Spool, type SpoolOptions } from '#agent/spool/spool.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { decodeChunk } from '#proto/codec.ts'
import type { Event } from '#proto/event.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'
import { deliverAll } from '#test/fixtures/spool-reading.ts'

const options = (dir: string | undefined, more: Partial<SpoolOptions> = {}): SpoolOptions => ({
  dir,
  boot: 'boot-1',
  pid: process.pid,
  log: silentLog,
  clock: systemClock,
  syncIntervalMs: 5,
  ...more,
})

const append = (spool: Spool, ids: readonly string[], ring = { ringId: 0, ringPosition: 0 }) =>
  spool.append({ ...ring, events: ids.map((id) => namedEvent(id, 40)) })

const idsOf = (spool: Spool) => deliverAll(spool).map(({ id }) => id)

/** Makes the header one of another version, checksum included. */
const writeVersion = (bytes: Buffer, version: number): void => {
  bytes.writeUInt32LE(version, 8)
  bytes.writeUInt32LE(
    crc32(bytes.subarray(16, segmentHeaderBytes), crc32(bytes.subarray(8, 12))),
    12,
  )
}

const segmentFiles = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.segment'))
    .sort()

t.test('what was appended is there after a restart, which gives numbers of its own', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir))
  append(spool, ['a', 'b'], { ringId: 9, ringPosition: 100 })
  append(spool, ['c'], { ringId: 9, ringPosition: 200 })
  const { epoch } = spool
  await spool.close()
  const again = Spool.open(options(dir))
  t.not(again.epoch, epoch)
  t.equal(again.lastSeq, 0)
  t.strictSame(again.lastRing(), { ringId: 9, ringPosition: 200 })
  t.match(again.heads(), [
    { epoch, firstSeq: 1, lastSeq: 3, isCurrent: false },
    { epoch: again.epoch, firstSeq: 1, lastSeq: 0, isCurrent: true },
  ])
  append(again, ['d'])
  t.strictSame(idsOf(again), ['a', 'b', 'c', 'd'])
  t.strictSame(again.lastRing(), { ringId: 9, ringPosition: 200 }, 'kept without a ring')
  await again.close()
  const acked = Spool.open(options(dir))
  t.equal(acked.stats().pendingEvents, 0, 'the mark tells what is acknowledged')
  t.strictSame(acked.lastRing(), { ringId: 9, ringPosition: 200 }, 'though all is acknowledged')
  t.equal(segmentFiles(dir).length, 1)
  append(acked, ['e'])
  t.strictSame(idsOf(acked), ['e'])
  t.equal(segmentFiles(dir).length, 1, 'what was kept for the position goes with what is newer')
  await acked.close()
})

t.test('what was given last is known to be there until the next is acknowledged', async (t) => {
  const dir = t.testdir({ spool: {} })
  const spool = Spool.open(options(join(dir, 'spool')))
  append(spool, ['a', 'b'], { ringId: 9, ringPosition: 100 })
  t.strictSame(idsOf(spool), ['a', 'b'])
  const { epoch } = spool
  await spool.close()
  const again = Spool.open(options(join(dir, 'spool')))
  append(again, ['c'])
  // Killed before it can tell the kernel that it has given a number of its own.
  cpSync(join(dir, 'spool'), join(dir, 'killed'), { recursive: true })
  await again.close()
  const next = Spool.open(options(join(dir, 'killed')))
  t.ok(next.had(epoch, 2))
  t.strictSame(next.lastRing(), { ringId: 9, ringPosition: 100 })
  t.strictSame(idsOf(next), ['c'])
  await next.close()
})

t.test('another boot goes on under a new epoch, and delivers the old one first', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir))
  append(spool, ['a'], { ringId: 9, ringPosition: 100 })
  await spool.close()
  const rebooted = Spool.open(options(dir, { boot: 'boot-2' }))
  t.not(rebooted.epoch, spool.epoch)
  t.strictSame(rebooted.lastRing(), { ringId: 0, ringPosition: 0 })
  append(rebooted, ['b'])
  t.strictSame(
    deliverAll(rebooted).map(({ epoch, seq, id }) => [epoch === spool.epoch, seq, id]),
    [
      [true, 1, 'a'],
      [false, 1, 'b'],
    ],
  )
  t.equal(rebooted.stats().segments, 1)
  await rebooted.close()
})

t.test('a mark for a newer epoch tells that the older ones are acknowledged', async (t) => {
  const dir = t.testdir()
  const first = Spool.open(options(dir))
  append(first, ['a'])
  await first.close()
  const second = Spool.open(options(dir, { boot: 'boot-2' }))
  append(second, ['b', 'c'])
  t.strictSame(idsOf(second), ['a', 'b', 'c'])
  await second.close()
  const third = Spool.open(options(dir, { boot: 'boot-2' }))
  t.strictSame(idsOf(third), [])
  await third.close()
})

t.test('a mark that is damaged or ahead of the segments is not believed', async (t) => {
  for (const mark of ['5 1 99\n', 'garbage', '']) {
    const dir = t.testdir({})
    const spool = Spool.open(options(dir))
    append(spool, ['a'])
    await spool.close()
    writeFileSync(join(dir, 'acked'), mark)
    const again = Spool.open(options(dir))
    t.strictSame(idsOf(again), ['a'])
    await again.close()
  }
})

t.test('over its bytes, the oldest segments become one exact gap in their place', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir, { maxBytes: 12_000, segmentBytes: 1500, cacheBytes: 100 }))
  for (let index = 0; index < 120; index += 1) append(spool, [`${index}a`, `${index}b`])
  ok(spool.stats().diskBytes <= 12_000)
  const lost = spool.stats().lostEvents.spool_full
  t.ok(lost > 0, `${lost} events lost`)
  await spool.close()
  const again = Spool.open(options(dir, { maxBytes: 12_000, segmentBytes: 1500 }))
  const delivered = deliverAll(again)
  t.equal(delivered[0]?.id, `gap:spool_full:${lost}`)
  t.equal(delivered[0]?.firstSeq, 1)
  t.equal(delivered[0]?.seq, lost)
  t.equal(delivered.length - 1 + lost, 240)
  await again.close()
})

t.test('each run has one gap at most, as its gaps are merged', async (t) => {
  const dir = t.testdir()
  for (let run = 0; run < 3; run += 1) {
    const spool = Spool.open(options(dir, { maxBytes: 8000, segmentBytes: 1500 }))
    for (let index = 0; index < 40; index += 1) append(spool, [`${run}-${index}`])
    await spool.close()
  }
  const spool = Spool.open(options(dir, { maxBytes: 8000, segmentBytes: 1500 }))
  const delivered = deliverAll(spool)
  const gaps = delivered.filter(({ id }) => id.startsWith('gap'))
  t.equal(new Set(gaps.map(({ epoch }) => epoch)).size, gaps.length)
  const lost = gaps.reduce((sum, { id }) => sum + Number(id.split(':')[2]), 0)
  t.equal(delivered.length - gaps.length + lost, 120)
  await spool.close()
})

t.test('without a usable directory it works in memory, bounded, with an exact gap', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file')
  for (const dir of [undefined, file, join(file, 'below')]) {
    const spool = Spool.open(options(dir, { memoryBytes: 4000 }))
    t.equal(spool.stats().mode, 'memory')
    for (let index = 0; index < 100; index += 1) append(spool, [`${index}`])
    const { memoryBytes, lostEvents, problem } = spool.stats()
    t.ok(memoryBytes <= 4000)
    t.not(problem, '')
    const delivered = deliverAll(spool)
    t.equal(delivered[0]?.id, `gap:queue_full:${lostEvents.queue_full}`)
    t.equal(delivered.length - 1 + lostEvents.queue_full, 100)
    await spool.close()
  }
})

t.test(
  'when the disk fails it goes on in memory under a new epoch, and back when it works',
  async (t) => {
    const dir = t.testdir()
    let nowMs = 0
    const clock: Clock = { nowUs: systemClock.nowUs, monotonicMs: () => nowMs }
    const spool = Spool.open(options(dir, { clock, segmentBytes: 1 }))
    append(spool, ['a'])
    rmSync(dir, { recursive: true })
    append(spool, ['b'])
    t.equal(spool.stats().mode, 'memory')
    append(spool, ['c'])
    mkdirSync(dir)
    nowMs += 60_000
    append(spool, ['d'])
    t.equal(spool.stats().mode, 'disk')
    const delivered = deliverAll(spool)
    t.strictSame(
      delivered.map(({ id }) => id),
      ['gap:spool_failed:1', 'b', 'c', 'd'],
      'the file of a is gone, and said to be',
    )
    t.equal(new Set(delivered.map(({ epoch }) => epoch)).size, 3)
    await spool.close()
  },
)

/** A spool whose disk opens new files, or lists its directory, only while it is told so; its clock stands still. */
const onFailingDisk = (dir: string, more: Partial<SpoolOptions> = {}) => {
  const state = { roomForFiles: 1_000, canList: true, nowMs: 0 }
  const disk: SpoolDisk = {
    ...nodeDisk,
    list: (path) => {
      if (!state.canList) throw new Error('EIO')
      return nodeDisk.list(path)
    },
    open: (path, isNew) => {
      if (isNew && state.roomForFiles <= 0) throw new Error('ENOSPC')
      if (isNew) state.roomForFiles -= 1
      return nodeDisk.open(path, isNew)
    },
  }
  const clock: Clock = { nowUs: systemClock.nowUs, monotonicMs: () => state.nowMs }
  const open = () => Spool.open(options(dir, { clock, disk, segmentBytes: 1, ...more }))
  return { state, open }
}

t.test('attempts to use a full disk again change nothing', async (t) => {
  const { state, open } = onFailingDisk(t.testdir())
  const spool = open()
  append(spool, ['a'])
  state.roomForFiles = 0
  append(spool, ['b'])
  const { epoch } = spool
  for (const id of ['c', 'd', 'e']) {
    state.nowMs += 60_000
    append(spool, [id])
    t.equal(spool.stats().mode, 'memory')
  }
  t.equal(spool.epoch, epoch)
  t.equal(spool.stats().diskErrors, 4)
  state.roomForFiles = 1_000
  state.nowMs += 60_000
  append(spool, ['f'])
  t.not(spool.epoch, epoch)
  t.strictSame(idsOf(spool), ['a', 'b', 'c', 'd', 'e', 'f'])
  await spool.close()
})

t.test('an epoch that only a part of went to the disk grows no more', async (t) => {
  const { state, open } = onFailingDisk(t.testdir(), { memoryBytes: 4 })
  const spool = open()
  state.roomForFiles = 0
  append(spool, ['a'])
  append(spool, ['b'])
  const { epoch } = spool
  state.roomForFiles = 1
  state.nowMs += 60_000
  append(spool, ['c'])
  t.equal(spool.stats().mode, 'memory', 'room for one of two')
  t.not(spool.epoch, epoch)
  t.equal(spool.lastSeq, 1)
  await spool.close()
})

t.test('a directory that could not be read at first is taken over later', async (t) => {
  const dir = t.testdir()
  const before = Spool.open(options(dir))
  append(before, ['a'], { ringId: 9, ringPosition: 100 })
  await before.close()
  const { state, open } = onFailingDisk(dir)
  state.canList = false
  const spool = open()
  append(spool, ['b'], { ringId: 9, ringPosition: 200 })
  t.equal(spool.stats().mode, 'memory')
  state.nowMs += 60_000
  append(spool, ['c'])
  t.equal(spool.stats().mode, 'memory')
  state.canList = true
  state.nowMs += 60_000
  append(spool, ['d'])
  t.equal(spool.stats().mode, 'disk')
  t.strictSame(idsOf(spool), ['a', 'b', 'c', 'd'])
  await spool.close()
  const after = open()
  t.strictSame(after.lastRing(), { ringId: 9, ringPosition: 200 }, 'the position stays reached')
  await after.close()
})

t.test('a second agent on the same directory is refused and told who is there', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir))
  t.throws(() => Spool.open(options(dir)), {
    code: 'locked',
    message: new RegExp(`in use by another agent \\(pid ${process.pid}\\)`),
  })
  await spool.close()
  await Spool.open(options(dir)).close()
})

t.test('a directory of a newer version is left alone', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir))
  append(spool, ['a'])
  await spool.close()
  const path = join(dir, segmentFiles(dir)[0] as string)
  const bytes = readFileSync(path)
  writeVersion(bytes, 2)
  writeFileSync(path, bytes)
  t.throws(() => Spool.open(options(dir)), { code: 'version' })
  t.strictSame(readFileSync(path), bytes)
})

t.test(
  'an event that the codec refuses becomes a gap of one, and its neighbours stay',
  async (t) => {
    const spool = Spool.open(options(undefined))
    const events = ['a', 'b', 'c', 'd', 'e'].map((id) => namedEvent(id))
    spool.append({
      ringId: 0,
      ringPosition: 0,
      events: events.with(2, { ...namedEvent('c'), timeUs: Number.NaN }),
    })
    t.strictSame(idsOf(spool), ['a', 'b', 'gap:decode_failed:1', 'd', 'e'])
    t.equal(spool.stats().refusedEvents, 1)
    const unknown = gapEvent({ reason: 'blind', fromUs: -1, toUs: 1, lastBootNs: 0 }, null)
    spool.append({ ringId: 0, ringPosition: 0, events: [unknown] })
    t.strictSame(idsOf(spool), ['gap:decode_failed:null'], 'what was of unknown size stays so')
    spool.append({ ringId: 0, ringPosition: 0, events: [{ ...unknown, lost: -1 } as Event] })
    t.strictSame(idsOf(spool), ['gap:decode_failed:null'], 'what is no size is none')
    await spool.close()
  },
)

t.test('what a directory set back is given has numbers that nobody else gave', async (t) => {
  const dir = t.testdir({ spool: {} })
  const live = Spool.open(options(join(dir, 'spool')))
  append(live, ['a'])
  cpSync(join(dir, 'spool'), join(dir, 'snapshot'), { recursive: true })
  append(live, ['b'])
  await live.close()
  const restored = Spool.open(options(join(dir, 'snapshot')))
  append(restored, ['c'])
  t.not(restored.epoch, live.epoch)
  t.strictSame(
    deliverAll(restored).map(({ epoch, seq, id }) => [epoch === live.epoch, seq, id]),
    [
      [true, 1, 'a'],
      [false, 1, 'c'],
    ],
  )
  await restored.close()
})

t.test('where this process runs twice, what is not acknowledged gets other numbers', async (t) => {
  const dir = t.testdir()
  const spool = Spool.open(options(dir, { segmentBytes: 1500, cacheBytes: 1 }))
  append(spool, ['a', 'b'])
  spool.acked(spool.epoch, 2)
  const { epoch } = spool
  for (let index = 1; index <= 30; index += 1) append(spool, [`${index}`])
  rmSync(join(dir, segmentFiles(dir)[1] ?? ''))
  spool.rebase()
  t.not(spool.epoch, epoch)
  const gaps = spool
    .read(spool.epoch, 1, Number.POSITIVE_INFINITY)
    .flatMap(({ chunk }) => decodeChunk(chunk).events)
    .filter((event) => event.kind === 'gap')
  t.match(gaps, [{ reason: 'spool_failed', replaces: 1 }], 'a gap has one number here')
  const delivered = deliverAll(spool)
  t.notOk(
    delivered.some(({ id }) => id === 'a' || id === 'b'),
    'nothing is told again',
  )
  t.equal(delivered.length - 1 + (gaps[0]?.lost ?? 0), 30)
  t.equal(spool.heads().at(-1)?.totals.captured, 30)
  await spool.close()
})

t.test('records are synced by a group commit, not by append', async (t) => {
  const spool = Spool.open(options(t.testdir(), { syncIntervalMs: 60_000 }))
  for (let index = 0; index < 10; index += 1) append(spool, ['x'])
  t.equal(spool.stats().commits, 0)
  await spool.sync()
  t.equal(spool.stats().commits, 1)
  await spool.close()
})

/** One step of the model: what the agent or fate does. */
type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'ack'; readonly share: number }
  | { readonly do: 'kill' }
  | { readonly do: 'close' }
  | { readonly do: 'reboot' }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.integer({ min: 1, max: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('ack' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'reboot' as const }) },
  ),
  { maxLength: 25 },
)

/** Carries out the steps; what was appended and not acknowledged is `expected`, in order. */
const play = async (root: string, list: readonly Step[], maxBytes: number) => {
  let boot = 1
  let copies = 0
  let dir = join(root, '0')
  const open = () =>
    Spool.open(
      options(dir, {
        boot: `boot-${boot}`,
        maxBytes,
        segmentBytes: 700,
        cacheBytes: 500,
        markIntervalMs: 0,
      }),
    )
  let spool = open()
  let expected: string[] = []
  let nextId = 0
  for (const step of list) {
    if (step.do === 'append') {
      const ids = Array.from({ length: step.count }, () => `${nextId++}`)
      append(spool, ids)
      expected.push(...ids)
    } else if (step.do === 'ack') {
      const [head] = spool.heads()
      if (head === undefined) continue
      const { epoch, firstSeq, lastSeq } = head
      const count = Math.floor((lastSeq - firstSeq + 1) * step.share)
      spool.acked(epoch, firstSeq + count - 1)
      expected = expected.slice(count)
    } else {
      // The files as they are when the process dies; flock forbids opening them twice, hence the copy.
      if (step.do === 'close') await spool.close()
      copies += 1
      const next = join(root, `${copies}`)
      cpSync(dir, next, { recursive: true })
      await spool.close()
      dir = next
      if (step.do === 'reboot') boot += 1
      spool = open()
    }
  }
  return { spool, expected, dir, boot, open }
}

/** Whether a segment cut there ends with a whole record. */
const isRecordBoundary = (bytes: Buffer, at: number): boolean => {
  const header = parseSegmentHeader(bytes)
  return (
    typeof header === 'object' && scanSegment(bytes.subarray(0, at), header.epoch).soundBytes === at
  )
}

const inTemporary = async (run: (root: string) => Promise<void>) => {
  const root = mkdtempSync(join(tmpdir(), 'mayfly-spool-'))
  try {
    await run(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

t.test(
  'model: whatever the agent does, everything unacknowledged is delivered once, in order',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(steps, (list) =>
        inTemporary(async (root) => {
          const { spool, expected } = await play(root, list, 1_000_000)
          deepStrictEqual(idsOf(spool), expected)
          await spool.close()
        }),
      ),
      { numRuns: 60 },
    )
    t.pass()
  },
)

t.test('model: in a tiny spool, what is not delivered lies in exact gaps', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, (list) =>
      inTemporary(async (root) => {
        const { spool, expected } = await play(root, list, 4000)
        const delivered = deliverAll(spool)
        const kept = delivered.filter(({ id }) => !id.startsWith('gap')).map(({ id }) => id)
        deepStrictEqual(kept, expected.slice(expected.length - kept.length))
        const lost = delivered
          .filter(({ id }) => id.startsWith('gap'))
          .reduce((sum, { id }) => sum + Number(id.split(':')[2]), 0)
        equal(lost, expected.length - kept.length)
        await spool.close()
      }),
    ),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('model: damage at any byte of any file is never silent and never invents', async (t) => {
  const damage = fc.record({
    file: fc.nat(),
    position: fc.nat(),
    mask: fc.integer({ min: 1, max: 255 }),
    cut: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(steps, damage, (list, { file, position, mask, cut }) =>
      inTemporary(async (root) => {
        const { spool, expected, dir, open } = await play(root, list, 1_000_000)
        await spool.close()
        const names = readdirSync(dir).filter((name) => name !== 'lock')
        const name = names[file % Math.max(1, names.length)]
        if (name === undefined) return
        const path = join(dir, name)
        const bytes = readFileSync(path)
        const at = position % bytes.length
        // A file of the middle is never cut by a crash, but disks do worse things.
        writeFileSync(path, cut ? bytes.subarray(0, at) : bytes.with(at, (bytes[at] ?? 0) ^ mask))
        const damaged = open()
        const delivered = deliverAll(damaged)
        const kept = delivered.filter(({ id }) => !id.startsWith('gap')).map(({ id }) => id)
        const gaps = delivered.filter(({ id }) => id.startsWith('gap'))
        const missing = expected.filter((id) => !kept.includes(id))
        // Without its mark, the spool may deliver again what was acknowledged, but nothing else.
        ok(
          kept
            .filter((id) => !expected.includes(id))
            .every((id) => Number(id) < Number(expected[0] ?? 1e9)),
        )
        deepStrictEqual(
          kept,
          [...kept].sort((a, b) => Number(a) - Number(b)),
          'in order',
        )
        const lost = gaps.reduce((sum, { id }) => sum + Number(id.split(':')[2]), 0)
        const isUnknown = gaps.some(({ id }) => id.endsWith(':null'))
        // Cut exactly between two records at the end of an epoch, it looks as if nothing more had ever been appended.
        const isAsIfNever = cut && isRecordBoundary(bytes, at)
        ok(
          isUnknown || lost >= missing.length || isAsIfNever,
          `${missing.length} missing, gaps ${gaps.map((g) => g.id)}`,
        )
        await damaged.close()
      }),
    ),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('a directory that nobody may write to, not even root, is replaced by memory', async (t) => {
  // The kernel lets no user make a file in /proc, so the case holds for every user that runs it.
  const spool = Spool.open(options('/proc/self/task'))
  t.equal(spool.stats().mode, 'memory')
  t.match(spool.stats().problem, /\/proc\/self\/task/)
  append(spool, ['a', 'b'])
  t.strictSame(idsOf(spool), ['a', 'b'])
  await spool.close()
})
