import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { version } from '#base/version.ts'
import { Quarantine } from '#collector/ingest/quarantine.ts'
import { StoreError } from '#collector/store/errors.ts'
import { compress, decompress, encodeChunkList, encodeFrame, splitChunkList } from '#proto/codec.ts'
import { type Frame, noTotals, type Totals } from '#proto/frame.ts'
import { mayfly } from '#proto/gen/mayfly.js'
import { limits, protocolVersion } from '#proto/limits.ts'
import {
  batch,
  FrameClient,
  greet,
  hello,
  type IngestServerOptions,
  startIngest,
} from '#test/fixtures/ingest-server.ts'
import type { MemoryStore } from '#test/fixtures/memory-store.ts'
import { eventId, namedEvent } from '#test/fixtures/named-events.ts'
import { until } from '#test/fixtures/until.ts'

/** A server that ends with the test. */
const started = async (
  t: { teardown: (end: () => Promise<void>) => void },
  options?: IngestServerOptions,
) => {
  const server = await startIngest(options)
  t.teardown(() => server.close())
  return server
}

const ids = (store: MemoryStore) => store.rows.map(({ seq, event }) => `${seq}:${eventId(event)}`)

t.test('batches are stored, acknowledged and credited', async (t) => {
  const { url, store, ingest } = await started(t)
  const client = await greet(url)
  t.strictSame(await client.first('welcome'), {
    kind: 'welcome',
    resumeFrom: 1,
    creditBytes: 4 * 1024 * 1024,
    maxFrameBytes: limits.frameBytes,
    maxBatchRawBytes: limits.batchRawBytes,
    protocolVersion,
    collectorVersion: version,
  })
  const [first, second] = [batch(1, 2), batch(3, 1)]
  client.send(first, second)
  await client.untilAcked(3)
  t.strictSame(ids(store), ['1:1', '2:2', '3:3'])
  await until('all is credited', () => client.of('credit').length > 0)
  t.equal(
    client.of('credit').reduce((sum, { bytes }) => sum + bytes, 0),
    first.rawBytes + second.rawBytes,
  )
  t.match(store.rows[0], { agent: 'agent-1', node: 'node-1', epoch: 11 })
  t.match(ingest.totals(), { eventsReceived: 3, eventsDuplicate: 0, batches: 2, queueBytes: 0 })
  client.socket.close()
})

t.test(
  'a connection resumes where the store says, and what comes twice is stored once',
  async (t) => {
    const { url, store, ingest } = await started(t)
    const lost = await greet(url)
    lost.send(batch(1, 3))
    await until('the rows are stored', () => store.rows.length === 3)
    lost.socket.terminate()
    const client = await greet(url, { firstUnackedSeq: 1, lastUnackedSeq: 5 })
    t.equal((await client.first('welcome')).resumeFrom, 4)
    client.send(batch(1, 3), batch(2, 4))
    await client.untilAcked(5)
    t.strictSame(ids(store), ['1:1', '2:2', '3:3', '4:4', '5:5'])
    t.equal(ingest.totals().eventsDuplicate, 5)
    t.strictSame(store.violations, [])
    client.socket.close()
  },
)

t.test(
  'an epoch that the store does not know resumes at its first unacknowledged event',
  async (t) => {
    const { url } = await started(t)
    const client = await greet(url, { firstUnackedSeq: 41, lastUnackedSeq: 50 })
    t.equal((await client.first('welcome')).resumeFrom, 41)
    client.socket.close()
  },
)

t.test('a hole ends the connection, and nothing beyond it is stored', async (t) => {
  const { url, store } = await started(t)
  const client = await greet(url)
  client.send(batch(1, 2), batch(4, 1))
  t.match(await client.first('nack'), { reason: 'hole', detail: /begins at 4, expected 3/ })
  t.match(await client.untilClosed(), /^4002 /)
  t.notOk(store.rows.some(({ seq }) => seq > 2))
})

