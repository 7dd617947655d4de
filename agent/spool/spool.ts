/**
 * The agent's memory of what the collector has not acknowledged: segments on disk, which survive kill -9 of the agent, or in
 * memory while the disk does not work. The agent's loop appends, the uplink reads and acknowledges. docs/wire.md, "Spool".
 *
 * Rules: append() returns only when the events are in the kernel's page cache. A sequence number is never given twice within
 * an epoch: whenever the spool cannot prove which numbers it gave (another boot, a damaged tail, a failing disk) it goes on
 * under a new epoch. Whatever is lost becomes a gap with the exact number, in the place of what it replaces. State is
 * derived from the segments alone.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { CodecError, decodeChunk, encodeChunk } from '#proto/codec.ts'
import type { Chunk, Event } from '#proto/event.ts'
import { gapEvent } from './gap-chunk.ts'
import { GroupCommit } from './group-commit.ts'
import { lockDirectory } from './lock.ts'
import { ackedFileName, encodeAcked, readAcked, recover } from './recovery.ts'
import { DiskSegment, MemorySegment, type Segment, segmentFileName } from './segment.ts'
import { recordHeaderBytes, type SpoolRecord } from './segment-format.ts'
import { firstBeyond, type LossReason, SegmentList } from './segment-list.ts'
import { SpoolError } from './spool-error.ts'

export type { SpoolRecord } from './segment-format.ts'
export type { LossReason } from './segment-list.ts'
export { SpoolError, type SpoolErrorCode } from './spool-error.ts'

export interface SpoolOptions {
  /** Made if missing; undefined for memory only. */
  readonly dir: string | undefined
  /** Kernel boot id, UUID text. */
  readonly boot: string
  /** Written into the lock, for the message of whoever finds it held. */
  readonly pid: number
  readonly log: Log
  readonly clock: Clock
  /** Bytes on disk; 512 MiB by default. Over it, the oldest segment becomes a `spool_full` gap. */
  readonly maxBytes?: number
  /** Bytes in memory while the disk does not work; 16 MiB by default. Over it: `queue_full`. */
  readonly memoryBytes?: number
  /** Bytes of a segment, at most a quarter of the room; 4 MiB by default. It is read whole when catching up. */
  readonly segmentBytes?: number
  /** Newest bytes kept in memory for the uplink; 2 MiB by default. */
  readonly cacheBytes?: number
  /** Time between two group commits (fdatasync); 200 ms by default. A power cut costs at most so much. */
  readonly syncIntervalMs?: number
  /** Time between two attempts to use a failing disk again; 10 s by default. */
  readonly retryDiskMs?: number
  /** Least time between two writes of the advisory `acked` file; 5 s by default. */
  readonly markIntervalMs?: number
  /** A number in [0, 1). */
  readonly random?: () => number
}

/** A chunk before it has numbers. */
export type Drain = Pick<Chunk, 'ringId' | 'ringPosition' | 'events'>

/** The oldest epoch with unacknowledged events, or else the current one. */
export interface SpoolHead {
  readonly epoch: number
  /** First number not acknowledged; lastSeq + 1 when all are. */
  readonly firstSeq: number
  /** Last number given out; 0 for none. */
  readonly lastSeq: number
  /** False when a newer epoch waits for this one to be acknowledged. */
  readonly isCurrent: boolean
}

export interface SpoolStats {
  readonly mode: 'disk' | 'memory'
  /** Why it is not on disk; empty otherwise. */
  readonly problem: string
  readonly diskBytes: number
  readonly memoryBytes: number
  readonly segments: number
  /** Events appended since open. */
  readonly appendedEvents: number
  /** Events not yet acknowledged. */
  readonly pendingEvents: number
  /** Events given up for a gap since open. */
  readonly lostEvents: Readonly<Record<LossReason, number>>
  /** Events that the codec refused, each replaced by a `decode_failed` gap. */
  readonly refusedEvents: number
  /** Stretches of bytes and files that were not what they should be. */
  readonly damages: number
  readonly diskErrors: number
  readonly commits: number
}

const mib = 1024 * 1024

