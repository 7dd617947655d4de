/**
 * One agent's connection: Hello, Welcome, then batches in and acknowledgements out. Made by ingest.ts for each socket that
 * passed authentication; docs/wire.md has the order of frames and the close codes.
 *
 * Rules: batches continue the sequence without a hole or the connection ends. Whatever arrives, the outcome is a frame, a
 * close code and a counter; never an exception that leaves this file.
 */
import type { WebSocket } from 'ws'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { version } from '#base/version.ts'
import { CodecError, decodeChunkList, decodeFrame, decompress, encodeFrame } from '#proto/codec.ts'
import type { Batch, Frame, Hello, NackReason, NoticeState, Status, Totals } from '#proto/frame.ts'
import { limits, oldestProtocolVersion, protocolVersion } from '#proto/limits.ts'
import { unitsBetween } from '#proto/units.ts'
import type { Identity } from '../identity/identity.ts'
import type { AgentChunk } from '../store/store.ts'
import { withTotals } from './ledger.ts'
import type { Poison } from './quarantine.ts'
import { newChunks, poisonChunk } from './sequence.ts'
import type { WriteItem, WriteOwner, Writer } from './writer.ts'

/** Why a session ended, as WebSocket close codes of the private range. */
export const closeCodes = {
  goingAway: 1001,
  protocol: 1002,
  takenOver: 4000,
  conflict: 4001,
  hole: 4002,
  version: 4003,
  noHello: 4004,
  storeFailed: 4005,
  identity: 4006,
  expired: 4007,
} as const

export type CloseCause = keyof typeof closeCodes

export interface SessionCounts {
  eventsReceived: number
  eventsDuplicate: number
  eventsQuarantined: number
  batches: number
  receivedBytes: number
  /** Frames of a kind that this version does not know, from newer agents. */
  framesIgnored: number
}

/** What a session needs of the ingest that owns it. */
export interface SessionHost {
  readonly writer: Writer
  readonly clock: Clock
  readonly log: Log
  readonly counts: SessionCounts
  /** Raw bytes an agent may send ahead, and those on a link that catches up. */
  readonly creditBytes: number
  readonly backlogCreditBytes: number
  /**
   * Decides about a Hello: resolves with the first number not durable yet and the totals before it where the store knows
   * them, once nothing of that agent and epoch is on its way into the store; or with the reason to refuse.
   */
  admit(session: Session, hello: Hello): Promise<Admission>
  welcomed(session: Session, hello: Hello, durableSeq: number): void
  status(session: Session, status: Status): void
  quarantined(
    session: Session,
    batch: Pick<Poison, 'firstSeq' | 'lastSeq' | 'units' | 'payload' | 'reason'>,
  ): void
}

export type Admission =
  | { readonly resumeFrom: number; readonly totals: Totals | undefined }
  | { readonly refuse: NackReason; readonly detail: string; readonly retryAfterMs: number }

export class Session implements WriteOwner {
  readonly #socket: WebSocket
  readonly #host: SessionHost
  /** Who opened it, as its token proves. */
  readonly identity: Identity
  /** Where it comes from; empty in simulations. */
  readonly address: string
  #hello: Hello | undefined
  #isWelcomed = false
  /** Highest number taken. */
  #receivedSeq = 0
  durableSeq = 0
  /** The epoch's totals after the highest number taken; undefined until the agent says where it begins. */
  #totals: Totals | undefined
  /** Raw bytes it may still send; below zero after the one batch by which it may overdraw. */
  #creditBytes: number
  /** Boot id of the last chunk, for gaps in the place of what cannot be read. */
  #boot = ''
  #lastEventUs = 0
  heardMs: number
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>

  constructor(socket: WebSocket, host: SessionHost, identity: Identity, address: string) {
    this.#socket = socket
    this.#host = host
    this.identity = identity
    this.address = address
    this.heardMs = host.clock.monotonicMs()
    this.#creditBytes = 0
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    socket.on('pong', () => {
      this.heardMs = host.clock.monotonicMs()
    })
    socket.on('ping', () => {
      this.heardMs = host.clock.monotonicMs()
    })
  }

  /** Empty before Hello. */
  get agent(): string {
    return this.#hello?.agent ?? ''
  }

  get epoch(): number {
    return this.#hello?.epoch ?? 0
  }

  /** True on a link that delivers an older epoch beside the current one's. */
  get isBacklog(): boolean {
    return this.#hello?.backlog === true
  }

