/**
 * The agent's end of the wire: delivers the spool to the collector and frees what is acknowledged. Made and closed by main; a
 * link is one connection. docs/wire.md has the order of frames and, under "Backlog", why there may be two links.
 *
 * Rules: the current epoch has a link of its own, so that fresh events never wait for old ones; the oldest of the other epochs
 * is delivered beside it. It never gives up: 1 to 30 seconds with full jitter between attempts.
 */
import { type ClientOptions, WebSocket } from 'ws'
import { Backoff } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { SourceHealth } from '#proto/api.ts'
import type { Ledger, Notice, Welcome } from '#proto/frame.ts'
import { limits } from '#proto/limits.ts'
import { type ConnectionFailure, failureOfNack } from './connection-failure.ts'
import type { Spool, SpoolHead } from './spool/spool.ts'
import { type Connect, Link, type LinkHost } from './uplink/link.ts'

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
  readonly status: () => {
    readonly ledger: Ledger
    readonly sources: readonly SourceHealth[]
    readonly kernelUnaccounted: number
  }
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
  /** Undelivered bytes of the current epoch at which a new one begins when the collector is back; 4 MiB by default. */
  readonly backlogBytes?: number
  readonly backoff?: Backoff
  /** Opens the WebSocket; another one in simulations. */
  readonly connect?: Connect
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
  /** Of the current epoch. */
  readonly ackedSeq: number
  /** Connections begun after the first. */
  readonly reconnects: number
  /** Epochs that wait for delivery beside the current one. */
  readonly backlogEpochs: number
  /** True while the collector says that its store takes nothing. */
  readonly isStoreFailing: boolean
  /** One line; empty while connected. */
  readonly lastError: string
}

/** A link that was good for so long starts its next back-off from the beginning. */
const stableMs = 10_000
const closePatienceMs = 500

/** Of a source's detail so many characters are told; in UTF-8 they fit, whatever they are. */
const detailCharsMax = limits.frameStringBytes / 4

/** A text that is cut says so. */
const fitDetail = (detail: string): string =>
  detail.length <= detailCharsMax ? detail : `${detail.slice(0, detailCharsMax - 1)}…`

const openSocket: Connect = (url: string, options: ClientOptions) => new WebSocket(url, options)

export class Uplink {
  readonly #options: UplinkOptions
  readonly #host: LinkHost
  /** Delivers the current epoch. */
  #main: Link | undefined
  /** Delivers the oldest other epoch, while the main link works. */
  #backlog: Link | undefined
  readonly #backoff: Backoff
  readonly #backlogBackoff: Backoff
  #backlogDueMs = 0
  #timers: NodeJS.Timeout[] = []
  #retryTimer: NodeJS.Timeout | undefined
  #isClosed = false
  #attempts = 0
  #reported = ''
  #lastError = ''
  #notice: Notice | undefined
  #counts = { events: 0, bytes: 0, rawBytes: 0, batches: 0, ackedEvents: 0, ackedSeq: 0 }

