/**
 * The ledger of the current epoch: how many events were captured and filtered until the last record of the spool. Owned by
 * spool.ts, which writes it into every record, so that it survives with them and stands still where they end.
 */
import type { Event } from '#proto/event.ts'
import { noTotals, type Totals } from '#proto/frame.ts'
import { unitsOfAll, unknownGapsIn } from '#proto/units.ts'

/** What a run of the agent has counted. */
export type RunTotals = Pick<Totals, 'captured' | 'filtered'>

export class EpochTotals {
  /** Of the epoch, after its last record. */
  #epoch: Totals = noTotals
  /** Of this run of the agent, at the same place. */
  #run: RunTotals = noTotals

  get now(): Totals {
    return this.#epoch
  }

  /** A new epoch begins. */
  begin(): void {
    this.#epoch = noTotals
  }

  /**
   * The totals after a record with these events. `run` are the totals of the run at the same place; without them the events
   * are all that was captured.
   */
  after(events: readonly Event[], run?: RunTotals): Totals {
    const { captured, filtered } = this.#epoch
    const unknownGaps = this.#epoch.unknownGaps + unknownGapsIn(events)
    if (run === undefined) return { captured: captured + unitsOfAll(events), filtered, unknownGaps }
    return {
      captured: captured + run.captured - this.#run.captured,
      filtered: filtered + run.filtered - this.#run.filtered,
      unknownGaps,
    }
  }

  /** The record is written. `isReplay` for events that the run has counted before. */
  advance(events: readonly Event[], run: RunTotals | undefined, isReplay: boolean): void {
    this.#epoch = this.after(events, run)
    if (run !== undefined) this.#run = run
    else if (!isReplay)
      this.#run = { ...this.#run, captured: this.#run.captured + unitsOfAll(events) }
  }
}
