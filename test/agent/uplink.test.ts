import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { WebSocketServer } from 'ws'
import { Spool, type SpoolOptions } from '#agent/spool/spool.ts'
import { Uplink, type UplinkOptions } from '#agent/uplink.ts'
import { Backoff } from '#base/backoff.ts'
import { systemClock } from '#base/clock.ts'
import { type Log, silentLog } from '#base/log.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { AgentChunk } from '#collector/store/store.ts'
import { encodeFrame } from '#proto/codec.ts'
import { noTotals } from '#proto/frame.ts'
import { startIngest } from '#test/fixtures/ingest-server.ts'
import { startLossyProxy } from '#test/fixtures/lossy-proxy.ts'
import { MemoryStore } from '#test/fixtures/memory-store.ts'
import { eventId, namedEvent } from '#test/fixtures/named-events.ts'
import { until } from '#test/fixtures/until.ts'

const openSpool = (options: Partial<SpoolOptions> = {}): Spool =>
  Spool.open({
    dir: undefined,
    boot: 'boot-1',
    pid: process.pid,
    log: silentLog,
    clock: systemClock,
    ...options,
  })

const startUplink = (spool: Spool, url: string, options: Partial<UplinkOptions> = {}): Uplink => {
  const uplink = new Uplink({
    spool,
    url,
    agent: 'agent-1',
    node: 'node-1',
    agentVersion: '0.0.0',
    capabilities: ['exec'],
    kernel: '6.1.0',
    token: () => undefined,
    status: () => ({
      ledger: { captured: 7, filtered: 0, lost: 0, spooled: 0, acked: 0 },
      sources: [{ name: 'procfs', state: 'running', detail: 'x'.repeat(5000) }],
      kernelUnaccounted: 0,
    }),
    log: silentLog,
    clock: systemClock,
    lingerMs: 5,
    backoff: new Backoff({ baseMs: 5, capMs: 20 }),
    ...options,
  })
  uplink.start()
  return uplink
}

const append = (spool: Spool, ...ids: string[]) =>
  spool.append({ ringId: 0, ringPosition: 0, events: ids.map((id) => namedEvent(id)) })

const ids = (store: MemoryStore) => store.rows.map(({ event }) => eventId(event))

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)

/** Warnings, one after another. */
const recordingLog = (): { log: Log; warnings: string[] } => {
  const warnings: string[] = []
  return { warnings, log: { ...silentLog, warn: (_facts, message) => warnings.push(message) } }
}

t.test('what is spooled arrives, is acknowledged, and frees the spool', async (t) => {
  const server = await startIngest()
  const spool = openSpool()
  append(spool, 'a', 'b')
  const latencies: number[] = []
  const uplink = startUplink(spool, server.url, { onDelivered: (us) => latencies.push(us) })
  await until('it is acknowledged', () => spool.stats().pendingEvents === 0)
  append(spool, 'c')
  await uplink.close(5_000)
  t.strictSame(ids(server.store), ['a', 'b', 'c'])
  t.match(uplink.stats(), {
    state: 'closed',
    sentEvents: 3,
    ackedEvents: 3,
    ackedSeq: 3,
    reconnects: 0,
  })
  t.equal(latencies.length, uplink.stats().sentBatches)
  t.match(server.ingest.agents(), [{ agent: 'agent-1', captured: 7, kernel: '6.1.0' }])
  const detail = server.ingest.agents()[0]?.sources[0]?.detail
  t.equal(detail, `${'x'.repeat(255)}…`, 'a detail that is too long is cut, and shows it')
  await server.close()
})

t.test('a lost acknowledgement costs a repetition on the wire and none in the store', async (t) => {
  const server = await startIngest({ lingerMs: 1 })
  const proxy = await startLossyProxy(server.port)
  const spool = openSpool()
  const uplink = startUplink(spool, `ws://127.0.0.1:${proxy.port}/v1/ingest`)
  for (let round = 0; round < 10; round += 1) {
    append(spool, ...numbers(round * 10 + 1, round * 10 + 10))
    await until('something is stored', () => server.store.rows.length > round * 10)
    proxy.cut()
  }
  await until('all is acknowledged', () => spool.stats().pendingEvents === 0)
  t.strictSame(ids(server.store), numbers(1, 100))
  t.strictSame(server.store.violations, [])
  t.ok(uplink.stats().reconnects > 0)
  await uplink.close(0)
  await proxy.close()
  await server.close()
})