  constructor(options: UplinkOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? new Backoff({ baseMs: 1_000, capMs: 30_000 })
    this.#backlogBackoff = new Backoff({ baseMs: 1_000, capMs: 30_000 })
    this.#host = {
      welcomed: (link, welcome) => this.#welcomed(link, welcome),
      ready: () => this.#sendStatus(),
      acked: (link, events, timesUs) => this.#acked(link, events, timesUs),
      sent: ({ events, bytes, rawBytes }) => {
        this.#counts.events += events
        this.#counts.bytes += bytes
        this.#counts.rawBytes += rawBytes
        this.#counts.batches += 1
      },
      noticed: (notice) => this.#noticed(notice),
      ended: (link, code, reason) => this.#ended(link, code, reason),
    }
  }

  /** Begins to connect, for ever. */
  start(): void {
    const { lingerMs = 100, statusIntervalMs = 10_000, pingIntervalMs = 10_000 } = this.#options
    this.#timers = [
      setInterval(() => this.#pump(), lingerMs),
      setInterval(() => this.#sendStatus(), statusIntervalMs),
      setInterval(() => {
        this.#main?.checkLiveness()
        this.#backlog?.checkLiveness()
      }, pingIntervalMs / 2),
    ]
    this.#connect()
  }

  #connect(): void {
    if (this.#isClosed) return
    this.#attempts += 1
    const head = this.#options.spool.heads().at(-1)
    try {
      if (head !== undefined) this.#main = this.#open(head)
    } catch (error) {
      this.#report({ code: 'token', message: (error as Error).message })
      this.#retryAfter(0)
    }
  }

  #open(head: SpoolHead): Link {
    const { batchRawBytes = 256 * 1024, pingIntervalMs = 10_000 } = this.#options
    const { connectTimeoutMs = 10_000, connect = openSocket, token, ca } = this.#options
    const links = { batchRawBytes, pingIntervalMs, connectTimeoutMs, connect, host: this.#host }
    return new Link({ ...this.#options, ...links, token: token(), ca: ca?.() }, head)
  }

  #welcomed(link: Link, welcome: Welcome): boolean {
    const { spool, log, url, backlogBytes = 4 * 1024 * 1024 } = this.#options
    const head = link.head()
    if (link.isBacklog) return true
    if (head === undefined || !head.isCurrent) {
      link.handOver('another epoch follows')
      return false
    }
    if (welcome.resumeFrom - 1 > spool.offeredSeq) {
      spool.rebase()
      link.handOver('another epoch follows')
      return false
    }
    spool.acked(link.epoch, welcome.resumeFrom - 1)
    if ((link.head()?.bytes ?? 0) > backlogBytes && head.lastSeq >= welcome.resumeFrom) {
      spool.beginEpoch()
      link.handOver('a backlog is delivered beside what is fresh')
      return false
    }
    this.#counts.ackedSeq = welcome.resumeFrom - 1
    this.#lastError = ''
    this.#notice = undefined
    if (this.#reported !== 'connected')
      log.info({ url, resumeFrom: welcome.resumeFrom }, 'uplink: connected')
    this.#reported = 'connected'
    return true
  }

  #acked(link: Link, events: number, batchTimesUs: readonly number[]): void {
    const { clock, onDelivered } = this.#options
    this.#counts.ackedEvents += events
    if (link === this.#main) this.#counts.ackedSeq = link.ackedSeq
    for (const toUs of batchTimesUs) onDelivered?.(Math.max(0, clock.nowUs() - toUs))
  }

  #noticed(notice: Notice): void {
    const { log, url } = this.#options
    if (notice.state === (this.#notice?.state ?? 'well')) return
    this.#notice = notice
    if (notice.state === 'well') log.info({ url }, 'uplink: the collector stores again')
    else
      log.warn({ url }, `uplink: the collector cannot store (${notice.detail}); events wait here`)
  }

  /** What gathered goes out; links follow the epochs of the spool. */
  #pump(): void {
    this.#main?.pump(1)
    this.#backlog?.pump(1)
    const { spool, clock } = this.#options
    const main = this.#main
    if (main?.isWelcomed !== true) return
    if (main.epoch !== spool.epoch) {
      main.handOver('another epoch follows')
      return
    }
    if (this.#backlog !== undefined) {
      if (this.#backlog.isWelcomed && this.#backlog.head() === undefined)
        this.#backlog.handOver('this epoch is delivered')
      return
    }
    const [oldest] = spool.heads()
    if (oldest === undefined || oldest.isCurrent || clock.monotonicMs() < this.#backlogDueMs) return
    try {
      this.#backlog = this.#open(oldest)
    } catch {
      // The token became unreadable; the main link's next attempt says so.
      this.#backlogDueMs = clock.monotonicMs() + this.#backlogBackoff.nextDelayMs()
    }
  }

  #sendStatus(): void {
    const main = this.#main
    if (main?.isWelcomed !== true) return
    const { spool, status } = this.#options
    const { ledger, sources, kernelUnaccounted } = status()
    const { diskBytes, memoryBytes } = spool.stats()
    main.send({
      kind: 'status',
      ledger,
      sources: sources.map((source) => ({
        ...source,
        detail: fitDetail(source.detail),
      })),
      lastSeq: spool.lastSeq,
      spoolBytes: diskBytes + memoryBytes,
      epochs: spool
        .heads()
        .slice(-limits.frameListElements)
        .map(({ epoch, firstSeq, lastSeq, totals }) => ({
          epoch,
          firstUnackedSeq: firstSeq,
          lastSeq,
          totals,
        })),
      kernelUnaccounted,
    })
  }

  #ended(link: Link, code: number, reason: string): void {
    const { url, clock } = this.#options
    const goodMs = link.welcomedMs === undefined ? 0 : clock.monotonicMs() - link.welcomedMs
    const backoff = link.isBacklog ? this.#backlogBackoff : this.#backoff
    if (goodMs > stableMs) backoff.reset()
    if (link === this.#backlog) {
      this.#backlog = undefined
      if (!link.isHandover)
        this.#backlogDueMs =
          clock.monotonicMs() + (link.nack?.retryAfterMs ?? 0) + backoff.nextDelayMs()
      return
    }
    if (link !== this.#main) return
    this.#main = undefined
    if (this.#isClosed) return
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
      backlogEpochs: this.#options.spool.heads().length - 1,
      isStoreFailing: this.#notice?.state === 'store_failing',
      lastError: this.#lastError,
    }
  }

  #state(): UplinkState {
    if (this.#isClosed) return 'closed'
    if (this.#main === undefined) return 'waiting'
    return this.#main.welcomedMs === undefined ? 'connecting' : 'connected'
  }

  /** Delivers what it can within the time given, says goodbye, and ends. What is left stays in the spool. */
  async close(drainMs: number): Promise<void> {
    const { spool, clock } = this.#options
    const deadlineMs = clock.monotonicMs() + drainMs
    const isDone = () => spool.heads().every(({ firstSeq, lastSeq }) => firstSeq > lastSeq)
    while (this.#main !== undefined && !isDone() && clock.monotonicMs() < deadlineMs) {
      this.#pump()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    // The last word on what was captured, so that an audit knows what is still here.
    this.#sendStatus()
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#retryTimer)
    const links = [this.#main, this.#backlog].filter((link) => link !== undefined)
    await Promise.all(links.map((link) => link.close('agent ends', closePatienceMs)))
  }
}
