/**
 * Writing: chunks become one statement per table, in an order that makes the last one the proof of all. Names, hashes
 * and coverage first (idempotent), then the rows of `events` as ONE block in ONE partition (atomic), then `acked`.
 * Rules: receive day and deduplication token are fixed at the first attempt, and every retry sends the same bytes. The last row
 * of each range carries the range's entry for `acked`, so that a crash between the two statements loses nothing.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { Backoff } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { nameSources } from '#proto/event.ts'
import { ackedColumns, ackedRanges, ackedRow } from './acked-rows.ts'
import { errorLine, exceptionCode, StoreError, storeError } from './errors.ts'
import { eventColumns, eventRow, isRowEvent, rowContext, withAcked } from './event-rows.ts'
import {
  containerColumns,
  containerRow,
  coverageColumns,
  coverageRow,
  fileColumns,
  fileRow,
} from './fact-rows.ts'
import { type Statement, send, statement } from './statements.ts'
import type { AgentChunk } from './store.ts'

/** Rows of one block: larger inserts are split between chunks, each part atomic and acknowledged on its own. */
export const maxRowsPerBlock = 200_000

/** UTC day of a Unix time in microseconds, as ClickHouse writes a Date. */
export const dayOf = (timeUs: number): string =>
  new Date(timeUs / 1000).toISOString().slice(0, 'YYYY-MM-DD'.length)

const dayUs = 86_400_000_000

/**
 * The day under which rows are received: today, but with the clock set back not one that retention has taken. What that had is
 * recorded, so that further rows would expire without being counted.
 */
export const receiveDayAt = (nowUs: number, takenThrough: string): string => {
  const today = dayOf(nowUs)
  return today > takenThrough ? today : dayOf(Date.parse(takenThrough) * 1000 + dayUs)
}

/** The statements of one insert, in the order they must run. Pure: the same chunks and day give the same bytes. */
export const planInsert = (
  chunks: readonly AgentChunk[],
  receiveDay: string,
): readonly Statement[] => {
  const events: string[] = []
  const containers: string[] = []
  const files: string[] = []
  const coverage: string[] = []
  const lastRows = new Map<AgentChunk, number>()
  for (const chunk of chunks) {
    const context = rowContext(chunk, receiveDay)
    let seq = chunk.firstSeq
    for (const event of chunk.events) {
      if (isRowEvent(event)) lastRows.set(chunk, events.push(eventRow(context, event, seq)) - 1)
      if (event.kind === 'container')
        containers.push(
          containerRow(chunk, event, { seq, rank: nameSources.indexOf(event.nameSource) }),
        )
      else if (event.kind === 'file') files.push(fileRow(chunk, event))
      else if (event.kind === 'coverage') coverage.push(coverageRow(chunk, event, receiveDay))
      seq += 1
    }
  }
  const acked: string[] = []
  for (const range of ackedRanges(chunks)) {
    const entry = ackedRow(range, receiveDay)
    acked.push(entry)
    const last = range.chunks
      .map((chunk) => lastRows.get(chunk))
      .findLast((row) => row !== undefined)
    if (last !== undefined) events[last] = withAcked(events[last] ?? '', entry)
  }
  return [
    statement('containers', containerColumns, containers),
    statement('files', fileColumns, files),
    statement('coverage', coverageColumns, coverage),
    statement('events', eventColumns, events),
    statement('acked', ackedColumns, acked),
  ].filter(({ rows }) => rows > 0)
}

/** Runs of chunks of at most `maxRowsPerBlock` events; a single larger chunk stays whole. */
export const splitChunks = (chunks: readonly AgentChunk[]): readonly (readonly AgentChunk[])[] => {
  const parts: AgentChunk[][] = []
  let rows = Number.POSITIVE_INFINITY
  for (const chunk of chunks) {
    if (rows + chunk.events.length > maxRowsPerBlock) {
      parts.push([])
      rows = 0
    }
    rows += chunk.events.length
    parts.at(-1)?.push(chunk)
  }
  return parts
}

export interface InserterOptions {
  readonly client: ClickHouseClient
  readonly clock: Clock
  readonly log: Log
  /** The newest day that retention has taken; empty for none. */
  readonly takenThrough: () => string
  /** Aborts when the store closes. */
  readonly closed: AbortSignal
}

const retryBaseMs = 200
const retryCapMs = 2_000
/** An insert of 20,000 rows takes about a second: one that takes this long is worth telling agents and people about. */
const slowMs = 10_000

export class Inserter {
  readonly #options: InserterOptions
  /** Inserts run one after another: the engine has one writer, and order makes `durable` mean what it says. */
  #tail: Promise<void> = Promise.resolve()
  #failure: string | undefined
  /** When the statement under way was sent, monotonic ms. */
  #sentMs: number | undefined
  rowsInserted = 0
  insertsRetried = 0

  constructor(options: InserterOptions) {
    this.#options = options
  }

  /** Why the running insert does not get through; undefined while all is well. */
  get failure(): string | undefined {
    if (this.#failure !== undefined || this.#sentMs === undefined) return this.#failure
    const waitingMs = this.#options.clock.monotonicMs() - this.#sentMs
    if (waitingMs < slowMs) return undefined
    return `the store has not answered an insert for ${Math.round(waitingMs / 1000)} s`
  }

  /** Resolves when every row is durable; keeps trying until then, until refused or until closed. */
  async insert(chunks: readonly AgentChunk[]): Promise<void> {
    // Encoded at once, while the engine is still busy with the insert before: the two processes overlap.
    const { clock, takenThrough } = this.#options
    const receiveDay = receiveDayAt(clock.nowUs(), takenThrough())
    const statements = splitChunks(chunks).flatMap((part) => planInsert(part, receiveDay))
    const done = this.#tail.then(async () => {
      for (const next of statements) await this.#send(next)
      for (const { events } of chunks) this.rowsInserted += events.length
    })
    this.#tail = done.catch(() => {})
    return done
  }

  /** Resolves when no insert runs or waits any more. */
  async idle(): Promise<void> {
    await this.#tail
  }

  async #send(next: Statement): Promise<void> {
    const { client, log, closed } = this.#options
    const backoff = new Backoff({ baseMs: retryBaseMs, capMs: retryCapMs })
    for (;;) {
      if (closed.aborted) throw new StoreError('closed', 'the store was closed before the insert')
      this.#sentMs = this.#options.clock.monotonicMs()
      try {
        await send(client, next)
        this.#sentMs = undefined
        if (this.#failure !== undefined)
          log.info({ table: next.table }, 'the store accepts rows again')
        this.#failure = undefined
        return
      } catch (error) {
        this.#sentMs = undefined
        const failure = storeError(`cannot insert into ${next.table}`, error)
        if (failure.code === 'rejected') throw failure
        if (this.#failure === undefined) log.warn({ table: next.table }, failure.message)
        this.#failure = explain(failure)
        this.insertsRetried += 1
        await pause(backoff.nextDelayMs(), closed)
      }
    }
  }
}

/** ClickHouse's NOT_ENOUGH_SPACE; a write that hits the end of the disk says it in words instead. */
const notEnoughSpace = 243

/** What a person can do about it, for the failures that have a known cure. */
const explain = (error: StoreError): string =>
  exceptionCode(error.cause) === notEnoughSpace || /No space left/i.test(error.message)
    ? `the disk of the data directory is full, free some space: ${errorLine(error)}`
    : errorLine(error)

/** Waits, or returns at once when the store closes. */
const pause = (delayMs: number, closed: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      closed.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    closed.addEventListener('abort', finish)
  })