t.test('a jump to a gap is taken, and the gap owns up only to what did not arrive', async (t) => {
  const { url, store } = await started(t)
  const gap = (lost: number) => ({
    ...namedEvent('x'),
    kind: 'gap' as const,
    reason: 'spool_full' as const,
    lost,
    replaces: lost,
    fromUs: 1,
    toUs: 2,
    affects: [],
  })
  const client = await greet(url)
  client.send(batch(1, 3))
  await client.untilAcked(3)
  const replaced = batch(10, 2, [gap(10), namedEvent('11')], noTotals)
  client.send({ ...replaced, firstSeq: 1, count: 11 })
  await client.untilAcked(11)
  t.strictSame(ids(store), ['1:1', '2:2', '3:3', '10:gap:spool_full:7', '11:11'])
  client.socket.close()
})

t.test(
  'a newer connection of an agent takes over, and resumes after what is on its way',
  async (t) => {
    const { url, store, ingest } = await started(t)
    store.insertMs = 100
    const older = await greet(url)
    older.send(batch(1, 2))
    await until('the insert runs', () => store.inserts === 1)
    older.send(batch(3, 2))
    const newer = await greet(url)
    t.equal((await newer.first('welcome')).resumeFrom, 3)
    t.match(await older.untilClosed(), /^4000 taken over/)
    newer.send(batch(3, 2))
    await newer.untilAcked(4)
    t.strictSame(ids(store), ['1:1', '2:2', '3:3', '4:4'])
    t.strictSame(store.violations, [])
    t.match(ingest.totals(), { takeOvers: 1, agentsConnected: 1 })
    newer.socket.close()
  },
)

t.test(
  'two epochs that keep sending under one name are a conflict: the one that returns is refused',
  async (t) => {
    const { url, ingest } = await started(t)
    const first = await greet(url, { epoch: 11 })
    const second = await greet(url, { epoch: 22 })
    await first.untilClosed()
    const back = await new FrameClient(url).open()
    back.send(hello({ epoch: 11 }))
    t.match(await back.first('nack'), {
      reason: 'conflict',
      detail: /two agents call themselves agent-1/,
    })
    t.match(await back.untilClosed(), /^4001 /)
    second.send(batch(1, 1))
    await second.untilAcked(1)
    t.match(ingest.totals(), { conflicts: 1, takeOvers: 1 })
    second.socket.close()
  },
)

t.test('who has no token, or a wrong one, is told what to do', async (t) => {
  const { url, ingest } = await started(t, { token: 'right' })
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /^401 a token is required: send "Authorization: Bearer <token>"/],
    [{ authorization: 'Bearer wrong' }, /^401 the token is wrong/],
    [{ authorization: 'Basic right' }, /^401 a token is required/],
  ]
  for (const [headers, answer] of cases) {
    const client = new FrameClient(url, headers)
    await until('an answer', () => client.refused !== '')
    t.match(client.refused, answer)
  }
  const client = await new FrameClient(url, { authorization: 'Bearer right' }).open()
  t.equal(ingest.totals().connectionsRefused, 3)
  client.socket.close()
})

t.test('another path, and one connection too many, are refused', async (t) => {
  const { url } = await started(t, { maxConnections: 1 })
  const wrong = new FrameClient(url.replace('/v1/ingest', '/other'))
  await until('an answer', () => wrong.refused !== '')
  t.equal(wrong.refused, '404 agents connect to /v1/ingest\n')
  const one = await greet(url)
  const two = new FrameClient(url)
  await until('an answer', () => two.refused !== '')
  t.equal(two.refused, '503 1 agents are connected\n')
  one.socket.close()
})

t.test('who says no Hello in time is sent away', async (t) => {
  const { url } = await started(t, { helloTimeoutMs: 30 })
  const client = await new FrameClient(url).open()
  t.equal(await client.untilClosed(), '4004 no Hello in time')
})