t.test('a half-open link is found out, and delivery goes on over a new one', async (t) => {
  const server = await startIngest({ pingIntervalMs: 100 })
  const proxy = await startLossyProxy(server.port)
  const spool = openSpool()
  const uplink = startUplink(spool, `ws://127.0.0.1:${proxy.port}/v1/ingest`, {
    pingIntervalMs: 50,
  })
  append(spool, 'a')
  await until('the first is acknowledged', () => spool.stats().pendingEvents === 0)
  proxy.goSilent()
  append(spool, 'b')
  await until('the second is acknowledged', () => spool.stats().pendingEvents === 0)
  t.strictSame(ids(server.store), ['a', 'b'])
  t.equal(proxy.connections(), 2)
  await uplink.close(0)
  await proxy.close()
  await server.close()
})

t.test('a collector that comes up late, goes and comes back finds everything', async (t) => {
  const store = new MemoryStore()
  const first = await startIngest({ store })
  const { port, url } = first
  await first.close()
  const spool = openSpool()
  const { log, warnings } = recordingLog()
  append(spool, 'a')
  const uplink = startUplink(spool, url, { log })
  await until('it was tried a few times', () => uplink.stats().reconnects > 3)
  t.strictSame(
    warnings,
    [
      `uplink: ${url}: connection refused: is the collector running there?; events wait in the spool`,
    ],
    'told once, not at each attempt',
  )
  const second = await startIngest({ port, store: new MemoryStore() })
  await until('it is acknowledged', () => spool.stats().pendingEvents === 0)
  t.equal(uplink.stats().lastError, '')
  await second.close()
  append(spool, 'b')
  const third = await startIngest({ port, store: new MemoryStore() })
  await until('it is acknowledged', () => spool.stats().pendingEvents === 0)
  t.strictSame([...ids(second.store), ...ids(third.store)], ['a', 'b'])
  t.equal(third.store.rows[0]?.seq, 2)
  await uplink.close(0)
  await third.close()
})

t.test('a failing store holds events back, and all arrive once it works', async (t) => {
  const server = await startIngest({ creditBytes: 3_000 })
  server.store.isDown = true
  const spool = openSpool()
  const uplink = startUplink(spool, server.url, { batchRawBytes: 1_000 })
  for (let index = 0; index < 50; index += 1)
    append(spool, ...numbers(index * 20 + 1, index * 20 + 20))
  await until('the credit is used up', () => uplink.stats().sentRawBytes > 3_000)
  await delay(50)
  t.ok(uplink.stats().sentRawBytes < 5_000, `${uplink.stats().sentRawBytes} bytes sent ahead`)
  server.store.rejectNext.push(new StoreError('unreachable', 'gone'))
  server.store.isDown = false
  await until('all is acknowledged', () => spool.stats().pendingEvents === 0)
  t.strictSame(ids(server.store), numbers(1, 1000))
  t.strictSame(server.store.violations, [])
  await uplink.close(0)
  await server.close()
})

t.test('an older epoch is delivered beside the current one, each in order', async (t) => {
  const server = await startIngest()
  const dir = t.testdir()
  const before = openSpool({ dir })
  append(before, 'a', 'b')
  await before.close()
  const spool = openSpool({ dir, boot: 'boot-2' })
  append(spool, 'c')
  const uplink = startUplink(spool, server.url)
  await until(
    'all is acknowledged',
    () => spool.heads()[0]?.isCurrent === true && spool.heads()[0]?.firstSeq === 2,
  )
  const rowsOf = (wanted: number) =>
    server.store.rows
      .filter(({ epoch }) => epoch === wanted)
      .map(({ seq, event }) => [seq, eventId(event)])
  t.strictSame(rowsOf(before.epoch), [
    [1, 'a'],
    [2, 'b'],
  ])
  t.strictSame(rowsOf(spool.epoch), [[1, 'c']])
  await uplink.close(0)
  await spool.close()
  await server.close()
})

