/**
 * The agent's heartbeat: drains the source, lets the tracker make events, puts them into the spool as one chunk, and only
 * then tells the kernel that the room may be used again. Everything that owns live state is called from here, one after
 * the other; there is no second path from a record to the spool.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { EventKind } from '#proto/event.ts'
import type { Source } from './sources/record.ts'
import type { Drain } from './spool/spool.ts'
import type { Tracker } from './tracker/tracker.ts'

/** Where events become safe: the spool. */
export interface DrainSink {
  /** Returns when the events survive a kill -9 of this process, or have become a gap. */
  append(drain: Drain): void
}

export interface CaptureLoopOptions {
  readonly source: Source
  readonly tracker: Tracker
  readonly sink: DrainSink
  readonly clock: Clock
  /** CLOCK_BOOTTIME now, ns. */
  readonly bootNowNs: () => number
  readonly drainIntervalMs: number
  /** The kinds of which this source sees every instance. */
  readonly complete: readonly EventKind[]
  /** Looks which of the known processes are gone without an exit record. */
  readonly reconcile: () => void
  /** After each write of coverage: until when, Unix microseconds and ns since boot, this node is known to be watched. */
  readonly covered: (toUs: number, toNs: number) => void
  /** Called before each report of losses is appended, which then has exactly this many events and nothing else. */
  readonly announceLosses?: (eventCount: number) => void
  /** After each drain, before its events are written: what else is known of the records that were read, as it goes with them. */
  readonly drained: () => void
  /** What has to be safe before the kernel forgets the records that were read. */
  readonly beforeCommit: () => void
  /** Further duties about once a second. */
  readonly eachSecond: () => void
  readonly log: Log
}

/**
 * Records per chunk, if they are of the largest kind, or as many smaller ones as weigh the same. A chunk has to stay below
 * limits.chunkBytes (4 MiB) even when every byte of it is an argument that needs escaping, which makes four of one:
 * 54 × 18 KiB × 4 = 3.8 MiB.
 */
const recordsPerChunk = 54
/** Events per chunk, whatever they are: a connection's takes some 60 bytes, an exec's without much of an argument 100. */
const eventsPerChunk = 16_384
/** Losses per report, fewer than eventsPerChunk with what one cgroup adds at most: a report must not be split. */
const lossesPerReport = 8_192
/** Reports at the end: the probe's maps have room for 4,097 times nine losses, which are five, and then three more. */
const lastReportsMax = 8
/** Chunks written in one go before timers and sockets get their turn. */
const chunksPerTick = 64
const secondMs = 1000
/** A quiet node still says every few seconds that it watches. */
const quietCoverageMs = 5 * secondMs
const reconcileMs = 30 * secondMs

export class CaptureLoop {
  readonly #options: CaptureLoopOptions
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #stopped = false
  #lossesDueMs = 0
  #coveredMs = Number.NEGATIVE_INFINITY
  #reconcileDueMs: number
  /** The ring's position up to which everything is in the spool. */
  #safe: ReturnType<Source['position']>
  #ticks = 0
  #failures = 0
  #isFailing = false

  constructor(options: CaptureLoopOptions) {
    this.#options = options
    this.#safe = options.source.position()
    this.#reconcileDueMs = options.clock.monotonicMs() + reconcileMs
  }