const notFrames: readonly [string, (client: FrameClient) => void][] = [
  ['random bytes', (client) => client.sendRaw(Buffer.from('8f00ff3a991c', 'hex'))],
  ['a text message', (client) => client.sendRaw('hello')],
  ['an empty message', (client) => client.sendRaw(Buffer.alloc(0))],
  ['a cut Hello', (client) => client.sendRaw(encodeFrame(hello()).subarray(0, 9))],
  ['a Hello without a name', (client) => client.send(hello({ agent: '' }))],
  ['a batch before Hello', (client) => client.send(batch(1, 1))],
  ['a frame for agents', (client) => client.send({ kind: 'ack', durableSeq: 1 })],
]
for (const [name, send] of notFrames) {
  t.test(`${name} ends the connection with a reason, and nothing else`, async (t) => {
    const { url } = await started(t)
    const client = await new FrameClient(url).open()
    send(client)
    t.match(await client.untilClosed(), /^1002 ./)
    t.match(await client.first('nack'), { reason: 'protocol' })
    const next = await greet(url)
    next.socket.close()
  })
}

t.test('two Hellos are one too many', async (t) => {
  const { url } = await started(t)
  const client = await greet(url)
  client.send(hello())
  t.match(await client.untilClosed(), /^1002 /)
})

for (const [name, fields, spoken] of [
  ['newer', { protocolVersion: 99, oldestProtocolVersion: 98 }, 'protocol 98 to 99'],
  ['older', { protocolVersion: 0, oldestProtocolVersion: 0 }, 'protocol 0 to 0'],
] as const) {
  t.test(`an agent that only speaks ${name} protocols is refused with all numbers`, async (t) => {
    const { url } = await started(t)
    const client = await new FrameClient(url).open()
    client.send(hello(fields))
    const { reason, detail } = await client.first('nack')
    t.equal(reason, 'version')
    t.match(detail, `${spoken}, collector ${version} 1 to 1: run versions at most one minor apart`)
    t.match(await client.untilClosed(), /^4003 /)
  })
}

/** The second event becomes one of a kind that nobody here knows. */
const withUnknownEvent = (raw: Uint8Array): Uint8Array =>
  encodeChunkList(
    splitChunkList(raw).map((bytes) => {
      const chunk = mayfly.v1.Chunk.decode(bytes)
      const [, second] = chunk.events
      if (second !== undefined) second.exec = null
      return mayfly.v1.Chunk.encode(chunk).finish()
    }),
  )

t.test(
  'a newer agent that also speaks our protocol is understood as far as possible',
  async (t) => {
    const { url, store, ingest } = await started(t)
    const client = await greet(url, { protocolVersion: 2, oldestProtocolVersion: 1 })
    t.equal((await client.first('welcome')).protocolVersion, protocolVersion)
    // A frame of a kind that only the newer one knows: field 30, a message of three bytes.
    client.sendRaw(Buffer.from([0xf2, 0x01, 0x03, 1, 2, 3]))
    client.send(batch(1, 2))
    // An event of a kind that only the newer one knows, which counts for two, between two that are known.
    const events = [namedEvent('3'), namedEvent('4'), namedEvent('5')]
    const known = batch(3, 3, events)
    const raw = withUnknownEvent(decompress(known.payload, known.rawBytes))
    const after = { ...known.after, captured: known.after.captured + 1 }
    client.send({ ...known, rawBytes: raw.length, payload: compress(raw), after })
    client.send(batch(6, 1, undefined, after))
    await client.untilAcked(6)
    t.strictSame(ids(store), ['1:1', '2:2', '3:3', '4:gap:decode_failed:2', '5:5', '6:6'])
    t.equal(ingest.totals().framesIgnored, 1)
    client.socket.close()
  },
)

t.test('a frame over the limit ends the connection before it is held', async (t) => {
  const { url } = await started(t)
  const client = await greet(url)
  client.sendRaw(Buffer.alloc(limits.frameBytes + 1))
  t.match(await client.untilClosed(), /^1009 /)
})

t.test('a message in many small fragments ends the connection', async (t) => {
  const { url } = await started(t)
  const client = await greet(url)
  for (let index = 0; index < 20; index += 1) client.socket.send(Buffer.alloc(1), { fin: false })
  t.match(await client.untilClosed(), /^1008 /)
})

t.test('a connection that never finishes its upgrade holds nothing', async (t) => {
  const { port, ingest } = await started(t)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /v1/ingest HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n')
  const client = await greet(`ws://127.0.0.1:${port}/v1/ingest`)
  t.equal(ingest.totals().agentsConnected, 1)
  client.socket.close()
  socket.destroy()
})

