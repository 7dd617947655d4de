/**
 * Retention: which days go, one after another, at start and every hour. A day goes when it is over by three measures: its day of
 * receipt by the collector's clock; at least as many newer days that are stored, so that a clock which jumps ahead takes at
 * most a day per day; and the times of its events, so that a clock which was set back has not made new events look old.
 * Called by upkeep.ts. docs/store.md, "Retention and holds".
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Clock } from '#base/clock.ts'
import { readHolds } from './holds.ts'
import { dayOf } from './inserter.ts'
import { asText, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import { holdsKey, takeDay, thinDay } from './thinning.ts'

const dayUs = 86_400_000_000

export interface RetentionOptions {
  readonly client: ClickHouseClient
  readonly clock: Clock
  readonly retentionDays: number
  /** See readTaken. */
  readonly takenThrough?: string
  /** Aborts when the store closes. */
  readonly closed: AbortSignal
}

/** Days of receipt that are over by the clock and by what is stored after them; the oldest first. Pure. */
export const overdueDays = (
  stored: readonly string[],
  nowUs: number,
  retentionDays: number,
): readonly string[] => {
  const last = dayOf(nowUs - retentionDays * dayUs)
  const days = [...new Set(stored)].toSorted()
  return days.slice(0, Math.max(0, days.length - retentionDays)).filter((day) => day <= last)
}

/** The newest day that retention came to, in any run; empty for none. */
export const readTaken = async (client: ClickHouseClient): Promise<string> => {
  const [row] = await select(
    client,
    'what has expired',
    'SELECT max(receive_day) FROM expired HAVING count() > 0',
  )
  return row === undefined ? '' : asText(row[0])
}

export class Retention {
  readonly #options: RetentionOptions
  #takenThrough: string
  /** The day that is being taken, and what runs undisturbed by it: each waits for the other. */
  #taking: Promise<unknown> = Promise.resolve()
  #undisturbed: Promise<unknown> = Promise.resolve()

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#takenThrough = options.takenThrough ?? ''
  }

  /** The newest day that was taken, or is being taken: what it had is recorded, and nothing may be added to it. */
  get takenThrough(): string {
    return this.#takenThrough
  }

  /** Runs something while no day is being taken. */
  undisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#taking.then(work)
    this.#undisturbed = Promise.allSettled([this.#undisturbed, done])
    return done
  }

  /** Takes what is over. Rejects with StoreError; the next run goes on where it stopped. */
  async run(): Promise<void> {
    let more = true
    while (more && !this.#options.closed.aborted) {
      const taken = Promise.all([this.#taking, this.#undisturbed]).then(() => this.#takeNext())
      this.#taking = taken.catch(() => {})
      more = await taken
    }
  }

  /** Takes the oldest day that has something to give; false when there is none. */
  async #takeNext(): Promise<boolean> {
    const { client, closed } = this.#options
    const days = await this.#due()
    if (days.length === 0) return false
    const holds = await readHolds(client)
    const done = holds.length === 0 ? new Set() : await this.#thinned(holdsKey(holds))
    const day = days.find((one) => !done.has(one))
    if (day === undefined) return false
    if (day > this.#takenThrough) this.#takenThrough = day
    if (holds.length === 0) await takeDay(client, day)
    else await thinDay(client, day, holds, closed)
    return true
  }

  /** Days that have nothing more to give while these holds stand. */
  async #thinned(holds: string): Promise<ReadonlySet<string>> {
    const rows = await select(
      this.#options.client,
      'what retention did',
      `SELECT receive_day FROM thinned FINAL WHERE holds = ${quote(holds)}`,
    )
    return new Set(rows.map(([day]) => asText(day)))
  }

  async #due(): Promise<readonly string[]> {
    const { client, clock, retentionDays } = this.#options
    const nowUs = clock.nowUs()
    const stored = await select(
      client,
      'which days are stored',
      `SELECT DISTINCT partition FROM system.parts
       WHERE active AND rows > 0 AND database = currentDatabase() AND table IN ('events', 'coverage')`,
    )
    const overdue = overdueDays(
      stored.map(([day]) => asText(day)),
      nowUs,
      retentionDays,
    )
    if (overdue.length === 0) return []
    // Events from the future, of a node whose clock is wrong, keep nothing back.
    const young = await select(
      client,
      'how old expired days are',
      `SELECT DISTINCT receive_day FROM events WHERE receive_day IN ${quoteList(overdue)}
       AND time_us > ${integer(nowUs - retentionDays * dayUs)} AND time_us <= ${integer(nowUs)}`,
    )
    const kept = new Set(young.map(([day]) => asText(day)))
    return overdue.filter((day) => !kept.has(day))
  }
}
