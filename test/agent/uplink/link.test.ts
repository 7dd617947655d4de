/** One link against a collector that a test plays, on virtual time. uplink.test.ts has the real ones. */
import t from 'tap'
import type { WebSocket } from 'ws'
import { Spool } from '#agent/spool/spool.ts'
import { Link, type LinkHost } from '#agent/uplink/link.ts'
import { silentLog } from '#base/log.ts'
import { decodeFrame, encodeFrame } from '#proto/codec.ts'
import type { Frame } from '#proto/frame.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'
import { chanceOf } from '#test/simulation/random.ts'
import { VirtualNetwork } from '#test/simulation/virtual-network.ts'
import { type Owner, VirtualTime } from '#test/simulation/virtual-time.ts'

const welcome = (creditBytes: number, resumeFrom = 1): Frame => ({
  kind: 'welcome',
  resumeFrom,
  creditBytes,
  maxFrameBytes: 1,
  maxBatchRawBytes: 1,
  protocolVersion: 1,
  collectorVersion: '0.0.0',
})

/** A link with some events to deliver, and the frames that its collector got. */
const play = async (
  events: number,
  act: (world: {
    readonly spool: Spool
    readonly link: Link
    readonly time: VirtualTime
    readonly network: VirtualNetwork
    readonly frames: Frame[]
    readonly answer: (frame: Frame) => void
    readonly log: string[]
    readonly pass: (ms?: number) => Promise<void>
  }) => Promise<void>,
): Promise<void> => {
  const time = new VirtualTime()
  const chance = chanceOf(5)
  const restore = time.install(chance.next)
  try {
    const network = new VirtualNetwork(time, chance)
    const owner: Owner = { isAlive: true, stoppedUntilMs: 0 }
    const clock = { nowUs: () => time.nowMs * 1000, monotonicMs: () => time.nowMs }
    const spool = Spool.open({ dir: undefined, boot: 'b', pid: 1, log: silentLog, clock })
    for (let index = 1; index <= events; index += 1)
      spool.append({ ringId: 0, ringPosition: 0, events: [namedEvent(`${index}`, 50)] })
    const frames: Frame[] = []
    let other: WebSocket | undefined
    network.listener = {
      owner,
      accept: (socket) => {
        other = socket
        socket.on('message', (data: Buffer) => frames.push(decodeFrame(data)))
        socket.on('error', () => {})
      },
    }
    const log: string[] = []
    const host: LinkHost = {
      welcomed: () => true,
      ready: () => log.push('ready'),
      acked: (_link, count) => log.push(`acked ${count}`),
      sent: ({ events: count }) => log.push(`sent ${count}`),
      noticed: ({ state }) => log.push(state),
      ended: (link, code) => log.push(`ended ${code} ${link.failure?.code ?? ''}`.trim()),
    }
    const [head] = spool.heads()
    if (head === undefined) throw new Error('a spool has an epoch')
    const link = new Link(
      {
        ...{ spool, clock, host, url: 'ws://c', agent: 'a', node: 'n', agentVersion: '0' },
        ...{ capabilities: [], kernel: '', token: undefined, ca: undefined },
        ...{ batchRawBytes: 300, pingIntervalMs: 10_000, connectTimeoutMs: 10_000 },
        connect: (_url, options) => network.connect(owner, options),
      },
      head,
    )
    const pass = (ms = 200) => time.runUntil(time.nowMs + ms)
    const answer = (frame: Frame) => other?.send(encodeFrame(frame))
    await pass()
    await act({ spool, link, time, network, frames, answer, log, pass })
  } finally {
    restore()
  }
}

const batchesIn = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => (frame.kind === 'batch' ? [frame] : []))

t.test('it greets, and sends no more than its credit and one batch', async (t) => {
  await play(20, async ({ frames, answer, link, pass }) => {
    t.match(frames, [{ kind: 'hello', backlog: false, firstUnackedSeq: 1, lastUnackedSeq: 20 }])
    answer(welcome(400))
    await pass()
    const sent = batchesIn(frames).reduce((sum, { rawBytes }) => sum + rawBytes, 0)
    t.ok(sent > 400 && sent <= 700, `${sent} raw bytes`)
    link.pump(1)
    await pass()
    t.equal(
      batchesIn(frames).reduce((sum, { rawBytes }) => sum + rawBytes, 0),
      sent,
      'it waits',
    )
    answer({ kind: 'credit', bytes: 1 })
    link.pump(1)
    await pass()
    t.ok(batchesIn(frames).reduce((sum, { rawBytes }) => sum + rawBytes, 0) <= sent + 300)
  })
})

t.test('the totals of batches join', async (t) => {
  await play(20, async ({ frames, answer, link, pass }) => {
    answer(welcome(1e6))
    for (let turn = 0; turn < 5; turn += 1) {
      await pass()
      link.pump(1)
    }
    const batches = batchesIn(frames)
    t.ok(batches.length > 2)
    t.equal(batches[0]?.before.captured, 0)
    t.equal(batches.at(-1)?.after.captured, 20)
    for (const [index, batch] of batches.entries())
      if (index > 0) t.strictSame(batch.before, batches[index - 1]?.after)
  })
})

t.test('an acknowledgement of what was never sent counts for what was', async (t) => {
  await play(3, async ({ spool, answer, log, pass }) => {
    answer(welcome(1e6))
    await pass()
    answer({ kind: 'ack', durableSeq: 999 })
    await pass()
    t.equal(spool.stats().pendingEvents, 0)
    t.ok(log.includes('acked 3'), log.join(', '))
  })
})

t.test('a link that hears nothing is taken for dead', async (t) => {
  await play(1, async ({ link, network, answer, log, pass }) => {
    answer(welcome(1e6))
    await pass()
    link.checkLiveness()
    await pass()
    network.state = 'black_hole'
    for (let turn = 0; turn < 7; turn += 1) {
      await pass(5_000)
      link.checkLiveness()
    }
    await pass()
    t.equal(log.at(-1), 'ended 1006 timeout')
  })
})

t.test('ended to make place, it says goodbye, once', async (t) => {
  await play(1, async ({ link, answer, frames, log, pass }) => {
    answer(welcome(1e6))
    await pass()
    link.handOver('another epoch follows')
    link.handOver('another epoch follows')
    await pass()
    t.equal(frames.filter(({ kind }) => kind === 'goodbye').length, 1)
    t.ok(link.isHandover)
    t.match(log.at(-1), /^ended 1000/)
  })
})

t.test('a goodbye changes nothing, a reset ends it', async (t) => {
  await play(1, async ({ link, network, answer, pass }) => {
    answer(welcome(1e6))
    await pass()
    answer({ kind: 'goodbye', reason: 'not for you, and harmless' })
    await pass()
    t.ok(link.isWelcomed)
    network.reset(() => true)
    await pass()
    t.notOk(link.isWelcomed)
  })
})
