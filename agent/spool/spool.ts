/**
 * The agent's memory of what the collector has not acknowledged: segments on disk, which survive kill -9 of the agent, or in
 * memory while the disk does not work. The agent's loop appends, the uplink reads and acknowledges. docs/wire.md, "Spool".
 *
 * Rules: append() returns only when the events are in the kernel's page cache. A sequence number is never given twice within
 * an epoch: each process that opens a spool gives numbers under an epoch of its own, as nothing in a directory proves that it
 * is the newest there was, and begins another when its disk fails. Whatever is lost becomes a gap with the exact number, in
 * the place of what it replaces. State is derived from the segments alone.
 */
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { CodecError, decodeChunk, encodeChunk } from '#proto/codec.ts'
import type { Chunk, Event } from '#proto/event.ts'
import type { Totals } from '#proto/frame.ts'
import { unitsOf } from '#proto/units.ts'
import { AckedMarks } from './acked-marks.ts'
import { nodeDisk, type SpoolDisk } from './disk.ts'
import { EpochTotals, type RunTotals } from './epoch-totals.ts'
import { gapEvent } from './gap-chunk.ts'
import { GroupCommit } from './group-commit.ts'
import { RecentRecords } from './recent-records.ts'
import { recover } from './recovery.ts'
import { DiskSegment, MemorySegment, type Segment, segmentFileName } from './segment.ts'
import { recordHeaderBytes, type SpoolRecord } from './segment-format.ts'
import { type LossReason, SegmentList } from './segment-list.ts'
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
  /**
   * Boot time after which a segment is given up for a `spool_expired` gap, ns; 7 days by default. Segments of an earlier boot
   * count from this one: no clock that can be set decides.
   */
  readonly maxAgeNs?: number
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
  readonly disk?: SpoolDisk
}

/** A chunk before it has numbers. */
export interface Drain extends Pick<Chunk, 'ringId' | 'ringPosition' | 'events'> {
  /** What this run of the agent has counted until the last of the events; left out, the events are all there was. */
  readonly totals?: RunTotals
}

/** An epoch that is to be delivered. */
export interface SpoolHead {
  readonly epoch: number
  /** First number not acknowledged; lastSeq + 1 when all are. */
  readonly firstSeq: number
  /** Last number given out; 0 for none. */
  readonly lastSeq: number
  /** False for an epoch that grows no more. */
  readonly isCurrent: boolean
  /** Its totals after lastSeq. */
  readonly totals: Totals
  /** Bytes of its segments. */
  readonly bytes: number
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
  /** Events given up for a gap since open, in units of their counts. */
  readonly lostEvents: Readonly<Record<LossReason, number>>
  /** Events that the codec refused, each replaced by a `decode_failed` gap. */
  readonly refusedEvents: number
  /** Stretches of bytes and files that were not what they should be. */
  readonly damages: number
  readonly diskErrors: number
  readonly commits: number
}

const mib = 1024 * 1024
const dayNs = 86_400e9