t.test(
  'a collector that knows more numbers than the spool makes it begin a new epoch',
  async (t) => {
    const server = await startIngest()
    const spool = openSpool()
    const { epoch } = spool
    const own = {
      agent: 'agent-1',
      node: 'node-1',
      epoch,
      boot: 'boot-1',
      ringId: 0,
      ringPosition: 0,
    }
    await server.store.insert([
      {
        ...own,
        firstSeq: 1,
        events: numbers(1, 9).map((id) => namedEvent(id)),
        before: noTotals,
        after: { captured: 9, filtered: 0, unknownGaps: 0 },
      },
    ])
    append(spool, 'new')
    const uplink = startUplink(spool, server.url)
    await until(
      'all is acknowledged',
      () => spool.epoch !== epoch && spool.stats().pendingEvents === 0,
    )
    t.equal(ids(server.store).at(-1), 'new')
    t.equal(server.store.rows.at(-1)?.epoch, spool.epoch)
    await uplink.close(0)
    await server.close()
  },
)

t.test(
  'a collector that lost what it had acknowledged gets a gap with the exact number',
  async (t) => {
    const server = await startIngest()
    const spool = openSpool()
    const { epoch } = spool
    append(spool, ...numbers(1, 5))
    spool.acked(epoch, 5)
    append(spool, '6')
    const own = {
      agent: 'agent-1',
      node: 'node-1',
      epoch,
      boot: 'boot-1',
      ringId: 0,
      ringPosition: 0,
    }
    await server.store.insert([
      {
        ...own,
        firstSeq: 1,
        events: [namedEvent('1')],
        before: noTotals,
        after: { captured: 1, filtered: 0, unknownGaps: 0 },
      },
    ])
    const uplink = startUplink(spool, server.url)
    await until('it is stored', () => ids(server.store).includes('6'))
    const [, ...rest] = ids(server.store)
    // The newest segment is kept whole, so the events themselves may still be there; what is not, a gap owns up to.
    t.equal(rest.at(-1), '6')
    const lost = rest.filter((id) => id.startsWith('gap')).map((id) => Number(id.split(':')[2]))
    t.equal(rest.length - lost.length + lost.reduce((a, b) => a + b, 0), 5)
    await uplink.close(0)
    await server.close()
  },
)

t.test('a token is read at each attempt, and a refusal says what the collector said', async (t) => {
  const server = await startIngest({ token: 'right' })
  const spool = openSpool()
  append(spool, 'a')
  const { log, warnings } = recordingLog()
  const tokens = ['wrong', 'wrong', undefined, 'right']
  const uplink = startUplink(spool, server.url, { log, token: () => tokens.shift() ?? 'right' })
  await until('it is acknowledged', () => spool.stats().pendingEvents === 0)
  t.equal(warnings.length, 1)
  t.match(warnings[0], /401, token refused: the token is wrong/)
  await uplink.close(0)
  await server.close()
})

t.test('a token that cannot be read is reported, and tried again', async (t) => {
  const server = await startIngest()
  const spool = openSpool()
  append(spool, 'a')
  const { log, warnings } = recordingLog()
  let attempts = 0
  const uplink = startUplink(spool, server.url, {
    log,
    token: () => {
      attempts += 1
      if (attempts < 3) throw new Error('--token-file /none cannot be read')
      return undefined
    },
  })
  await until('it is acknowledged', () => spool.stats().pendingEvents === 0)
  t.match(warnings, ['uplink: --token-file /none cannot be read; events wait in the spool'])
  await uplink.close(0)
  await server.close()
})

