/**
 * One connection of the agent to the collector, from the attempt to its end: it greets for one epoch, delivers that epoch
 * from the spool and tells what became durable. uplink.ts opens links and decides what follows when one ends; docs/wire.md has
 * the order of frames.
 *
 * Rule: a link keeps no event of its own, so that its end costs nothing.
 */
import { type ClientOptions, WebSocket } from 'ws'
import type { Clock } from '#base/clock.ts'
import { compress, decodeFrame, encodeChunkList, encodeFrame } from '#proto/codec.ts'
import type { Frame, Nack, Notice, Welcome } from '#proto/frame.ts'
import { oldestProtocolVersion, protocolVersion } from '#proto/limits.ts'
import { type ConnectionFailure, failureOfError, failureOfStatus } from '../connection-failure.ts'
import type { Spool, SpoolHead, SpoolRecord } from '../spool/spool.ts'

/** Opens a WebSocket; another one in simulations. */
export type Connect = (url: string, options: ClientOptions) => WebSocket

export interface LinkOptions {
  readonly spool: Spool
  readonly url: string
  readonly agent: string
  readonly node: string
  readonly agentVersion: string
  readonly capabilities: readonly string[]
  readonly kernel: string
  readonly clock: Clock
  readonly connect: Connect
  readonly token: string | undefined
  readonly ca: string | Buffer | undefined
  readonly batchRawBytes: number
  readonly pingIntervalMs: number
  readonly connectTimeoutMs: number
  readonly host: LinkHost
}

/** Who owns links. */
export interface LinkHost {
  /** False: the link is not to deliver, it has been ended. */
  welcomed(link: Link, welcome: Welcome): boolean
  /** It delivers from now on. */
  ready(link: Link): void
  /** What was sent and became durable: its events, and the wall time of the last of each batch, Unix microseconds. */
  acked(link: Link, events: number, batchTimesUs: readonly number[]): void
  sent(batch: { readonly events: number; readonly bytes: number; readonly rawBytes: number }): void
  noticed(notice: Notice): void
  ended(link: Link, code: number, reason: string): void
}

/** A batch sent and not yet acknowledged. */
interface InFlight {
  readonly lastSeq: number
  readonly toUs: number
}

/** Batches per turn of the loop, so that catching up does not starve the drain of the ring. */
const batchesPerTurn = 4
/** Collector frames are small; a larger one is not from a collector. */
const receivedBytesMax = 64 * 1024

export class Link {
  readonly epoch: number
  /** True when it delivers an older epoch beside the current one. */
  readonly isBacklog: boolean
  readonly startedMs: number
  welcomedMs: number | undefined
  nack: Nack | undefined
  failure: ConnectionFailure | undefined
  /** True when it was ended to make place for another at once. */
  isHandover = false
  readonly #options: LinkOptions
  readonly #socket: WebSocket
  #heardMs: number
  #sentSeq = 0
  #ackedSeq = 0
  #creditBytes = 0
  #inFlight: InFlight[] = []