const seen = (captured: number): Totals => ({ ...noTotals, captured })
const poison = (fields: Partial<ReturnType<typeof batch>>): Frame => ({ ...batch(3, 4), ...fields })
const poisons: readonly [string, Frame][] = [
  ['that does not unpack', poison({ payload: Buffer.from('garbage') })],
  ['that unpacks to another size', poison({ rawBytes: 5 })],
  [
    'that has other numbers than it announces',
    { ...batch(9, 4), firstSeq: 3, before: seen(2), after: seen(6) },
  ],
  ['whose chunk is cut', { ...batch(3, 4), ...cutBatch() }],
]
function cutBatch() {
  const whole = batch(3, 4)
  return { payload: whole.payload.subarray(0, 20) }
}
for (const [name, frame] of poisons) {
  t.test(
    `a batch ${name} is replaced by an exact gap, kept aside, and holds nobody up`,
    async (t) => {
      const dir = join(t.testdir(), 'quarantine')
      const quarantine = new Quarantine({ dir, log: silentLog, clock: systemClock })
      const { url, store, ingest } = await started(t, { quarantine })
      const client = await greet(url)
      client.send(batch(1, 2), frame, batch(7, 1))
      await client.untilAcked(7)
      t.strictSame(ids(store), ['1:1', '2:2', '6:gap:poison:4', '7:7'])
      t.equal(ingest.totals().eventsQuarantined, 4)
      t.match(quarantine.state, { batches: 1, events: 4, files: 1, last: /numbers 3 to 6/ })
      t.match(readdirSync(dir), [/^agent-1-[0-9a-f]{8}-11-3\.zst$/])
      client.socket.close()
    },
  )
}

t.test(
  'what the store refuses for ever is found among others and replaced by an exact gap',
  async (t) => {
    const { url, store } = await started(t, { lingerMs: 50 })
    store.refuses = (event) => event.kind === 'exec' && event.exe === 'bad'
    const [one, two] = [await greet(url, { agent: 'one' }), await greet(url, { agent: 'two' })]
    one.send(batch(1, 1), batch(2, 2, [namedEvent('bad'), namedEvent('3')]), batch(4, 1))
    two.send(batch(1, 1))
    await Promise.all([one.untilAcked(4), two.untilAcked(1)])
    t.strictSame(
      store.rows
        .filter(({ agent }) => agent === 'one')
        .map(({ seq, event }) => `${seq}:${eventId(event)}`),
      ['1:1', '3:gap:poison:2', '4:4'],
    )
    one.socket.close()
    two.socket.close()
  },
)

t.test(
  'while the store is down nothing is acknowledged, credit bounds what is held, and it recovers by itself',
  async (t) => {
    const creditBytes = 20_000
    const { url, store, ingest } = await started(t, { creditBytes, queueBytes: 30_000 })
    store.isDown = true
    const count = 100
    // Each sends what its credit allows, as the uplink does, and goes on as it is credited.
    const clients = await Promise.all(['a', 'b', 'c'].map((agent) => greet(url, { agent })))
    const sentSeqs = clients.map((client) => {
      let [nextSeq, spent] = [1, 0]
      const sendSome = () => {
        const credit = creditBytes + client.of('credit').reduce((sum, { bytes }) => sum + bytes, 0)
        while (nextSeq <= 40 * count && spent < credit) {
          const next = batch(nextSeq, count)
          client.send(next)
          spent += next.rawBytes
          nextSeq += count
        }
      }
      client.socket.on('message', sendSome)
      sendSome()
      return () => nextSeq
    })
    await until('much is held', () => ingest.totals().queueBytes > 30_000)
    t.ok(ingest.totals().queueBytes <= 3 * (creditBytes + batch(1, count).rawBytes))
    t.ok(sentSeqs.every((nextSeq) => nextSeq() < 40 * count))
    t.ok(clients.every((client) => client.of('ack').length === 0))
    store.isDown = false
    await Promise.all(clients.map((client) => client.untilAcked(40 * count)))
    t.equal(store.rows.length, 3 * 40 * count)
    t.strictSame(store.violations, [])
    for (const client of clients) client.socket.close()
  },
)