  /** Ticks so far, and those that threw; for metrics. */
  get counts(): { readonly ticks: number; readonly failures: number } {
    return { ticks: this.#ticks, failures: this.#failures }
  }

  /** The last tick threw. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  start(): void {
    this.#schedule(false)
  }

  /** Takes what is left, reports losses and coverage to the end, and stops. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    const deadlineMs = this.#options.clock.monotonicMs() + 2 * secondMs
    while (this.#drainOnce() && this.#options.clock.monotonicMs() < deadlineMs);
    for (let report = 0; report < lastReportsMax && this.#reportLosses(); report += 1);
    this.#reportCoverage()
    this.#flush()
  }

  /** Drains and writes until nothing waits or the turn is over; returns whether more waits. */
  tick(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    this.#ticks += 1
    let more = true
    for (let chunk = 0; more && chunk < chunksPerTick; chunk += 1) more = this.#drainOnce()
    if (nowMs >= this.#lossesDueMs) {
      this.#lossesDueMs = nowMs + secondMs
      this.#reportLosses()
      // While records wait to be read, a reply may be among them.
      if (!more) this.#options.tracker.expire(this.#options.bootNowNs())
      this.#options.eachSecond()
    }
    const pauseMs = this.#isNewsUncovered ? secondMs : quietCoverageMs
    if (!more && nowMs >= this.#coveredMs + pauseMs) {
      this.#coveredMs = nowMs
      this.#reportCoverage()
    }
    if (nowMs >= this.#reconcileDueMs) {
      this.#reconcileDueMs = nowMs + reconcileMs
      this.#options.reconcile()
    }
    this.#flush()
    return more
  }

  /** True when events were written after the last word on coverage. */
  #isNewsUncovered = false
  #coveredFromUs: number | undefined

  #schedule(more: boolean): void {
    if (this.#stopped) return
    const run = (): void => {
      let waiting = false
      try {
        waiting = this.tick()
        this.#isFailing = false
      } catch (error) {
        // A tick must never end the agent: what it drained stays uncommitted and is drained again.
        this.#failures += 1
        this.#isFailing = true
        if (this.#failures === 1) this.#options.log.error({ error }, 'a drain failed; going on')
      }
      this.#schedule(waiting)
    }
    if (more) this.#immediate = setImmediate(run)
    else this.#timer = setTimeout(run, this.#options.drainIntervalMs)
  }

  #drainOnce(): boolean {
    const { source, tracker } = this.#options
    this.#begin()
    const more = source.drain((record) => tracker.record(record), recordsPerChunk)
    this.#options.drained()
    this.#isNewsUncovered ||= tracker.pendingCount > 0
    this.#flush()
    return more
  }

  /** Re-reads the wall clock, so that a step of it reorders nothing. */
  #begin(): void {
    const { tracker, source, clock, bootNowNs } = this.#options
    tracker.begin(source.name, clock.nowUs() - bootNowNs() / 1000)
  }

  /**
   * Losses are an append of their own, announced before: so the next agent can tell whether a report is in the spool, whenever
   * this one is killed. Returns whether there were any.
   */
  #reportLosses(): boolean {
    const { source, tracker, announceLosses } = this.#options
    this.#flush()
    const losses = source.losses(lossesPerReport)
    for (const loss of losses) tracker.record(loss)
    if (tracker.pendingCount > 0) announceLosses?.(tracker.pendingCount)
    this.#flush()
    return losses.length > 0
  }

  #reportCoverage(): void {
    const { tracker, source, bootNowNs, complete, covered } = this.#options
    const nowNs = bootNowNs()
    // Fixed once: facts with one beginning are one growing range to the store, not one range each.
    this.#coveredFromUs ??= tracker.timeUs(source.watchingSinceNs)
    const fromUs = this.#coveredFromUs
    const toUs = tracker.timeUs(nowNs)
    tracker.coverage({ fromUs, toUs, complete }, nowNs)
    this.#isNewsUncovered = false
    covered(toUs, nowNs)
  }

  #flush(): void {
    const { tracker, sink, source } = this.#options
    const events = tracker.take()
    // A drain is never that long; what is there at start may be. The ring's position goes with the last portion.
    for (; events.length > eventsPerChunk; )
      sink.append({ ...this.#safe, events: events.splice(0, eventsPerChunk) })
    if (events.length > 0) {
      this.#safe = source.position()
      sink.append({ ...this.#safe, events, totals: tracker.totals })
    }
    this.#options.beforeCommit()
    source.commit()
  }
}
