import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  CodecError,
  compress,
  decodeChunk,
  decodeChunkList,
  decodeFrame,
  decompress,
  encodeChunk,
  encodeChunkList,
  encodeFrame,
  splitChunkList,
} from '#proto/codec.ts'
import type { Chunk, Event, ExecEvent } from '#proto/event.ts'
import { limits, ranges } from '#proto/limits.ts'
import { anyChunk, eventArbitraries } from '#test/fixtures/arbitrary-events.ts'
import { stormChunks } from '#test/fixtures/storm-events.ts'

const chunkOf = (...events: Event[]): Chunk => ({
  firstSeq: 1,
  boot: 'boot',
  ringId: 0,
  ringPosition: 0,
  events,
})
const execEvent = stormChunks({ chunks: 1, eventsPerChunk: 1 })[0]?.events[0] as ExecEvent

/** What a decoder made of some bytes: a value, or the code of its CodecError. Anything else it throws fails the test. */
const outcomeOf = (decode: () => unknown): string => {
  try {
    decode()
    return 'decoded'
  } catch (error) {
    if (error instanceof CodecError) return error.code
    throw error
  }
}

for (const [kind, arbitrary] of Object.entries(eventArbitraries)) {
  t.test(`a chunk of ${kind} events comes back exactly as it went`, async (t) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 5 }), (events) => {
        const chunk = chunkOf(...events)
        deepStrictEqual(decodeChunk(encodeChunk(chunk)), chunk)
      }),
      { numRuns: 60 },
    )
    t.pass()
  })
}

t.test('a chunk of mixed kinds comes back exactly as it went', async (t) => {
  fc.assert(
    fc.property(anyChunk, (chunk) => {
      deepStrictEqual(decodeChunk(encodeChunk(chunk)), chunk)
    }),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('a label named __proto__ is only a label', async (t) => {
  fc.assert(
    fc.property(eventArbitraries.container, (event) => {
      const labels = Object.fromEntries([['__proto__', 'x']])
      const [decoded] = decodeChunk(encodeChunk(chunkOf({ ...event, labels } as Event))).events
      const back = decoded?.kind === 'container' ? decoded.labels : {}
      t.strictSame(Object.entries(back), [['__proto__', 'x']])
      t.equal(Object.getPrototypeOf(back), Object.prototype)
    }),
    { numRuns: 5 },
  )
})

t.test('boot times beyond 2^53 keep their double, whatever stands before them', async (t) => {
  const times = [5, 2 ** 60, 2 ** 60 + 2 ** 9, 7, 2 ** 53 + 2, ranges.u64, 0]
  const chunk = chunkOf(...times.map((bootNs) => ({ ...execEvent, bootNs })))
  t.strictSame(
    decodeChunk(encodeChunk(chunk)).events.map((event) => event.bootNs),
    times,
  )
})

t.test('what a file system may choose freely is saturated, the same way each time', async (t) => {
  const file = { device: 1, inode: Number(2n ** 64n - 1n), ctimeUs: -9e30 }
  const [event] = decodeChunk(encodeChunk(chunkOf({ ...execEvent, file }))).events
  t.strictSame(event?.kind === 'exec' && event.file, {
    device: 1,
    inode: ranges.u64,
    ctimeUs: -ranges.exact,
  })
})

const unencodable: readonly [string, Partial<ExecEvent>, string][] = [
  ['a fraction of a nanosecond', { bootNs: 1.5 }, 'range'],
  ['a boot time that is not a number', { bootNs: Number.NaN }, 'range'],
  ['an infinite wall time', { timeUs: Number.POSITIVE_INFINITY }, 'range'],
  ['a wall time before 1970', { timeUs: -1 }, 'range'],
  ['a negative pid', { process: { pid: -1, startNs: 0 } }, 'range'],
  ['a negative start', { process: { pid: 1, startNs: -5 } }, 'range'],
  ['a uid of 33 bits', { uid: 2 ** 32 }, 'range'],
  ['a value outside its union', { entry: 'sideways' as 'init' }, 'range'],
  ['too many arguments', { argv: Array(limits.argvElements + 1).fill('') }, 'limit'],
  ['an argument of 300 KiB', { argv: ['x'.repeat(300 * 1024)] }, 'limit'],
]
for (const [name, fields, code] of unencodable) {
  t.test(`an exec with ${name} is refused before it is spooled`, async (t) => {
    t.equal(
      outcomeOf(() => encodeChunk(chunkOf({ ...execEvent, ...fields }))),
      code,
    )
  })
}

t.test('too many events for a chunk are refused', async (t) => {
  const events = Array<Event>(limits.eventsPerChunk + 1).fill(execEvent)
  t.equal(
    outcomeOf(() => encodeChunk(chunkOf(...events))),
    'limit',
  )
})

t.test('random bytes decode or fail as CodecError, in every decoder', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      outcomeOf(() => decodeChunk(bytes))
      outcomeOf(() => decodeFrame(bytes))
      outcomeOf(() => splitChunkList(bytes))
      outcomeOf(() => decompress(bytes, 100))
    }),
    { numRuns: 500 },
  )
  t.pass()
})

