/**
 * What the store does by itself beside inserts and questions: retention every hour, pruning after it, and the size that
 * health() tells. Made and closed by clickhouse-store.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { errorLine } from './errors.ts'
import { prune } from './prune.ts'
import { Retention } from './retention.ts'
import { asNumber, select } from './select.ts'

const sizeIntervalMs = 30_000
const retentionIntervalMs = 3_600_000
/** After a run that failed, as when the engine was being restarted. */
const retryMs = 60_000
const pruneIntervalMs = 24 * 3_600_000

export interface UpkeepOptions {
  readonly client: ClickHouseClient
  readonly clock: Clock
  readonly log: Log
  readonly retentionDays: number
  /** The newest day that an earlier run of retention took; empty for none. */
  readonly takenThrough: string
  /** Aborts when the store closes. */
  readonly closed: AbortSignal
}

export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #retention: Retention
  readonly #sizeTimer: NodeJS.Timeout
  #runTimer: NodeJS.Timeout | undefined
  #prunedMs = Number.NEGATIVE_INFINITY
  sizeBytes = 0

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#retention = new Retention(options)
    this.#sizeTimer = setInterval(() => void this.#measureSize(), sizeIntervalMs)
    this.#sizeTimer.unref()
    void this.#measureSize()
    void this.#run()
  }

  get takenThrough(): string {
    return this.#retention.takenThrough
  }

  /** Runs something while retention takes nothing away. */
  undisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#retention.undisturbed(work)
  }

  close(): void {
    clearInterval(this.#sizeTimer)
    clearTimeout(this.#runTimer)
  }

  async #run(): Promise<void> {
    const { client, clock, log, retentionDays, closed } = this.#options
    let delayMs = retentionIntervalMs
    try {
      await this.#retention.run()
      if (clock.monotonicMs() - this.#prunedMs >= pruneIntervalMs) {
        await prune(client, clock.nowUs(), retentionDays)
        this.#prunedMs = clock.monotonicMs()
      }
    } catch (error) {
      if (!closed.aborted) log.warn({}, errorLine(error))
      delayMs = retryMs
    }
    if (closed.aborted) return
    this.#runTimer = setTimeout(() => void this.#run(), delayMs)
    this.#runTimer.unref()
  }

  async #measureSize(): Promise<void> {
    const rows = await select(
      this.#options.client,
      'the size',
      'SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()',
    ).catch(() => [])
    if (rows[0] !== undefined) this.sizeBytes = asNumber(rows[0][0])
  }
}
