/**
 * The agent's end of the WebSocket: delivers the spool to the collector and frees what is acknowledged. One socket at a
 * time; made and closed by main. docs/wire.md has the order of frames.
 *
 * Rules: it keeps no event of its own, so that its death costs nothing. It sends an epoch only when the older ones are
 * acknowledged. It never gives up: 1 to 30 seconds with full jitter between attempts.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Backoff } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { SourceHealth } from '#proto/api.ts'
import { compress, decodeFrame, encodeChunkList, encodeFrame } from '#proto/codec.ts'
import type { Frame, Ledger, Nack, Welcome } from '#proto/frame.ts'
import { limits, protocolVersion } from '#proto/limits.ts'
import {
  type ConnectionFailure,
  failureOfError,
  failureOfNack,
  failureOfStatus,
} from './connection-failure.ts'
import type { Spool, SpoolRecord } from './spool/spool.ts'

export interface UplinkOptions {
  readonly spool: Spool
  /** `ws://host:port/v1/ingest`, or wss. */
  readonly url: string
  readonly agent: string
  readonly node: string
  readonly agentVersion: string
  readonly capabilities: readonly string[]
  /** Kernel release. */
  readonly kernel: string
  /** Asked at each attempt, so that a token file may rotate; may throw. */
  readonly token: () => string | undefined
  /** PEM of the authorities to trust instead of the system's; asked at each attempt. */
  readonly ca?: () => string | Buffer | undefined
  /** Asked for each Status frame. */
  readonly status: () => { readonly ledger: Ledger; readonly sources: readonly SourceHealth[] }
  readonly log: Log
  readonly clock: Clock
  /** Called for each batch that became durable: wall time since its last event, microseconds. */
  readonly onDelivered?: (latencyUs: number) => void
  /** How long events gather before they are sent; 100 ms by default. */
  readonly lingerMs?: number
  /** Raw bytes at which a batch is sent at once; 256 KiB by default. */
  readonly batchRawBytes?: number
  /** 10 s by default. */
  readonly statusIntervalMs?: number
  /** Between pings; 10 s by default. A link that is silent for two and a half of them is dead. */
  readonly pingIntervalMs?: number
  /** For connection, upgrade and Welcome together; 10 s by default. A collector that finishes an insert takes its time. */
  readonly connectTimeoutMs?: number
  readonly backoff?: Backoff
}

export type UplinkState = 'connecting' | 'connected' | 'waiting' | 'closed'

export interface UplinkStats {
  readonly state: UplinkState
  readonly sentEvents: number
  /** Bytes of compressed batches. */
  readonly sentBytes: number
  readonly sentRawBytes: number
  readonly sentBatches: number
  /** Events acknowledged on this uplink. */
  readonly ackedEvents: number
  readonly ackedSeq: number
  /** Connections begun after the first. */
  readonly reconnects: number
  /** One line; empty while connected. */
  readonly lastError: string
}

/** A batch sent and not yet acknowledged. */
interface InFlight {
  readonly lastSeq: number
  readonly toUs: number
}

/** Batches per turn of the loop, so that catching up does not starve the drain of the ring. */
const batchesPerTurn = 4
/** A link that was good for so long starts its next back-off from the beginning. */
const stableMs = 10_000
/** Collector frames are small; a larger one is not from a collector. */
const receivedBytesMax = 64 * 1024

/** One connection: from the attempt to its end. */
interface Link {
  readonly socket: WebSocket
  readonly epoch: number
  readonly startedMs: number
  heardMs: number
  welcomedMs: number | undefined
  sentSeq: number
  creditBytes: number
  inFlight: InFlight[]
  nack: Nack | undefined
  failure: ConnectionFailure | undefined
  /** True when the next attempt should follow at once: another epoch is due. */
  isHandover: boolean
}

