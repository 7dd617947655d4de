/**
 * How often /proc is scanned: as often as the CPU budget allows, between a shortest and a longest pause. Pure bookkeeping;
 * the procfs source tells it what each scan cost.
 */
export interface ScanPaceOptions {
  /** Share of one core that scanning may take, between 0 and 1. */
  readonly budget: number
  readonly intervalMinMs: number
  readonly intervalMaxMs: number
}

/** Weight of the newest cost in the moving average: a burst of new processes counts, and is forgotten after some scans. */
const newestWeight = 0.3

export class ScanPace {
  readonly #options: ScanPaceOptions
  #costMs = 0
  #nextMs = Number.NEGATIVE_INFINITY

  /** @throws RangeError for a budget outside (0, 1] or an empty range of intervals. */
  constructor(options: ScanPaceOptions) {
    const { budget, intervalMinMs, intervalMaxMs } = options
    if (!(budget > 0 && budget <= 1)) {
      throw new RangeError(`budget: must be above 0 and at most 1 (got ${budget})`)
    }
    if (!(intervalMinMs > 0 && intervalMinMs <= intervalMaxMs)) {
      throw new RangeError(`intervalMinMs: must be above 0 and at most ${intervalMaxMs}`)
    }
    this.#options = options
  }

  /** Moving average of what a scan costs, ms. */
  get costMs(): number {
    return this.#costMs
  }

  /** Start to start: cost / budget, within the limits. At the upper limit the budget no longer holds. */
  get intervalMs(): number {
    const { budget, intervalMinMs, intervalMaxMs } = this.#options
    return Math.min(intervalMaxMs, Math.max(intervalMinMs, this.#costMs / budget))
  }

  /** True when the next scan may start at `nowMs`. */
  due(nowMs: number): boolean {
    return nowMs >= this.#nextMs
  }

  /** Tells that a scan began at `startMs` and took `costMs` of CPU. */
  scanned(startMs: number, costMs: number): void {
    const cost = Number.isFinite(costMs) && costMs > 0 ? costMs : 0
    this.#costMs += (cost - this.#costMs) * newestWeight
    this.#nextMs = startMs + this.intervalMs
  }
}