export class Spool {
  readonly #options: Required<Omit<SpoolOptions, 'dir'>> & { readonly dir: string | undefined }
  readonly #segments: SegmentList
  readonly #commit: GroupCommit
  readonly #recent: RecentRecords
  #epoch = 0
  #nextSeq = 1
  #offeredSeq = 0
  readonly #acked: AckedMarks
  readonly #totals = new EpochTotals()
  #markedAtMs = Number.NEGATIVE_INFINITY
  /** Wall time of the newest event that the directory had when it was taken over, Unix microseconds; 0 for none. */
  foundToUs = 0
  /** Last number of each epoch that the directory had when it was taken over. */
  readonly #found = new Map<number, number>()
  #lastRing = { ringId: 0, ringPosition: 0 }
  /** Boot time of the newest event, ns. */
  #lastBootNs = 0
  #nextIndex = 1
  /** Why the disk is not used; empty while it is. */
  #problem = ''
  #retryDiskAtMs = 0
  #release: (() => void) | undefined
  /** What the directory held is in the list of segments. */
  #isTakenOver = false
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
      maxAgeNs: 7 * dayNs,
      random: Math.random,
      disk: nodeDisk,
      ...options,
      segmentBytes: Math.min(options.segmentBytes ?? 4 * mib, Math.floor(maxBytes / 4)),
    }
    const { disk } = this.#options
    this.#segments = new SegmentList(options.clock, disk)
    this.#acked = new AckedMarks(disk)
    this.#recent = new RecentRecords(this.#options.cacheBytes)
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
    const { disk } = this.#options
    disk.makeDirectory(dir)
    this.#release ??= disk.lock(dir, this.#options.pid)
    const found = recover(disk, dir)
    const last = found.segments.at(-1)
    this.#segments.addBefore(found.segments)
    this.#isTakenOver = true
    for (const { epoch, nextSeq } of found.segments) this.#found.set(epoch, nextSeq - 1)
    this.#segments.damages += found.damages
    this.#nextIndex = found.nextIndex
    this.foundToUs = found.lastRecord?.toUs ?? 0
    const isSameBoot = last?.boot === this.#options.boot
    // A directory that became usable only now is behind what was kept in memory meanwhile.
    if (isSameBoot && this.#lastRing.ringId === 0) this.#lastRing = found.lastRing
    this.#takeMarks(dir)
    this.#startEpoch()
    // What a killed agent was about to append comes again from the ring, if there is one: then nothing is missing.
    const isTornOnly = !found.isTailDamaged || (isSameBoot && this.#lastRing.ringId !== 0)
    if (!isTornOnly || found.isLossUnknown) this.#ownUp(found.lastRecord)
    // Kept only in memory, that may end with this process: then the next one has to find what it is about.
    if (this.#problem !== '') return
    for (const path of found.unreadable) disk.remove(path)
    for (const { segment, soundBytes } of found.tornEnds)
      if (this.#segments.all.includes(segment)) segment.truncate(soundBytes)
  }

  /** Something is missing since the newest record that was found, and nobody knows how much. */
  #ownUp(last: SpoolRecord | undefined): void {
    const now = this.#options.clock.nowUs()
    const fromUs = Math.min(last?.toUs ?? now, now)
    const stretch = { fromUs, toUs: now, lastBootNs: last?.lastBootNs ?? 0 }
    this.append({
      ...this.#lastRing,
      events: [gapEvent({ reason: 'spool_corrupt', ...stretch }, null)],
    })
  }

  /** Believes the advisory marks as far as the segments agree with them. */
  #takeMarks(dir: string): void {
    for (const [epoch, seq] of AckedMarks.read(this.#options.disk, dir)) {
      const last = this.#segments.all.findLast((segment) => segment.epoch === epoch)
      if (last !== undefined && seq < last.nextSeq) this.acked(epoch, seq)
    }
  }

  #startEpoch(): void {
    this.#epoch = 1 + Math.floor(this.#options.random() * (Number.MAX_SAFE_INTEGER - 1))
    this.#nextSeq = 1
    this.#offeredSeq = 0
    this.#totals.begin()
    this.#recent.clear()
  }

  /**
   * Goes on under a new epoch, so that what is captured from now on need not wait until the present one is delivered
   * (docs/wire.md, "Backlog").
   */
  beginEpoch(): void {
    if (this.lastSeq > 0) this.#startEpoch()
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

  /** Back to the disk, if it takes what gathered in memory and a new segment. A vain attempt changes nothing. */
  #retryDisk(): void {
    const { clock, retryDiskMs, log, dir } = this.#options
    if (dir === undefined || clock.monotonicMs() < this.#retryDiskAtMs) return
    this.#retryDiskAtMs = clock.monotonicMs() + retryDiskMs
    this.#problem = ''
    try {
      if (!this.#isTakenOver) this.#useDirectory(dir)
      for (const segment of this.#segments.all) {
        if (segment.place !== 'memory') continue
        this.#commit.add(this.#segments.moveToDisk(segment, this.#nextPath(dir)))
        // The disk has an epoch from now on that may end before its last number: it must not grow.
        if (segment.epoch === this.#epoch) this.#startEpoch()
      }
      this.#segments.add(this.#createSegment(this.#lastBootNs))
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

  /**
   * Highest number of the current epoch that anybody can have been sent: it was read or acknowledged. A collector that knows a
   * higher one knows it from elsewhere.
   */
  get offeredSeq(): number {
    return this.#offeredSeq
  }

  /** Epoch of the numbers that append() gives. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Whether the directory, when it was taken over, had everything of an epoch up to a number that an earlier run gave. It has
   * not if that was only in memory, or if the disk lost it: then nobody knows what became of it.
   */
  had(epoch: number, seq: number): boolean {
    return seq === 0 || (this.#found.get(epoch) ?? 0) >= seq
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
    this.#expire()
  }

  #appendPart(events: readonly Event[], ring: Omit<Drain, 'events'>, isReplay = false): void {
    const first = events[0]
    const last = events.at(-1)
    if (first === undefined || last === undefined) return
    let record: SpoolRecord
    try {
      record = this.#encode(events, ring)
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.#appendRefused(events, ring, isReplay)
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
    this.#lastBootNs = record.lastBootNs
    this.#totals.advance(events, ring.totals, isReplay)
    if (ring.ringId !== 0) this.#lastRing = { ringId: ring.ringId, ringPosition: ring.ringPosition }
    if (this.#problem === '') this.#recent.remember(record)
  }

  /** Out of range or too large: events that are to blame alone become gaps, and what is too much together goes in halves. */
  #appendRefused(events: readonly Event[], ring: Omit<Drain, 'events'>, isReplay: boolean): void {
    const sound = events.map((event) => (this.#isRefused(event) ? this.#gapFor(event) : event))
    if (sound.some((event, index) => event !== events[index])) {
      // In one record, if it can be: a crash between two would repeat the first, as the ring's position goes with the last.
      this.#appendPart(sound, ring, isReplay)
      return
    }
    const half = events.length >>> 1
    this.#appendPart(events.slice(0, half), this.#lastRing, isReplay)
    this.#appendPart(events.slice(half), ring, isReplay)
  }

  #isRefused(event: Event): boolean {
    try {
      this.#encode([event], this.#lastRing)
      return false
    } catch (error) {
      if (error instanceof CodecError) return true
      throw error
    }
  }

  #gapFor(event: Event): Event {
    this.#refusedEvents += 1
    const now = this.#options.clock.nowUs()
    const stretch = { fromUs: now, toUs: now, lastBootNs: 0 }
    const lost = event.kind === 'gap' ? event.lost : unitsOf(event)
    // What was refused for its size says nothing of it.
    const isSize = Number.isSafeInteger(lost) && Number(lost) >= 0
    return gapEvent({ reason: 'decode_failed', ...stretch }, isSize ? lost : null)
  }

  #encode(events: readonly Event[], ring: Omit<Drain, 'events'>): SpoolRecord {
    const { ringId, ringPosition } = ring
    const times = events.map((event) => event.timeUs)
    return {
      firstSeq: this.#nextSeq,
      count: events.length,
      // What comes without a ring keeps the position that was reached: it may be all that is left to the next agent.
      ...(ringId === 0 ? this.#lastRing : { ringId, ringPosition }),
      fromUs: times.reduce((a, b) => Math.min(a, b)),
      toUs: times.reduce((a, b) => Math.max(a, b)),
      lastBootNs: events.at(-1)?.bootNs ?? 0,
      before: this.#totals.now,
      after: this.#totals.after(events, ring.totals),
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
    while (this.#segments.bytes(place) + bytes > roomBytes) {
      const reason = isOnDisk ? 'spool_full' : 'queue_full'
      if (!this.#segments.giveUpOldest(place, reason, this.#ackedSeq)) break
      // What counts as lost must not be delivered from here all the same.
      this.#recent.clear()
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
      segment = this.#createSegment(record.lastBootNs)
      this.#segments.add(segment)
    }
    segment.append(record)
    if (isOnDisk) this.#commit.add(segment)
  }

  readonly #ackedSeq = (epoch: number): number => this.#acked.seqOf(epoch)

  /** Gives up what is older than it may be. */
  #expire(): void {
    const nowNs = this.#lastBootNs
    for (;;) {
      const index = this.#segments.all.findIndex(({ isGap }) => !isGap)
      const [segment, next] = this.#segments.all.slice(index, index + 2)
      // How old a segment's youngest record is, the beginning of the next one tells.
      if (index < 0 || segment === undefined || next === undefined) return
      const youngestNs = next.boot === this.#options.boot ? next.begunNs : 0
      if (nowNs - youngestNs <= this.#options.maxAgeNs) return
      if (!this.#segments.giveUpOldest(segment.place, 'spool_expired', this.#ackedSeq)) return
      this.#recent.clear()
    }
  }

  #createSegment(begunNs: number): Segment {
    const { dir, boot, disk } = this.#options
    const [epoch, firstSeq, before] = [this.#epoch, this.#nextSeq, this.#totals.now]
    const header = { epoch, firstSeq, boot, begunNs, before }
    if (dir === undefined || this.#problem !== '') return new MemorySegment(header)
    return DiskSegment.create(disk, this.#nextPath(dir), header)
  }

  #nextPath(dir: string): string {
    const path = join(dir, segmentFileName(this.#nextIndex))
    this.#nextIndex += 1
    return path
  }

  /** A segment that could not take its first record. */
  #dropEmptySegment(): void {
    const last = this.#segments.last
    if (last !== undefined && last.nextSeq === last.firstSeq)
      this.#segments.remove((segment) => segment === last)
  }

  /** What is to be delivered: epochs that grow no more and are not acknowledged, oldest first, and last the current one. */
  heads(): readonly SpoolHead[] {
    const heads: SpoolHead[] = []
    const epochs = new Set(this.#segments.all.map(({ epoch }) => epoch))
    epochs.delete(this.#epoch)
    for (const epoch of epochs) {
      const segments = this.#segments.all.filter((segment) => segment.epoch === epoch)
      const [first, last] = [segments[0], segments.at(-1)]
      if (first === undefined || last === undefined) continue
      const [firstSeq, lastSeq] = [this.#firstUnacked(first), last.nextSeq - 1]
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0)
      const head = { epoch, firstSeq, lastSeq, bytes, totals: last.after, isCurrent: false }
      if (firstSeq <= lastSeq) heads.push(head)
    }
    return [...heads, this.#currentHead()]
  }

  #currentHead(): SpoolHead {
    const segments = this.#segments.all.filter(({ epoch }) => epoch === this.#epoch)
    const [first] = segments
    return {
      epoch: this.#epoch,
      firstSeq: first === undefined ? this.#nextSeq : this.#firstUnacked(first),
      lastSeq: this.lastSeq,
      bytes: segments.reduce((sum, segment) => sum + segment.bytes, 0),
      totals: this.#totals.now,
      isCurrent: true,
    }
  }

  #firstUnacked({ epoch, firstSeq }: Segment): number {
    return Math.max(firstSeq, this.#acked.seqOf(epoch) + 1)
  }

  /**
   * Records of an epoch, the first of which covers fromSeq, up to maxBytes (but at least one); none when there is nothing
   * from there on. Damaged stretches come as gaps.
   */
  read(epoch: number, fromSeq: number, maxBytes: number): readonly SpoolRecord[] {
    const recent = epoch === this.#epoch ? this.#recent.from(fromSeq) : undefined
    const records = recent ?? this.#segments.read(epoch, fromSeq)
    let bytes = 0
    const end = records.findIndex((record, index) => {
      bytes += record.chunk.length
      return index > 0 && bytes > maxBytes
    })
    const given = end < 0 ? records : records.slice(0, end)
    const last = given.at(-1)
    if (last !== undefined) this.#offered(epoch, last.firstSeq + last.count - 1)
    return given
  }

  #offered(epoch: number, seq: number): void {
    if (epoch === this.#epoch) this.#offeredSeq = Math.max(this.#offeredSeq, seq)
  }

  /** Everything of that epoch up to seq is durable at the collector: its room is free. */
  acked(epoch: number, seq: number): void {
    if (!this.#acked.acknowledge(epoch, seq)) return
    if (epoch === this.#epoch) this.#recent.forget(seq)
    this.#offered(epoch, Math.min(seq, this.lastSeq))
    // The newest one with a record stays: it tells the next agent which numbers and which ring position were reached.
    const newest = this.#segments.all.findLast(({ firstSeq, nextSeq }) => nextSeq > firstSeq)
    const { last } = this.#segments
    this.#segments.remove(
      (segment) =>
        segment !== newest &&
        segment !== last &&
        segment.nextSeq <= this.#ackedSeq(segment.epoch) + 1,
    )
    this.#acked.keep(new Set([...this.#segments.all.map((segment) => segment.epoch), this.#epoch]))
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#markedAtMs < this.#options.markIntervalMs) return
    this.#markedAtMs = nowMs
    this.#writeMark()
  }

  #writeMark(): void {
    const { dir } = this.#options
    if (dir === undefined || this.#problem !== '') return
    try {
      this.#acked.write(dir)
    } catch {
      this.#diskErrors += 1
    }
  }

  /**
   * The collector knows numbers of the current epoch that it does not have from here (`offeredSeq`): this process runs twice, or was
   * set back with its memory (a restored machine). What is not acknowledged gets numbers of a new epoch.
   */
  rebase(): void {
    const [old, fromSeq] = [this.#epoch, this.#acked.seqOf(this.#epoch) + 1]
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
      'spool: the collector is ahead of this agent, which was set back: going on under a new epoch',
    )
    this.#startEpoch()
    for (const { events, ringId, ringPosition } of drains) {
      // A gap has one number here, whatever it stood for in the old epoch.
      const own = events.map((event) => (event.kind === 'gap' ? { ...event, replaces: 1 } : event))
      this.#appendPart(own, { ringId, ringPosition }, true)
    }
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