  get hasGreeted(): boolean {
    return this.#hello !== undefined
  }

  get isWelcomed(): boolean {
    return this.#isWelcomed
  }

  get isPaused(): boolean {
    return this.#socket.isPaused
  }

  /** Whether the token that opened it ended before that time, Unix milliseconds. */
  hasOutlived(atMs: number): boolean {
    return this.identity.kind === 'agent' && (this.identity.expiresMs ?? atMs) < atMs
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.heardMs = this.#host.clock.monotonicMs()
    this.#socket.resume()
  }

  ping(): void {
    if (this.#isOpen) this.#socket.ping()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  close(cause: CloseCause, reason: string): void {
    // A close frame has room for 123 bytes of reason.
    this.#socket.close(closeCodes[cause], reason.slice(0, 100))
    this.#socket.resume()
  }

  /** Tells the agent why acknowledgements stay away, or that they come again. */
  notice(state: NoticeState, detail: string): void {
    if (this.#isWelcomed) this.#send({ kind: 'notice', state, detail: detail.slice(0, 300) })
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  #send(frame: Frame): void {
    if (this.#isOpen) this.#socket.send(encodeFrame(frame))
  }

  refuse(reason: NackReason, detail: string, retryAfterMs: number, cause: CloseCause): void {
    this.#send({ kind: 'nack', reason, retryAfterMs, detail: detail.slice(0, 300) })
    this.close(cause, detail)
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#isOpen) return
    this.heardMs = this.#host.clock.monotonicMs()
    try {
      if (!isBinary) throw new CodecError('malformed', 'a text message')
      this.#take(decodeFrame(data))
    } catch (error) {
      if (error instanceof CodecError && error.code === 'unknown_kind' && this.#isWelcomed) {
        this.#host.counts.framesIgnored += 1
        return
      }
      if (error instanceof CodecError) {
        this.refuse('protocol', error.message, 5_000, 'protocol')
        return
      }
      // A fault of ours costs this connection, not the collector.
      this.#host.log.error({ agent: this.agent, error }, 'ingest: session failed')
      this.terminate()
    }
  }

  #take(frame: Frame): void {
    if (frame.kind === 'goodbye') return
    if (frame.kind === 'hello' && this.#hello === undefined) {
      this.#greet(frame)
      return
    }
    if (frame.kind === 'batch' && this.#isWelcomed) this.#takeBatch(frame)
    else if (frame.kind === 'status' && this.#isWelcomed) this.#host.status(this, frame)
    else throw new CodecError('malformed', `a ${frame.kind} out of order`)
  }

  #greet(hello: Hello): void {
    if (hello.agent === '' || hello.epoch === 0)
      throw new CodecError('malformed', 'a Hello without agent or epoch')
    const spoken = Math.min(hello.protocolVersion, protocolVersion)
    if (spoken < Math.max(hello.oldestProtocolVersion, oldestProtocolVersion)) {
      const detail = `agent ${hello.agentVersion} speaks protocol ${hello.oldestProtocolVersion} to ${hello.protocolVersion}, collector ${version} ${oldestProtocolVersion} to ${protocolVersion}: run versions at most one minor apart`
      this.refuse('version', detail, 60_000, 'version')
      return
    }
    this.#hello = hello
    this.#host.admit(this, hello).then(
      (admission) => this.#admitted(hello, admission),
      (error: Error) => this.refuse('busy', error.message, 2_000, 'storeFailed'),
    )
  }

  #admitted(hello: Hello, admission: Admission): void {
    if (!this.#isOpen) return
    if ('refuse' in admission) {
      const { refuse, detail, retryAfterMs } = admission
      const cause = refuse === 'conflict' || refuse === 'identity' ? refuse : 'storeFailed'
      this.refuse(refuse, detail, retryAfterMs, cause)
      return
    }
    this.#isWelcomed = true
    this.#receivedSeq = admission.resumeFrom - 1
    this.durableSeq = admission.resumeFrom - 1
    this.#totals = admission.totals
    this.#creditBytes = hello.backlog ? this.#host.backlogCreditBytes : this.#host.creditBytes
    this.#send({
      kind: 'welcome',
      resumeFrom: admission.resumeFrom,
      protocolVersion: Math.min(hello.protocolVersion, protocolVersion),
      collectorVersion: version,
      creditBytes: this.#creditBytes,
      maxFrameBytes: limits.frameBytes,
      maxBatchRawBytes: limits.batchRawBytes,
    })
    this.#host.welcomed(this, hello, this.durableSeq)
  }