t.test('something that is no collector is told apart', async (t) => {
  const other = createServer((_request, response) => response.end('hello'))
  other.on('upgrade', (_request, socket) => {
    // The agent may hang up while this is still being written.
    socket.on('error', () => {})
    socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 3\r\n\r\nTea')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(other.address() as AddressInfo).port}/v1/ingest`
  const uplink = startUplink(openSpool(), url)
  await until('an error', () => uplink.stats().lastError !== '')
  t.match(uplink.stats().lastError, /HTTP 418 instead of a collector: Tea: check the address/)
  await uplink.close(0)
  other.closeAllConnections()
  await new Promise((resolve) => other.close(resolve))
})

t.test('closing without a collector ends, and keeps what is not delivered', async (t) => {
  const dir = t.testdir()
  const spool = openSpool({ dir })
  append(spool, 'a')
  const uplink = startUplink(spool, 'ws://127.0.0.1:9/v1/ingest')
  await uplink.close(50)
  await spool.close()
  const again = openSpool({ dir })
  t.equal(again.stats().pendingEvents, 1)
  await again.close()
})

t.test('kill -9 of the agent, again and again: everything arrives exactly once', async (t) => {
  const server = await startIngest()
  const dir = t.testdir()
  const total = 3_000
  const program = fileURLToPath(new URL('../fixtures/spool-agent.ts', import.meta.url))
  const start = (): ChildProcess =>
    spawn(process.execPath, [program, dir, server.url, `${total}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  for (let kill = 1; kill <= 4; kill += 1) {
    const child = start()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await until('it delivers', () => server.store.rows.length >= kill * 400)
    child.kill('SIGKILL')
    await ended
  }
  const child = start()
  const code = await new Promise((resolve) => child.once('exit', resolve))
  t.equal(code, 0)
  t.strictSame(
    ids(server.store).toSorted((a, b) => Number(a) - Number(b)),
    numbers(1, total),
  )
  t.strictSame(server.store.violations, [])
  await server.close()
})

t.test('a long outage is delivered beside what is fresh, under an epoch of its own', async (t) => {
  const spool = openSpool({ dir: t.testdir(), segmentBytes: 20_000, cacheBytes: 5_000 })
  const { epoch } = spool
  for (let index = 0; index < 400; index += 1) append(spool, ...numbers(index * 5, index * 5 + 4))
  const server = await startIngest({ creditBytes: 4_000, backlogCreditBytes: 2_000 })
  const uplink = startUplink(spool, server.url, { backlogBytes: 10_000, batchRawBytes: 2_000 })
  await until('a new epoch begins', () => spool.epoch !== epoch)
  append(spool, 'fresh')
  await until('the fresh event is stored', () => ids(server.store).includes('fresh'))
  t.ok(spool.stats().pendingEvents > 100, `${spool.stats().pendingEvents} old ones still wait`)
  t.equal(uplink.stats().backlogEpochs, 1)
  await until('all is delivered', () => spool.stats().pendingEvents === 0)
  await until('the second link is gone', () => uplink.stats().backlogEpochs === 0)
  const old = server.store.rows.filter((row) => row.epoch === epoch)
  t.strictSame(
    old.map(({ seq }) => seq),
    Array.from({ length: 2000 }, (_, index) => index + 1),
    'each once and in order',
  )
  t.strictSame(server.store.violations, [])
  t.equal(server.ingest.agents().length, 1, 'it is one agent')
  t.match(server.ingest.agents(), [{ epoch: spool.epoch, connected: true }])
  await uplink.close(1_000)
  await spool.close()
  await server.close()
})

t.test(
  'a directory set back loses nothing, whatever was captured before the collector told',
  async (t) => {
    const dir = t.testdir({ spool: {} })
    const server = await startIngest()
    const live = openSpool({ dir: `${dir}/spool` })
    append(live, 'a')
    cpSync(`${dir}/spool`, `${dir}/snapshot`, { recursive: true })
    append(live, 'b', 'c')
    const first = startUplink(live, server.url)
    await until('it is acknowledged', () => live.stats().pendingEvents === 0)
    await first.close(5_000)
    await live.close()
    const restored = openSpool({ dir: `${dir}/snapshot` })
    append(restored, 'd', 'e', 'f', 'g')
    t.not(restored.epoch, live.epoch)
    const second = startUplink(restored, server.url)
    await until('all are there', () => ids(server.store).length >= 7)
    append(restored, 'h')
    await second.close(5_000)
    t.strictSame(ids(server.store), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    await restored.close()
    await server.close()
  },
)

t.test(
  'a directory set back loses nothing, however often the agent was started before the collector told',
  async (t) => {
    const dir = t.testdir({ spool: {} })
    const server = await startIngest()
    const live = openSpool({ dir: `${dir}/spool` })
    append(live, 'a')
    cpSync(`${dir}/spool`, `${dir}/snapshot`, { recursive: true })
    append(live, 'b', 'c')
    const first = startUplink(live, server.url)
    await until('it is acknowledged', () => live.stats().pendingEvents === 0)
    await first.close(5_000)
    await live.close()
    const restored = openSpool({ dir: `${dir}/snapshot` })
    append(restored, 'd', 'e')
    await restored.close()
    const restarted = openSpool({ dir: `${dir}/snapshot` })
    append(restarted, 'f', 'g')
    const second = startUplink(restarted, server.url)
    await until('all is acknowledged', () => restarted.stats().pendingEvents === 0)
    await second.close(5_000)
    t.strictSame(ids(server.store).toSorted(), ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    await restarted.close()
    await server.close()
  },
)

/** A store that can be set back to what it had. */
class SetBackStore extends MemoryStore {
  readonly taken: (readonly AgentChunk[])[] = []

  override async insert(chunks: readonly AgentChunk[]): Promise<void> {
    await super.insert(chunks)
    this.taken.push(chunks)
  }

  static async of(taken: readonly (readonly AgentChunk[])[]): Promise<SetBackStore> {
    const store = new SetBackStore()
    for (const chunks of taken) await store.insert(chunks)
    return store
  }
}

t.test('a collector whose store was set back gets a gap for what it has no more', async (t) => {
  const before = await startIngest({ store: new SetBackStore() })
  const spool = openSpool({ dir: t.testdir(), segmentBytes: 600 })
  const deliver = async (url: string, ...names: string[]) => {
    const uplink = startUplink(spool, url)
    for (const name of names) {
      append(spool, name)
      await until('it is stored', () => spool.stats().pendingEvents === 0)
    }
    await uplink.close(5_000)
  }
  await deliver(before.url, 'a', 'b')
  const snapshot = [...(before.store as SetBackStore).taken]
  await deliver(before.url, ...'cdefghijkl')
  await before.close()
  const after = await startIngest({ store: await SetBackStore.of(snapshot) })
  const uplink = startUplink(spool, after.url)
  append(spool, 'm')
  await until('the last is stored', () => ids(after.store).includes('m'))
  const gaps = after.store.rows.flatMap(({ event }) => (event.kind === 'gap' ? [event] : []))
  const lost = gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0)
  t.equal(after.store.rows.length - gaps.length + lost, 13)
  const { timeUs } = namedEvent('c')
  t.ok(
    gaps.every(({ fromUs, toUs }) => fromUs <= timeUs && timeUs <= toUs),
    'where it is looked for: when what it hides happened',
  )
  const { rows } = await after.store.audit({ deep: true, agents: after.ingest.agents() })
  t.match(rows, [{ captured: 13, unaccounted: 0, missingSeqs: 0, inFlight: 0, elsewhere: 0 }])
  await uplink.close(5_000)
  await spool.close()
  await after.close()
})

t.test('a short interruption begins no epoch', async (t) => {
  const server = await startIngest()
  const spool = openSpool()
  const { epoch } = spool
  append(spool, 'a', 'b')
  const uplink = startUplink(spool, server.url)
  await until('it is delivered', () => spool.stats().pendingEvents === 0)
  t.equal(spool.epoch, epoch)
  await uplink.close(1_000)
  await server.close()
})

t.test('the agent is told why nothing is acknowledged, and when it is again', async (t) => {
  const store = new MemoryStore()
  const server = await startIngest({ store })
  const { log, warnings } = recordingLog()
  const spool = openSpool()
  const uplink = startUplink(spool, server.url, { log })
  await until('it is connected', () => uplink.stats().state === 'connected')
  t.equal(uplink.stats().isStoreFailing, false)
  store.isDown = true
  await until('the agent knows', () => uplink.stats().isStoreFailing)
  t.match(warnings, ['uplink: the collector cannot store (told to fail); events wait here'])
  store.isDown = false
  await until('the agent knows that too', () => !uplink.stats().isStoreFailing)
  await uplink.close(1_000)
  await server.close()
})

t.test('a collector that chooses a protocol this agent does not speak is left', async (t) => {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.teardown(() => sockets.close())
  await new Promise((resolve) => sockets.once('listening', resolve))
  sockets.on('connection', (socket) =>
    socket.on('message', () =>
      socket.send(
        encodeFrame({
          kind: 'welcome',
          resumeFrom: 1,
          creditBytes: 1,
          maxFrameBytes: 1,
          maxBatchRawBytes: 1,
          protocolVersion: 9,
          collectorVersion: '9.9.9',
        }),
      ),
    ),
  )
  const { log, warnings } = recordingLog()
  const port = (sockets.address() as AddressInfo).port
  const uplink = startUplink(openSpool(), `ws://127.0.0.1:${port}`, { log })
  await until('it says so', () => warnings.length > 0)
  t.match(warnings[0], /collector 9\.9\.9 chose protocol 9, this agent speaks 1 to 1/)
  await uplink.close(0)
})