export class Spool {
  readonly #options: Required<Omit<SpoolOptions, 'dir'>> & { readonly dir: string | undefined }
  readonly #segments: SegmentList
  readonly #commit: GroupCommit
  /** Newest records of the current epoch, the last one included. */
  #recent: SpoolRecord[] = []
  #recentBytes = 0
  #epoch = 0
  #nextSeq = 1
  /** First number given since open, or since the epoch began. */
  #openSeq = 1
  #acked = { epoch: 0, seq: 0 }
  #markedAtMs = Number.NEGATIVE_INFINITY
  #lastRing = { ringId: 0, ringPosition: 0 }
  #nextIndex = 1
  /** Why the disk is not used; empty while it is. */
  #problem = ''
  #retryDiskAtMs = 0
  #release: (() => void) | undefined
  #appendedEvents = 0
  #refusedEvents = 0
  #diskErrors = 0
  #isClosed = false

  private constructor(options: SpoolOptions) {
    const maxBytes = options.maxBytes ?? 512 * mib
    this.#options = {
      maxBytes,
      memoryBytes: 16 * mib,
      cacheBytes: 2 * mib,
      syncIntervalMs: 200,
      retryDiskMs: 10_000,
      markIntervalMs: 5_000,
      random: Math.random,
      ...options,
      segmentBytes: Math.min(options.segmentBytes ?? 4 * mib, Math.floor(maxBytes / 4)),
    }
    this.#segments = new SegmentList(options.clock)
    this.#commit = new GroupCommit({
      intervalMs: this.#options.syncIntervalMs,
      onError: (error) => this.#leaveDisk(error),
    })
  }

  /**
   * Opens or makes the spool of a directory. SpoolError `locked` or `version` when it must not be touched; when it cannot be
   * used otherwise, the spool works in memory, says so once, and tries the disk again from time to time.
   */
  static open(options: SpoolOptions): Spool {
    const spool = new Spool(options)
    if (options.dir === undefined) {
      spool.#startEpoch()
      spool.#problem = 'no directory'
      return spool
    }
    try {
      spool.#useDirectory(options.dir)
    } catch (error) {
      if (error instanceof SpoolError) {
        spool.#release?.()
        throw error
      }
      spool.#leaveDisk(error as Error)
    }
    return spool
  }

  /** Locks the directory and takes over what is in it. */
  #useDirectory(dir: string): void {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#release ??= lockDirectory(dir, this.#options.pid)
    const found = recover(dir)
    const last = found.segments.at(-1)
    this.#segments.addBefore(found.segments)
    this.#segments.damages += found.damages
    this.#nextIndex = found.nextIndex
    const isSameBoot = last?.boot === this.#options.boot
    if (isSameBoot && found.lastRecord !== undefined) this.#lastRing = found.lastRing
    this.#takeMark(dir)
    const isWhole = !found.isTailDamaged && !found.isLossUnknown
    if (isSameBoot && isWhole && this.#epoch === 0) {
      this.#epoch = last.epoch
      this.#nextSeq = last.nextSeq
      this.#openSeq = last.nextSeq
      return
    }
    this.#startEpoch()
    // What a killed agent was about to append comes again from the ring, if there is one: then nothing is missing.
    const isTornOnly = !found.isTailDamaged || (isSameBoot && this.#lastRing.ringId !== 0)
    if (isTornOnly && !found.isLossUnknown) return
    const now = this.#options.clock.nowUs()
    const fromUs = Math.min(found.lastRecord?.toUs ?? now, now)
    const stretch = { fromUs, toUs: now, lastBootNs: found.lastRecord?.lastBootNs ?? 0 }
    this.append({
      ...this.#lastRing,
      events: [gapEvent({ reason: 'spool_corrupt', ...stretch }, null)],
    })
  }

  /** Believes the advisory mark as far as the segments agree with it. */
  #takeMark(dir: string): void {
    const mark = readAcked(dir)
    const marked = this.#segments.all.findLast((segment) => segment.epoch === mark?.epoch)
    if (mark === undefined || marked === undefined || mark.seq >= marked.nextSeq) return
    const first = this.#segments.all.findIndex((segment) => segment.epoch === mark.epoch)
    const older = new Set(this.#segments.all.slice(0, first))
    this.#segments.remove((segment) => older.has(segment))
    this.acked(mark.epoch, mark.seq)
  }

  #startEpoch(): void {
    this.#epoch = 1 + Math.floor(this.#options.random() * (Number.MAX_SAFE_INTEGER - 1))
    this.#nextSeq = 1
    this.#openSeq = 1
    this.#clearRecent()
  }

  #clearRecent(): void {
    this.#recent = []
    this.#recentBytes = 0
  }

  /** The disk refused: on in memory, under numbers that the disk knows nothing of. */
  #leaveDisk(error: Error): void {
    this.#diskErrors += 1
    const { clock, retryDiskMs, log, dir } = this.#options
    this.#retryDiskAtMs = clock.monotonicMs() + retryDiskMs
    const wasOnDisk = this.#problem === ''
    this.#problem = error.message
    if (!wasOnDisk) return
    log.warn({ dir, error: error.message }, 'spool: disk failed, keeping events in memory')
    this.#startEpoch()
  }

  /** Back to the disk, if it takes a new segment. */
  #retryDisk(): void {
    const { clock, retryDiskMs, log, dir } = this.#options
    if (dir === undefined || clock.monotonicMs() < this.#retryDiskAtMs) return
    this.#retryDiskAtMs = clock.monotonicMs() + retryDiskMs
    this.#problem = ''
    try {
      if (this.#release === undefined) this.#useDirectory(dir)
      else this.#startEpoch()
      this.#segments.add(this.#createSegment())
      log.info({ dir }, 'spool: disk works again')
    } catch (error) {
      this.#diskErrors += 1
      this.#problem = (error as Error).message
    }
  }

  /** Highest number given out in the current epoch; 0 for none. */
  get lastSeq(): number {
    return this.#nextSeq - 1
  }

  /** Epoch of the numbers that append() gives. */
  get epoch(): number {
    return this.#epoch
  }

  /** Where in the ring the newest record of this boot ends: what the ring has before it was spooled. {0, 0} for none. */
  lastRing(): { readonly ringId: number; readonly ringPosition: number } {
    return this.#lastRing
  }

  /**
   * Numbers the events and keeps them; when it returns, the death of this process does not lose them (in memory mode it
   * does). Never throws for their content: an event that the codec refuses becomes a `decode_failed` gap of one.
   */
  append(drain: Drain): void {
    if (this.#isClosed) throw new SpoolError('closed', 'spool: append after close')
    if (this.#problem !== '') this.#retryDisk()
    this.#appendPart(drain.events, drain)
  }

  #appendPart(events: readonly Event[], ring: Omit<Drain, 'events'>): void {
    const first = events[0]
    const last = events.at(-1)
    if (first === undefined || last === undefined) return
    let record: SpoolRecord
    try {
      record = this.#encode(events, ring)
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.#appendRefused(events, ring)
      return
    }
    try {
      this.#write(record)
    } catch (error) {
      this.#dropEmptySegment()
      this.#leaveDisk(error as Error)
      record = this.#encode(events, ring)
      this.#write(record)
    }
    this.#nextSeq = record.firstSeq + record.count
    this.#appendedEvents += record.count
    if (ring.ringId !== 0) this.#lastRing = { ringId: ring.ringId, ringPosition: ring.ringPosition }
    this.#remember(record)
  }

  /** Too large or out of range: in halves, until one event is to blame. */
  #appendRefused(events: readonly Event[], ring: Omit<Drain, 'events'>): void {
    const [event] = events
    if (event !== undefined && events.length === 1) {
      this.#refusedEvents += 1
      const now = this.#options.clock.nowUs()
      const stretch = { fromUs: now, toUs: now, lastBootNs: 0 }
      this.#appendPart([gapEvent({ reason: 'decode_failed', ...stretch }, 1)], ring)
      return
    }
    const half = events.length >>> 1
    // Only the last part carries the new position: a crash in between must not skip the rest.
    this.#appendPart(events.slice(0, half), this.#lastRing)
    this.#appendPart(events.slice(half), ring)
  }

  #encode(events: readonly Event[], ring: Omit<Drain, 'events'>): SpoolRecord {
    const { ringId, ringPosition } = ring
    const times = events.map((event) => event.timeUs)
    return {
      firstSeq: this.#nextSeq,
      count: events.length,
      ringId,
      ringPosition,
      fromUs: times.reduce((a, b) => Math.min(a, b)),
      toUs: times.reduce((a, b) => Math.max(a, b)),
      lastBootNs: events.at(-1)?.bootNs ?? 0,
      chunk: encodeChunk({
        firstSeq: this.#nextSeq,
        boot: this.#options.boot,
        ringId,
        ringPosition,
        events,
      }),
    }
  }

  #write(record: SpoolRecord): void {
    const bytes = recordHeaderBytes + record.chunk.length
    const { maxBytes, memoryBytes, segmentBytes } = this.#options
    const isOnDisk = this.#problem === ''
    const place = isOnDisk ? 'disk' : 'memory'
    const roomBytes = isOnDisk ? maxBytes : memoryBytes
    const ackedSeq = (epoch: number) => (epoch === this.#acked.epoch ? this.#acked.seq : 0)
    while (this.#segments.bytes(place) + bytes > roomBytes) {
      const reason = isOnDisk ? 'spool_full' : 'queue_full'
      if (!this.#segments.giveUpOldest(place, reason, ackedSeq)) break
      // What counts as lost must not be delivered from here all the same.
      this.#clearRecent()
    }
    let segment = this.#segments.last
    const sizeBytes = isOnDisk ? segmentBytes : Math.min(segmentBytes, memoryBytes / 4)
    if (
      segment === undefined ||
      segment.epoch !== this.#epoch ||
      segment.place !== place ||
      segment.isGap ||
      (segment.nextSeq > segment.firstSeq && segment.bytes + bytes > sizeBytes)
    ) {
      segment?.seal()
      segment = this.#createSegment()
      this.#segments.add(segment)
    }
    segment.append(record)
    if (isOnDisk) this.#commit.add(segment)
  }

  #createSegment(): Segment {
    const { dir, boot } = this.#options
    const header = { epoch: this.#epoch, firstSeq: this.#nextSeq, boot }
    if (dir === undefined || this.#problem !== '') return new MemorySegment(header)
    const path = join(dir, segmentFileName(this.#nextIndex))
    this.#nextIndex += 1
    return DiskSegment.create(path, header)
  }

  /** A segment that could not take its first record. */
  #dropEmptySegment(): void {
    const last = this.#segments.last
    if (last !== undefined && last.nextSeq === last.firstSeq)
      this.#segments.remove((segment) => segment === last)
  }

  #remember(record: SpoolRecord): void {
    if (this.#problem !== '') return
    this.#recent.push(record)
    this.#recentBytes += record.chunk.length
    this.#forgetRecent(0)
  }

  /** Frees what is acknowledged or too much. */
  #forgetRecent(ackedSeq: number): void {
    let count = 0
    for (const record of this.#recent) {
      const isAcked = record.firstSeq + record.count <= ackedSeq + 1
      if (!isAcked && this.#recentBytes <= this.#options.cacheBytes) break
      this.#recentBytes -= record.chunk.length
      count += 1
    }
    if (count > 0) this.#recent.splice(0, count)
  }

  /** What the uplink should deliver next. */
  head(): SpoolHead {
    for (const segment of this.#segments.all) {
      if (segment.epoch === this.#epoch) break
      const last = this.#segments.all.findLast(({ epoch }) => epoch === segment.epoch) ?? segment
      const firstSeq = this.#firstUnacked(segment)
      const lastSeq = last.nextSeq - 1
      if (firstSeq <= lastSeq) return { epoch: segment.epoch, firstSeq, lastSeq, isCurrent: false }
    }
    const first = this.#segments.all.find(({ epoch }) => epoch === this.#epoch)
    return {
      epoch: this.#epoch,
      firstSeq: first === undefined ? this.#nextSeq : this.#firstUnacked(first),
      lastSeq: this.lastSeq,
      isCurrent: true,
    }
  }

  #firstUnacked({ epoch, firstSeq }: Segment): number {
    return epoch === this.#acked.epoch ? Math.max(firstSeq, this.#acked.seq + 1) : firstSeq
  }

  /**
   * Records of an epoch, the first of which covers fromSeq, up to maxBytes (but at least one); none when there is nothing
   * from there on. Damaged stretches come as gaps.
   */
  read(epoch: number, fromSeq: number, maxBytes: number): readonly SpoolRecord[] {
    const [oldest] = this.#recent
    const isRecent = epoch === this.#epoch && oldest !== undefined && oldest.firstSeq <= fromSeq
    const records = isRecent
      ? this.#recent.slice(firstBeyond(this.#recent, fromSeq))
      : this.#segments.read(epoch, fromSeq)
    let bytes = 0
    const end = records.findIndex((record, index) => {
      bytes += record.chunk.length
      return index > 0 && bytes > maxBytes
    })
    return end < 0 ? records : records.slice(0, end)
  }

  /** Everything of that epoch up to seq is durable at the collector: its room is free. */
  acked(epoch: number, seq: number): void {
    const last = this.#segments.last
    const wasSeq = this.#acked.epoch === epoch ? this.#acked.seq : 0
    if (seq <= wasSeq) return
    this.#acked = { epoch, seq }
    if (epoch === this.#epoch) this.#forgetRecent(seq)
    // The newest one stays: it tells the next agent which numbers and which ring position were reached.
    this.#segments.remove(
      (segment) => segment.epoch === epoch && segment.nextSeq <= seq + 1 && segment !== last,
    )
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#markedAtMs < this.#options.markIntervalMs) return
    this.#markedAtMs = nowMs
    this.#writeMark()
  }

  /** Losing the mark only costs that something is sent again, so it is neither synced nor retried. */
  #writeMark(): void {
    const { dir } = this.#options
    if (dir === undefined || this.#problem !== '' || this.#acked.epoch === 0) return
    try {
      writeFileSync(join(dir, 'acked.tmp'), encodeAcked(this.#acked))
      renameSync(join(dir, 'acked.tmp'), join(dir, ackedFileName))
    } catch {
      this.#diskErrors += 1
    }
  }

  /**
   * The collector knows numbers of the current epoch that this spool has not given: its directory was set back (a restored
   * disk, a snapshot). What was appended since open gets numbers of a new epoch; what is older, the collector has.
   */
  rebase(): void {
    const [old, fromSeq] = [this.#epoch, this.#openSeq]
    const drains: Drain[] = []
    for (let seq = fromSeq; seq < this.#nextSeq; ) {
      const records = this.read(old, seq, Number.POSITIVE_INFINITY)
      if (records.length === 0) break
      for (const record of records) {
        drains.push(decodeChunk(record.chunk))
        seq = record.firstSeq + record.count
      }
    }
    this.#options.log.warn(
      { dir: this.#options.dir },
      'spool: the collector is ahead of this directory, which was set back: going on under a new epoch',
    )
    this.#startEpoch()
    for (const drain of drains) this.append(drain)
    this.#segments.remove(({ epoch }) => epoch === old)
  }

  stats(): SpoolStats {
    const segments = this.#segments.all
    const pendingOf = (segment: Segment) =>
      Math.max(0, segment.nextSeq - this.#firstUnacked(segment))
    return {
      mode: this.#problem === '' ? 'disk' : 'memory',
      problem: this.#problem,
      diskBytes: this.#segments.bytes('disk'),
      memoryBytes: this.#segments.bytes('memory'),
      segments: segments.length,
      appendedEvents: this.#appendedEvents,
      pendingEvents: segments.reduce((sum, segment) => sum + pendingOf(segment), 0),
      lostEvents: { ...this.#segments.lost },
      refusedEvents: this.#refusedEvents,
      damages: this.#segments.damages,
      diskErrors: this.#diskErrors,
      commits: this.#commit.commits,
    }
  }

  /** Makes everything appended so far survive a power cut. */
  sync(): Promise<void> {
    return this.#commit.flush()
  }

  /** Syncs, marks what is acknowledged and lets the directory go. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.sync()
    this.#writeMark()
    for (const segment of this.#segments.all) segment.seal()
    this.#release?.()
  }
}
