import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { CodecError, decodeFrame, encodeFrame } from '#proto/codec.ts'
import { type Frame, nackReasons, noTotals, noticeStates } from '#proto/frame.ts'
import { limits, ranges } from '#proto/limits.ts'

const exact = fc.oneof(fc.nat(), fc.integer({ min: 0, max: ranges.exact }))
const u32 = fc.integer({ min: 0, max: ranges.u32 })
const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.toWellFormed())

/** As code builds them: never without a prototype. */
const plain = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as never

const totals = plain({ captured: exact, filtered: exact, unknownGaps: exact })

const frames: { readonly [K in Frame['kind']]: fc.Arbitrary<Frame> } = {
  hello: plain({
    kind: fc.constant('hello' as const),
    agent: text,
    node: text,
    epoch: exact,
    protocolVersion: u32,
    agentVersion: text,
    capabilities: fc.array(text, { maxLength: 4 }),
    kernel: text,
    firstUnackedSeq: exact,
    lastUnackedSeq: exact,
    backlog: fc.boolean(),
    // 0 on the wire stands for the version itself.
    oldestProtocolVersion: fc.integer({ min: 1, max: ranges.u32 }),
  }),
  welcome: plain({
    kind: fc.constant('welcome' as const),
    resumeFrom: exact,
    creditBytes: exact,
    maxFrameBytes: exact,
    maxBatchRawBytes: exact,
    protocolVersion: u32,
    collectorVersion: text,
  }),
  batch: plain({
    kind: fc.constant('batch' as const),
    firstSeq: exact,
    count: fc.integer({ min: 1, max: ranges.exact }),
    rawBytes: fc.integer({ min: 0, max: limits.batchRawBytes }),
    payload: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    before: totals,
    after: totals,
  }),
  ack: plain({ kind: fc.constant('ack' as const), durableSeq: exact }),
  nack: plain({
    kind: fc.constant('nack' as const),
    reason: fc.constantFrom(...nackReasons),
    retryAfterMs: u32,
    detail: text,
  }),
  credit: plain({ kind: fc.constant('credit' as const), bytes: exact }),
  status: plain({
    kind: fc.constant('status' as const),
    ledger: plain({
      captured: exact,
      filtered: exact,
      lost: exact,
      spooled: exact,
      acked: exact,
    }),
    sources: fc.array(
      plain({
        name: fc.constantFrom('ebpf' as const, 'procfs' as const),
        state: fc.constantFrom('running' as const, 'degraded' as const, 'failed' as const),
        detail: text,
      }),
      { maxLength: 3 },
    ),
    lastSeq: exact,
    spoolBytes: exact,
    epochs: fc.array(plain({ epoch: exact, firstUnackedSeq: exact, lastSeq: exact, totals }), {
      maxLength: 3,
    }),
    kernelUnaccounted: exact,
  }),
  notice: plain({
    kind: fc.constant('notice' as const),
    state: fc.constantFrom(...noticeStates),
    detail: text,
  }),
  goodbye: plain({ kind: fc.constant('goodbye' as const), reason: text }),
}

for (const [kind, arbitrary] of Object.entries(frames)) {
  t.test(`a ${kind} frame comes back exactly as it went`, async (t) => {
    fc.assert(
      fc.property(arbitrary, (frame) => {
        deepStrictEqual(decodeFrame(encodeFrame(frame)), frame)
      }),
      { numRuns: 60 },
    )
    t.pass()
  })
}

t.test('a frame cut or changed at any byte decodes or fails as CodecError', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(...Object.values(frames)),
      fc.nat(),
      fc.nat(255),
      (frame, position, value) => {
        const bytes = Uint8Array.from(encodeFrame(frame))
        const at = position % Math.max(1, bytes.length)
        for (const hostile of [bytes.subarray(0, at), bytes.with(at, value)]) {
          try {
            decodeFrame(hostile)
          } catch (error) {
            if (!(error instanceof CodecError)) throw error
          }
        }
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})

const hello = {
  kind: 'hello' as const,
  agent: 'a',
  node: 'n',
  epoch: 1,
  protocolVersion: 1,
  agentVersion: '',
  capabilities: [],
  kernel: '',
  firstUnackedSeq: 1,
  lastUnackedSeq: 0,
  backlog: false,
  oldestProtocolVersion: 1,
}
const totalsOf = { before: noTotals, after: noTotals }
const refused: readonly [string, Frame, string][] = [
  ['an agent name of 2 KiB', { ...hello, agent: 'x'.repeat(2048) }, 'limit'],
  ['33 capabilities', { ...hello, capabilities: Array(33).fill('x') }, 'limit'],
  ['an epoch of 54 bits', { ...hello, epoch: 2 ** 53 }, 'range'],
  [
    'a batch of more raw bytes than any may have',
    {
      kind: 'batch',
      firstSeq: 1,
      count: 1,
      rawBytes: limits.batchRawBytes + 1,
      payload: Buffer.alloc(1),
      ...totalsOf,
    },
    'limit',
  ],
  [
    'a batch larger than a frame',
    {
      kind: 'batch',
      firstSeq: 1,
      count: 1,
      rawBytes: 1,
      payload: Buffer.alloc(limits.frameBytes),
      ...totalsOf,
    },
    'limit',
  ],
]
for (const [name, frame, code] of refused) {
  t.test(`${name} is refused`, async (t) => {
    t.throws(() => encodeFrame(frame), { code })
  })
}

t.test('a batch without events is malformed', async (t) => {
  const empty = encodeFrame({
    kind: 'batch',
    firstSeq: 1,
    count: 0,
    rawBytes: 0,
    payload: Buffer.alloc(0),
    ...totalsOf,
  })
  t.throws(() => decodeFrame(empty), { code: 'malformed' })
})