t.test(
  'a chunk cut or changed at any byte decodes to something valid or fails as CodecError',
  async (t) => {
    fc.assert(
      fc.property(anyChunk, fc.nat(), fc.nat(255), (chunk, position, value) => {
        const bytes = encodeChunk(chunk)
        const at = position % bytes.length
        outcomeOf(() => decodeChunk(bytes.subarray(0, at)))
        const changed = Uint8Array.from(bytes)
        changed[at] = value
        if (outcomeOf(() => decodeChunk(changed)) !== 'decoded') return
        // Whatever was accepted must be within all ranges, and so be encodable again.
        const accepted = decodeChunk(changed)
        deepStrictEqual(decodeChunk(encodeChunk(accepted)), accepted)
      }),
      { numRuns: 300 },
    )
    t.pass()
  },
)

t.test('bombs are stopped by counts before anything is built', async (t) => {
  const emptyEvents = new Uint8Array((limits.eventsPerChunk + 1) * 2)
  for (let index = 0; index < emptyEvents.length; index += 2) emptyEvents[index] = (11 << 3) | 2
  t.equal(
    outcomeOf(() => decodeChunk(emptyEvents)),
    'limit',
  )
  t.equal(
    outcomeOf(() => decodeChunk(new Uint8Array(limits.chunkBytes + 1))),
    'limit',
  )
  t.equal(
    outcomeOf(() => decodeFrame(new Uint8Array(limits.frameBytes + 1))),
    'limit',
  )
  const zeros = compress(new Uint8Array(limits.batchRawBytes + 1))
  t.ok(zeros.length < 100_000, 'a small payload')
  t.equal(
    outcomeOf(() => decompress(zeros, limits.batchRawBytes)),
    'decompress',
  )
  t.equal(
    outcomeOf(() => decompress(zeros, limits.batchRawBytes + 1)),
    'limit',
  )
  const manyChunks = new Uint8Array((limits.chunksPerBatch + 1) * 2)
  for (let index = 0; index < manyChunks.length; index += 2) manyChunks[index] = (1 << 3) | 2
  t.equal(
    outcomeOf(() => splitChunkList(manyChunks)),
    'limit',
  )
})

t.test('a payload must unpack to the size announced', async (t) => {
  const packed = compress(Buffer.from('hello'))
  t.strictSame(Buffer.from(decompress(packed, 5)).toString(), 'hello')
  for (const size of [0, 4, 6]) {
    t.equal(
      outcomeOf(() => decompress(packed, size)),
      'decompress',
      `${size}`,
    )
  }
})

t.test('a batch must hold the sequence numbers that it announces', async (t) => {
  const chunks = stormChunks({ chunks: 3, eventsPerChunk: 4, firstSeq: 11 })
  const encoded = chunks.map(encodeChunk)
  const raw = encodeChunkList(encoded)
  t.strictSame(decodeChunkList(raw, { firstSeq: 11, count: 12 }), chunks)
  const cases: readonly [string, Uint8Array, number, number][] = [
    ['begins elsewhere', raw, 10, 12],
    ['has fewer', raw, 11, 13],
    ['has more', raw, 11, 11],
    ['has a hole', encodeChunkList([encoded[0], encoded[2]] as Uint8Array[]), 11, 8],
  ]
  for (const [name, bytes, firstSeq, count] of cases) {
    t.equal(
      outcomeOf(() => decodeChunkList(bytes, { firstSeq, count })),
      'malformed',
      name,
    )
  }
})

t.test('a batch may jump over numbers only to a gap that owns up to all of them', async (t) => {
  const [before, after] = stormChunks({ chunks: 2, eventsPerChunk: 2, firstSeq: 1 }) as [
    Chunk,
    Chunk,
  ]
  const gap = (replaces: number): Event => ({
    kind: 'gap',
    timeUs: 1,
    bootNs: 1,
    source: 'ebpf',
    containerId: '',
    podUid: '',
    reason: 'spool_full',
    lost: null,
    replaces,
    fromUs: 1,
    toUs: 2,
    affects: ['exec'],
  })
  const list = (replaces: number) =>
    encodeChunkList(
      [before, { ...chunkOf(gap(replaces)), firstSeq: 100 }, { ...after, firstSeq: 101 }].map(
        encodeChunk,
      ),
    )
  t.equal(decodeChunkList(list(98), { firstSeq: 1, count: 102 }).length, 3)
  for (const lost of [97, 1]) {
    t.equal(
      outcomeOf(() => decodeChunkList(list(lost), { firstSeq: 1, count: 102 })),
      'malformed',
      `${lost}`,
    )
  }
})

t.test(
  'an exec or exit of a busy node costs less than 40 bytes on the wire, else 80',
  async (t) => {
    for (const { chunkCount, eventsPerChunk, maxBytes } of [
      { chunkCount: 4, eventsPerChunk: 60, maxBytes: 40 },
      { chunkCount: 4, eventsPerChunk: 100, maxBytes: 40 },
      { chunkCount: 20, eventsPerChunk: 10, maxBytes: 80 },
    ]) {
      const chunks = stormChunks({ chunks: chunkCount, eventsPerChunk })
      const raw = encodeChunkList(chunks.map(encodeChunk))
      const bytesPerEvent = compress(raw).length / (chunkCount * eventsPerChunk)
      t.comment(
        `${chunkCount} chunks of ${eventsPerChunk}: ${bytesPerEvent.toFixed(1)} bytes/event`,
      )
      t.ok(bytesPerEvent < maxBytes, `${bytesPerEvent} bytes for an event`)
    }
  },
)

t.test('an empty frame is a CodecError', async (t) => {
  t.equal(
    outcomeOf(() => decodeFrame(encodeChunkList([]))),
    'unknown_kind',
  )
  t.equal(
    outcomeOf(() => encodeFrame({ kind: 'ack', durableSeq: -1 })),
    'range',
  )
})