  /** Throws for what no connection can be made with, such as a token that no header can carry. */
  constructor(options: LinkOptions, { epoch, isCurrent }: SpoolHead) {
    this.#options = options
    this.epoch = epoch
    this.isBacklog = !isCurrent
    const { url, clock, token, ca, connectTimeoutMs } = options
    this.startedMs = clock.monotonicMs()
    this.#heardMs = this.startedMs
    this.#socket = options.connect(url, {
      perMessageDeflate: false,
      maxPayload: receivedBytesMax,
      handshakeTimeout: connectTimeoutMs,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(ca !== undefined && { ca }),
    })
    this.#listen()
  }

  #listen(): void {
    const { url, clock, host } = this.#options
    const socket = this.#socket
    socket.on('open', () => this.#greet())
    socket.on('message', (data: Buffer) => this.#receive(data))
    socket.on('pong', () => {
      this.#heardMs = clock.monotonicMs()
    })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body = (body + text).slice(0, 1000)
      })
      const end = () => {
        this.failure ??= failureOfStatus(url, response.statusCode ?? 0, body)
        socket.terminate()
      }
      response.once('end', end)
      response.once('close', end)
    })
    socket.on('error', (error) => {
      this.failure ??= failureOfError(url, error)
    })
    socket.on('close', (code, reason) => host.ended(this, code, reason.toString()))
  }

  get ackedSeq(): number {
    return this.#ackedSeq
  }

  get isWelcomed(): boolean {
    return this.welcomedMs !== undefined && this.#isOpen
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** What the spool has of this link's epoch; undefined when all of it is acknowledged and it grows no more. */
  head(): SpoolHead | undefined {
    return this.#options.spool.heads().find(({ epoch }) => epoch === this.epoch)
  }

  #greet(): void {
    const { agent, node, agentVersion, capabilities, kernel } = this.#options
    const head = this.head()
    if (head === undefined) {
      this.handOver('nothing is left of this epoch')
      return
    }
    this.send({
      kind: 'hello',
      agent,
      node,
      epoch: this.epoch,
      backlog: this.isBacklog,
      protocolVersion,
      oldestProtocolVersion,
      agentVersion,
      capabilities,
      kernel,
      firstUnackedSeq: head.firstSeq,
      lastUnackedSeq: head.lastSeq,
    })
  }

  send(frame: Frame): void {
    if (!this.#isOpen) return
    try {
      this.#socket.send(encodeFrame(frame))
    } catch (error) {
      // Something of the agent's own that no frame can carry, such as an endless name.
      this.fail({ code: 'protocol', message: `uplink: ${(error as Error).message}` })
    }
  }

  #receive(data: Buffer): void {
    this.#heardMs = this.#options.clock.monotonicMs()
    let frame: Frame
    try {
      frame = decodeFrame(data)
    } catch (error) {
      this.failure = { code: 'protocol', message: `collector: ${(error as Error).message}` }
      this.#socket.close(1002)
      return
    }
    if (frame.kind === 'welcome') this.#welcomed(frame)
    else if (frame.kind === 'ack') this.#acked(frame.durableSeq)
    else if (frame.kind === 'credit') this.#creditBytes += frame.bytes
    else if (frame.kind === 'nack') this.nack = frame
    else if (frame.kind === 'notice') this.#options.host.noticed(frame)
    if (frame.kind === 'ack' || frame.kind === 'credit') this.pump(this.#options.batchRawBytes)
  }

  #welcomed(welcome: Welcome): void {
    const { host, clock, spool } = this.#options
    const version = welcome.protocolVersion
    if (version < oldestProtocolVersion || version > protocolVersion) {
      const message = `collector ${welcome.collectorVersion} chose protocol ${version}, this agent speaks ${oldestProtocolVersion} to ${protocolVersion}: run versions at most one minor apart`
      this.fail({ code: 'version', message })
      return
    }
    if (!host.welcomed(this, welcome)) return
    const durableSeq = welcome.resumeFrom - 1
    this.welcomedMs = clock.monotonicMs()
    this.#sentSeq = durableSeq
    this.#ackedSeq = durableSeq
    this.#creditBytes = welcome.creditBytes
    const lastSeq = this.head()?.lastSeq ?? 0
    spool.acked(this.epoch, Math.min(durableSeq, lastSeq))
    host.ready(this)
    this.pump(1)
  }

  #acked(durableSeq: number): void {
    const { spool, host } = this.#options
    // Only what was sent can have become durable.
    const seq = Math.min(durableSeq, this.#sentSeq)
    const events = Math.max(0, seq - this.#ackedSeq)
    this.#ackedSeq += events
    spool.acked(this.epoch, seq)
    const delivered = this.#inFlight.filter(({ lastSeq }) => lastSeq <= seq)
    this.#inFlight = this.#inFlight.slice(delivered.length)
    host.acked(
      this,
      events,
      delivered.map(({ toUs }) => toUs),
    )
  }

  /** Sends what is there, if it is at least so many raw bytes; a few batches at most. */
  pump(minRawBytes: number): void {
    if (!this.isWelcomed) return
    const { spool, batchRawBytes } = this.#options
    for (let batches = 0; batches < batchesPerTurn && this.#creditBytes > 0; batches += 1) {
      const records = spool.read(this.epoch, this.#sentSeq + 1, batchRawBytes)
      const rawBytes = records.reduce((sum, record) => sum + record.chunk.length, 0)
      if (records.length === 0 || rawBytes < minRawBytes) break
      this.#sendBatch(records)
    }
  }

  #sendBatch(records: readonly SpoolRecord[]): void {
    const [first, last] = [records[0], records.at(-1)]
    if (first === undefined || last === undefined) return
    const raw = encodeChunkList(records.map((record) => record.chunk))
    const lastSeq = last.firstSeq + last.count - 1
    const payload = compress(raw)
    const count = lastSeq - first.firstSeq + 1
    this.send({
      kind: 'batch',
      firstSeq: first.firstSeq,
      count,
      rawBytes: raw.length,
      payload,
      before: first.before,
      after: last.after,
    })
    this.#sentSeq = lastSeq
    this.#creditBytes -= raw.length
    this.#inFlight.push({ lastSeq, toUs: last.toUs })
    this.#options.host.sent({ events: count, bytes: payload.length, rawBytes: raw.length })
  }

  /** Half-open links look fine from here until somebody asks; call it twice per ping interval. */
  checkLiveness(): void {
    const { clock, url, pingIntervalMs } = this.#options
    const silentMs = clock.monotonicMs() - this.#heardMs
    if (silentMs > 2.5 * pingIntervalMs)
      this.fail({ code: 'timeout', message: `${url}: silent, taken for dead` })
    else if (this.#isOpen) this.#socket.ping()
  }

  fail(failure: ConnectionFailure): void {
    this.failure ??= failure
    this.#socket.terminate()
  }

  /** Ends it in order; whoever owns it opens the next at once. */
  handOver(reason: string): void {
    if (this.isHandover) return
    this.isHandover = true
    this.send({ kind: 'goodbye', reason })
    this.#socket.close(1000)
  }

  /** Says goodbye and waits for the other end, for so long. */
  async close(reason: string, patienceMs: number): Promise<void> {
    this.send({ kind: 'goodbye', reason })
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.#socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.close(1000)
    })
    this.#socket.terminate()
  }
}
