/**
 * The engine's connections: one Session that writes, one statement at a time, and a few that read, each one statement
 * at a time too. A slow query so holds up one reader and never the writer. Used by engine-child.ts only.
 */
import type { Session } from 'chdb'

export const readerCount = 3
/** Statements that may wait per lane; beyond it the answer is TOO_MANY_SIMULTANEOUS_QUERIES. */
const maxWaiting = 64

/** A connection with a queue of its own. */
class Lane {
  readonly #session: Session
  #tail: Promise<unknown> = Promise.resolve()
  waiting = 0

  constructor(session: Session) {
    this.#session = session
  }

  run(sql: string): Promise<Uint8Array> {
    this.waiting += 1
    const done = this.#tail
      .then(() => this.#session.queryAsync(sql, { format: 'TabSeparated' }))
      .then((result) => result.bytes())
    this.#tail = done
      .catch(() => {})
      .then(() => {
        this.waiting -= 1
      })
    return done
  }

  async close(): Promise<void> {
    await this.#tail
    this.#session.close()
  }
}

/** An engine error in the form that ClickHouse gives it. */
export class EngineError extends Error {
  readonly clickhouseCode: number

  constructor(clickhouseCode: number, message: string) {
    super(message)
    this.clickhouseCode = clickhouseCode
  }
}

/**
 * A statement that begins so runs on the writer although it only reads: what ingest waits for must never queue behind
 * somebody's slow query. A ClickHouse server takes it for the comment that it is.
 */
export const ingestMark = '/* ingest */'

/** Statements that only read; one that begins with `ingestMark` does not match. */
const reading = /^\s*(?:\(|SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN)\b/i

export class Sessions {
  readonly #writer: Lane
  readonly #readers: readonly Lane[]

  private constructor(writer: Lane, readers: readonly Lane[]) {
    this.#writer = writer
    this.#readers = readers
  }

  /** Opens the data directory; `open` makes one Session on it. */
  static async open(open: () => Session, database: string): Promise<Sessions> {
    const connect = async (): Promise<Lane> => {
      const lane = new Lane(open())
      await lane.run(`CREATE DATABASE IF NOT EXISTS ${database}`)
      await lane.run(`USE ${database}`)
      return lane
    }
    const writer = await connect()
    const readers: Lane[] = []
    while (readers.length < readerCount) readers.push(await connect())
    return new Sessions(writer, readers)
  }

  /** Runs one statement, on the writer unless it only reads (and has no `ingestMark`). The answer is in the format that the statement names. */
  run(sql: string): Promise<Uint8Array> {
    const lane = reading.test(sql)
      ? this.#readers.reduce((idle, next) => (next.waiting < idle.waiting ? next : idle))
      : this.#writer
    if (lane.waiting >= maxWaiting) {
      throw new EngineError(202, 'Too many statements are waiting (TOO_MANY_SIMULTANEOUS_QUERIES)')
    }
    return lane.run(sql)
  }

  /** Waits for what runs, then lets go of the data directory. */
  async close(): Promise<void> {
    await Promise.all([this.#writer, ...this.#readers].map((lane) => lane.close()))
  }
}