export class Uplink {
  readonly #options: UplinkOptions
  readonly #backoff: Backoff
  #link: Link | undefined
  #timers: NodeJS.Timeout[] = []
  #retryTimer: NodeJS.Timeout | undefined
  #isClosed = false
  #attempts = 0
  #reported = ''
  #lastError = ''
  #counts = { events: 0, bytes: 0, rawBytes: 0, batches: 0, ackedEvents: 0, ackedSeq: 0 }

  constructor(options: UplinkOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? new Backoff({ baseMs: 1_000, capMs: 30_000 })
  }

  /** Begins to connect, for ever. */
  start(): void {
    const { lingerMs = 100, statusIntervalMs = 10_000, pingIntervalMs = 10_000 } = this.#options
    this.#timers = [
      setInterval(() => this.#pump(1), lingerMs),
      setInterval(() => this.#sendStatus(), statusIntervalMs),
      setInterval(() => this.#checkLiveness(), pingIntervalMs / 2),
    ]
    this.#connect()
  }

  #connect(): void {
    if (this.#isClosed) return
    const { url, clock, connectTimeoutMs = 10_000 } = this.#options
    this.#attempts += 1
    let socket: WebSocket
    try {
      const token = this.#options.token()
      const ca = this.#options.ca?.()
      socket = new WebSocket(url, {
        perMessageDeflate: false,
        maxPayload: receivedBytesMax,
        handshakeTimeout: connectTimeoutMs,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        ...(ca !== undefined && { ca }),
      })
    } catch (error) {
      this.#report({ code: 'token', message: (error as Error).message })
      this.#retryAfter(0)
      return
    }
    const nowMs = clock.monotonicMs()
    const link: Link = {
      socket,
      epoch: this.#options.spool.head().epoch,
      startedMs: nowMs,
      heardMs: nowMs,
      welcomedMs: undefined,
      sentSeq: 0,
      creditBytes: 0,
      inFlight: [],
      nack: undefined,
      failure: undefined,
      isHandover: false,
    }
    this.#link = link
    socket.on('open', () => this.#greet(link))
    socket.on('message', (data: Buffer) => this.#receive(link, data))
    socket.on('pong', () => {
      link.heardMs = clock.monotonicMs()
    })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body = (body + text).slice(0, 1000)
      })
      const end = () => {
        link.failure ??= failureOfStatus(url, response.statusCode ?? 0, body)
        socket.terminate()
      }
      response.once('end', end)
      response.once('close', end)
    })
    socket.on('error', (error) => {
      link.failure ??= failureOfError(url, error)
    })
    socket.on('close', (code, reason) => this.#ended(link, code, reason.toString()))
  }

  #greet(link: Link): void {
    const { spool, agent, node, agentVersion, capabilities, kernel } = this.#options
    const head = spool.head()
    if (head.epoch !== link.epoch) {
      this.#handOver(link)
      return
    }
    this.#send(link, {
      kind: 'hello',
      agent,
      node,
      epoch: head.epoch,
      protocolVersion,
      agentVersion,
      capabilities,
      kernel,
      firstUnackedSeq: head.firstSeq,
      lastUnackedSeq: head.lastSeq,
    })
  }

  #send(link: Link, frame: Frame): void {
    if (link.socket.readyState !== WebSocket.OPEN) return
    try {
      link.socket.send(encodeFrame(frame))
    } catch (error) {
      // Something of the agent's own that no frame can carry, such as an endless name.
      link.failure = { code: 'protocol', message: `uplink: ${(error as Error).message}` }
      link.socket.terminate()
    }
  }

  #receive(link: Link, data: Buffer): void {
    link.heardMs = this.#options.clock.monotonicMs()
    let frame: Frame
    try {
      frame = decodeFrame(data)
    } catch (error) {
      link.failure = { code: 'protocol', message: `collector: ${(error as Error).message}` }
      link.socket.close(1002)
      return
    }
    if (frame.kind === 'welcome') this.#welcomed(link, frame)
    else if (frame.kind === 'ack') this.#acked(link, frame.durableSeq)
    else if (frame.kind === 'credit') link.creditBytes += frame.bytes
    else if (frame.kind === 'nack') link.nack = frame
    if (frame.kind === 'ack' || frame.kind === 'credit') this.#pump(this.#batchRawBytes)
  }

  get #batchRawBytes(): number {
    return this.#options.batchRawBytes ?? 256 * 1024
  }

  #welcomed(link: Link, welcome: Welcome): void {
    const { spool, log, url, clock } = this.#options
    const head = spool.head()
    const durableSeq = welcome.resumeFrom - 1
    if (link.epoch === head.epoch && durableSeq > head.lastSeq && head.isCurrent) {
      spool.rebase()
      this.#handOver(link)
      return
    }
    spool.acked(link.epoch, Math.min(durableSeq, head.lastSeq))
    link.welcomedMs = clock.monotonicMs()
    link.sentSeq = durableSeq
    link.creditBytes = welcome.creditBytes
    this.#counts.ackedSeq = durableSeq
    this.#lastError = ''
    if (this.#reported !== 'connected')
      log.info({ url, resumeFrom: welcome.resumeFrom }, 'uplink: connected')
    this.#reported = 'connected'
    this.#sendStatus()
    this.#pump(1)
  }

  #acked(link: Link, durableSeq: number): void {
    const { spool, clock, onDelivered } = this.#options
    // Only what was sent can have become durable.
    const seq = Math.min(durableSeq, link.sentSeq)
    this.#counts.ackedEvents += Math.max(0, seq - this.#counts.ackedSeq)
    this.#counts.ackedSeq = Math.max(this.#counts.ackedSeq, seq)
    spool.acked(link.epoch, seq)
    const delivered = link.inFlight.filter(({ lastSeq }) => lastSeq <= seq)
    link.inFlight = link.inFlight.slice(delivered.length)
    for (const { toUs } of delivered) onDelivered?.(Math.max(0, clock.nowUs() - toUs))
  }

  /** Sends what is there, if it is at least so many raw bytes; a few batches at most. */
  #pump(minRawBytes: number): void {
    const link = this.#link
    if (link?.welcomedMs === undefined || link.socket.readyState !== WebSocket.OPEN) return
    const { spool } = this.#options
    for (let batches = 0; batches < batchesPerTurn && link.creditBytes > 0; batches += 1) {
      const records = spool.read(link.epoch, link.sentSeq + 1, this.#batchRawBytes)
      const rawBytes = records.reduce((sum, record) => sum + record.chunk.length, 0)
      if (records.length === 0 || rawBytes < minRawBytes) break
      this.#sendBatch(link, records)
    }
    const head = spool.head()
    if (head.epoch !== link.epoch) this.#handOver(link)
  }

  #sendBatch(link: Link, records: readonly SpoolRecord[]): void {
    const [first, last] = [records[0], records.at(-1)]
    if (first === undefined || last === undefined) return
    const raw = encodeChunkList(records.map((record) => record.chunk))
    const lastSeq = last.firstSeq + last.count - 1
    const payload = compress(raw)
    const count = lastSeq - first.firstSeq + 1
    this.#send(link, {
      kind: 'batch',
      firstSeq: first.firstSeq,
      count,
      rawBytes: raw.length,
      payload,
    })
    link.sentSeq = lastSeq
    link.creditBytes -= raw.length
    link.inFlight.push({ lastSeq, toUs: last.toUs })
    this.#counts.events += count
    this.#counts.bytes += payload.length
    this.#counts.rawBytes += raw.length
    this.#counts.batches += 1
  }

  #sendStatus(): void {
    const link = this.#link
    if (link?.welcomedMs === undefined) return
    const { spool, status } = this.#options
    const { ledger, sources } = status()
    const { diskBytes, memoryBytes } = spool.stats()
    this.#send(link, {
      kind: 'status',
      ledger,
      sources: sources.map((source) => ({
        ...source,
        detail: source.detail.slice(0, limits.frameStringBytes / 4),
      })),
      lastSeq: spool.lastSeq,
      spoolBytes: diskBytes + memoryBytes,
    })
  }

  /** Half-open links look fine from here until somebody asks. */
  #checkLiveness(): void {
    const link = this.#link
    if (link === undefined) return
    const { clock, url, pingIntervalMs = 10_000 } = this.#options
    const silentMs = clock.monotonicMs() - link.heardMs
    if (silentMs > 2.5 * pingIntervalMs) {
      link.failure ??= { code: 'timeout', message: `${url}: silent, taken for dead` }
      link.socket.terminate()
    } else if (link.socket.readyState === WebSocket.OPEN) link.socket.ping()
  }

  /** The head of the spool is another epoch now: a new Hello tells the collector. */
  #handOver(link: Link): void {
    link.isHandover = true
    this.#send(link, { kind: 'goodbye', reason: 'another epoch follows' })
    link.socket.close(1000)
  }

  #ended(link: Link, code: number, reason: string): void {
    if (this.#link === link) this.#link = undefined
    if (this.#isClosed) return
    const { url, clock } = this.#options
    const goodMs = link.welcomedMs === undefined ? 0 : clock.monotonicMs() - link.welcomedMs
    if (goodMs > stableMs) this.#backoff.reset()
    if (link.isHandover) {
      this.#connect()
      return
    }
    if (link.nack !== undefined)
      this.#report(failureOfNack(url, link.nack.reason, link.nack.detail))
    else
      this.#report(
        link.failure ?? {
          code: 'lost',
          message: `${url}: connection closed (${code}${reason === '' ? '' : `: ${reason}`})`,
        },
      )
    this.#retryAfter(link.nack?.retryAfterMs ?? 0)
  }

  #retryAfter(leastMs: number): void {
    clearTimeout(this.#retryTimer)
    const delayMs = leastMs + this.#backoff.nextDelayMs()
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs)
  }

  #report({ code, message }: ConnectionFailure): void {
    this.#lastError = message
    if (this.#reported === code) return
    this.#reported = code
    this.#options.log.warn({ code }, `uplink: ${message}; events wait in the spool`)
  }

  stats(): UplinkStats {
    const { events, bytes, rawBytes, batches, ackedEvents, ackedSeq } = this.#counts
    return {
      state: this.#state(),
      sentEvents: events,
      sentBytes: bytes,
      sentRawBytes: rawBytes,
      sentBatches: batches,
      ackedEvents,
      ackedSeq,
      reconnects: Math.max(0, this.#attempts - 1),
      lastError: this.#lastError,
    }
  }

  #state(): UplinkState {
    if (this.#isClosed) return 'closed'
    if (this.#link === undefined) return 'waiting'
    return this.#link.welcomedMs === undefined ? 'connecting' : 'connected'
  }

  /** Delivers what it can within the time given, says goodbye, and ends. What is left stays in the spool. */
  async close(drainMs: number): Promise<void> {
    const { spool, clock } = this.#options
    const deadlineMs = clock.monotonicMs() + drainMs
    const isDone = () => {
      const head = spool.head()
      return head.isCurrent && head.firstSeq > head.lastSeq
    }
    while (this.#link !== undefined && !isDone() && clock.monotonicMs() < deadlineMs) {
      this.#pump(1)
      await delay(10)
    }
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#retryTimer)
    const link = this.#link
    if (link === undefined) return
    this.#send(link, { kind: 'goodbye', reason: 'agent ends' })
    const closed = new Promise<void>((resolve) => link.socket.once('close', () => resolve()))
    link.socket.close(1000)
    await Promise.race([closed, delay(500)])
    link.socket.terminate()
  }
}
