/**
 * The ledger as a metric: asks the store for its cheap audit now and then, so that an alert learns of a silent loss although
 * nobody asks. Made and closed by main, read by metrics.ts at each scrape.
 */
import type { Log } from '#base/log.ts'
import type { AgentInfo, AuditRow } from '#proto/api.ts'
import type { Store } from './store/store.ts'

export interface AuditWatchOptions {
  readonly store: Pick<Store, 'audit'>
  readonly liveAgents: () => readonly AgentInfo[]
  readonly log: Log
  /** Until the first look; 5 s by default: agents have come back by then. */
  readonly firstMs?: number
  /** From the end of a look to the next; 60 s by default. */
  readonly intervalMs?: number
}

/** Sums over all agents and epochs. */
export interface AuditTotals {
  /** Events by which the sums are off, in either direction: one epoch's surplus does not make up for another's loss. */
  readonly unaccounted: number
  readonly missingSeqs: number
  readonly inFlight: number
}

const totalsOf = (rows: readonly AuditRow[]): AuditTotals => {
  const sum = (of: (row: AuditRow) => number): number =>
    rows.reduce((total, row) => total + of(row), 0)
  return {
    unaccounted: sum(({ unaccounted }) => Math.abs(unaccounted)),
    missingSeqs: sum(({ missingSeqs }) => missingSeqs),
    inFlight: sum(({ inFlight }) => inFlight),
  }
}

export class AuditWatch {
  readonly #options: AuditWatchOptions
  #totals: AuditTotals | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  /** What was logged last: a state is told when it begins, not at each look. */
  #told: 'sound' | 'unsound' | 'failing' = 'sound'

  constructor(options: AuditWatchOptions) {
    this.#options = options
  }

  /** Of the latest look; undefined before the first and after one that failed, because then nobody knows. */
  get totals(): AuditTotals | undefined {
    return this.#totals
  }

  start(): void {
    this.#schedule(this.#options.firstMs ?? 5_000)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { store, liveAgents } = this.#options
    try {
      const { rows } = await store.audit({ deep: false, agents: liveAgents() })
      this.#totals = totalsOf(rows)
      this.#tell(this.#totals)
    } catch (error) {
      this.#totals = undefined
      this.#tellFailure(error as Error)
    }
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(async () => {
      await this.look()
      this.#schedule(this.#options.intervalMs ?? 60_000)
    }, delayMs)
    this.#timer.unref()
  }

  #tell({ unaccounted, missingSeqs }: AuditTotals): void {
    const state = unaccounted > 0 || missingSeqs > 0 ? 'unsound' : 'sound'
    if (state === this.#told) return
    this.#told = state
    const { log } = this.#options
    if (state === 'sound') log.info({}, 'audit: every event is accounted for')
    else
      log.error(
        { unaccounted, missingSeqs },
        'audit: events are unaccounted for; "mayfly audit" says which agent’s',
      )
  }

  #tellFailure({ message }: Error): void {
    // A store that is closed while it is asked is the end of the collector, not a failure.
    if (this.#told === 'failing' || this.#isClosed) return
    this.#told = 'failing'
    this.#options.log.warn({ error: message }, 'audit: the store cannot be audited now')
  }
}