t.test('who sends beyond its credit is sent away', async (t) => {
  const { url, store } = await started(t, { creditBytes: 1000 })
  store.isDown = true
  const client = await greet(url)
  client.send(batch(1, 50), batch(51, 50))
  t.match(await client.untilClosed(), /^1002 a batch beyond the credit/)
})

t.test(
  'when an insert fails the agent is asked to come again, and nothing is stored twice',
  async (t) => {
    const { url, store } = await started(t)
    store.rejectNext.push(new StoreError('unreachable', 'no answer from the engine'))
    const client = await greet(url)
    client.send(batch(1, 2))
    t.match(await client.first('nack'), { reason: 'busy', detail: /no answer from the engine/ })
    t.match(await client.untilClosed(), /^4005 /)
    const again = await greet(url)
    t.equal((await again.first('welcome')).resumeFrom, 1)
    again.send(batch(1, 2))
    await again.untilAcked(2)
    t.equal(store.rows.length, 2)
    again.socket.close()
  },
)

t.test('agents share inserts', async (t) => {
  const { url, store } = await started(t, { lingerMs: 60 })
  const clients = await Promise.all(['a', 'b', 'c', 'd'].map((agent) => greet(url, { agent })))
  for (const client of clients) client.send(batch(1, 5))
  await Promise.all(clients.map((client) => client.untilAcked(5)))
  t.ok(store.largestInsert > 1)
  t.equal(store.rows.length, 20)
  for (const client of clients) client.socket.close()
})

t.test('a silent peer is dropped', async (t) => {
  const { port, ingest } = await started(t, { pingIntervalMs: 30 })
  const client = new FrameClient(`ws://127.0.0.1:${port}/v1/ingest`)
  await client.open()
  client.send(hello())
  await client.first('welcome')
  client.socket.pause()
  await until('it is dropped', () => ingest.totals().agentsConnected === 0)
  t.match(ingest.agents(), [{ agent: 'agent-1', connected: false }])
  client.socket.terminate()
})

t.test('status reaches the table and the store, disconnection too', async (t) => {
  const { url, store, ingest } = await started(t)
  const client = await greet(url)
  client.send({
    kind: 'status',
    ledger: { captured: 10, filtered: 2, lost: 1, spooled: 8, acked: 0 },
    sources: [{ name: 'ebpf', state: 'degraded', detail: 'no BTF' }],
    lastSeq: 8,
    spoolBytes: 100,
    epochs: [
      {
        epoch: 11,
        firstUnackedSeq: 1,
        lastSeq: 8,
        totals: { captured: 10, filtered: 2, unknownGaps: 0 },
      },
    ],
    kernelUnaccounted: 3,
  })
  await until('it is known', () => ingest.agents()[0]?.captured === 10)
  t.match(ingest.agents(), [
    {
      agent: 'agent-1',
      node: 'node-1',
      epoch: 11,
      connected: true,
      filtered: 2,
      lost: 1,
      lastSeq: 8,
      sources: [{ name: 'ebpf', state: 'degraded', detail: 'no BTF' }],
    },
  ])
  client.socket.close()
  await until('it is gone', () => store.seen.at(-1)?.connected === false)
  t.match(store.seen.at(-1), { agent: 'agent-1', captured: 10, connected: false })
})

t.test('an orderly end stores and acknowledges what was taken', async (t) => {
  const server = await startIngest({ lingerMs: 60_000 })
  const client = await greet(server.url)
  client.send(batch(1, 3))
  await until('it is taken', () => server.ingest.totals().queueBytes > 0)
  t.equal(server.ingest.isOpen(), true)
  const closing = server.ingest.close()
  t.equal(server.ingest.isOpen(), false, 'from the first moment')
  await closing
  t.equal(server.store.rows.length, 3)
  t.match(await client.untilClosed(), /^1001 the collector ends/)
  t.equal(client.of('ack').at(-1)?.durableSeq, 3)
  await server.close()
})