  #takeBatch(batch: Batch): void {
    const { counts, writer } = this.#host
    const expectedSeq = this.#receivedSeq + 1
    const lastSeq = batch.firstSeq + batch.count - 1
    counts.batches += 1
    counts.receivedBytes += batch.payload.length
    if (this.#creditBytes <= 0) throw new CodecError('limit', 'a batch beyond the credit')
    if (batch.firstSeq > expectedSeq) {
      const detail = `batch begins at ${batch.firstSeq}, expected ${expectedSeq}`
      this.refuse('hole', detail, 0, 'hole')
      return
    }
    const duplicates = Math.max(0, Math.min(lastSeq + 1, expectedSeq) - batch.firstSeq)
    counts.eventsDuplicate += duplicates
    this.#creditBytes -= batch.rawBytes
    if (lastSeq < expectedSeq) {
      this.#credit(batch.rawBytes)
      this.#send({ kind: 'ack', durableSeq: this.durableSeq })
      return
    }
    const item: WriteItem = {
      owner: this,
      chunks: this.#decode(batch, expectedSeq, lastSeq, this.#totals ?? batch.before),
      firstSeq: expectedSeq,
      lastSeq,
      bytes: batch.rawBytes,
      payload: batch.payload,
    }
    this.#receivedSeq = lastSeq
    this.#totals = batch.after
    counts.eventsReceived += batch.count - duplicates
    writer.add(item)
  }

  /** The new chunks of a batch, or the gap in their place. */
  #decode(
    batch: Batch,
    expectedSeq: number,
    lastSeq: number,
    before: Totals,
  ): readonly AgentChunk[] {
    const { after } = batch
    try {
      const all = decodeChunkList(decompress(batch.payload, batch.rawBytes), batch)
      const { chunks } = newChunks(all, { firstSeq: batch.firstSeq, expectedSeq })
      const last = chunks.at(-1)
      this.#boot = last?.boot ?? this.#boot
      this.#lastEventUs = last?.events.at(-1)?.timeUs ?? this.#lastEventUs
      return withTotals(chunks, before, after).map((chunk) => this.#own(chunk))
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      const { payload } = batch
      const reason = error.message
      return this.#gapFor({ firstSeq: expectedSeq, lastSeq, before, after, payload, reason })
    }
  }

  #own(chunk: Omit<AgentChunk, 'agent' | 'node' | 'epoch'>): AgentChunk {
    return { ...chunk, agent: this.agent, node: this.#hello?.node ?? '', epoch: this.epoch }
  }

  #gapFor(poison: {
    readonly firstSeq: number
    readonly lastSeq: number
    readonly before: Totals
    readonly after: Totals
    readonly payload: Uint8Array
    readonly reason: string
  }): readonly AgentChunk[] {
    const { firstSeq, lastSeq, before, after } = poison
    const units = Math.max(0, unitsBetween(before, after))
    this.#host.counts.eventsQuarantined += units
    const { payload, reason } = poison
    this.#host.quarantined(this, { firstSeq, lastSeq, units, payload, reason })
    const nowUs = this.#host.clock.nowUs()
    const fromUs = this.#lastEventUs === 0 ? nowUs : this.#lastEventUs
    const gap = poisonChunk({ boot: this.#boot, firstSeq, lastSeq, nowUs, fromUs })
    return withTotals([gap], before, after).map((chunk) => this.#own(chunk))
  }

  durable(item: WriteItem): void {
    this.durableSeq = Math.max(this.durableSeq, item.lastSeq)
    this.#send({ kind: 'ack', durableSeq: this.durableSeq })
    this.#credit(item.bytes)
  }

  #credit(bytes: number): void {
    this.#creditBytes += bytes
    this.#send({ kind: 'credit', bytes })
  }

  poisoned(item: WriteItem, reason: string): WriteItem {
    const [first, last] = [item.chunks[0], item.chunks.at(-1)]
    if (first === undefined || last === undefined) return item
    const { before } = first
    const { after } = last
    return { ...item, chunks: this.#gapFor({ ...item, before, after, reason }) }
  }

  failed(reason: string): void {
    this.refuse('busy', `store: ${reason}`, 2_000, 'storeFailed')
  }
}
