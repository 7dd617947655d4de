/**
 * Workloads with and without a watcher, in pairs: with every pair the order changes, so that what drifts (heat, neighbours, caches) does
 * not always favour the same side. Called by connections.ts.
 */

import { sleep } from '#test/fixtures/mayfly.ts'
import type { Done, Shares } from './captured.ts'
import type { Workload } from './connection-workloads.ts'
import { type Interval, median, pairedDifference, pairedRatio } from './statistics.ts'
import { costDuring, quietMs } from './watched-process.ts'

export interface Watching {
  readonly pid: number
  /** A run begins: what was told before belongs to an earlier one. */
  begin(): void
  /** Resolves when all that it has seen until now can be asked for. */
  settle(): Promise<void>
  /** What it tells of the run that began last; undefined when it does not watch such things. */
  shares(workload: Workload, done: Done): Promise<Shares | undefined>
  stop(): Promise<void>
}

export interface Watcher {
  readonly name: string
  /** Undefined when it does not run here. */
  start(): Promise<Watching | undefined>
}

export interface Result {
  readonly watcher: string
  readonly workload: Workload
  /** Means over the pairs; empty when it does not watch such things. */
  readonly shares: Shares
  /** CPU of the watcher's process per 1,000 operations, less what it spends when nothing happens. */
  readonly cpuMsPer1000: number
  readonly rssBytes: number
  readonly slowdown: Interval
  /** How much longer one operation takes, µs. */
  readonly costUs: Interval
}

interface Tally {
  readonly workload: Workload
  /** Time per operation with and without, µs. */
  readonly pairs: [number, number][]
  readonly shares: Shares[]
  readonly cpuMsPer1000: number[]
  rssBytes: number
}

const usEach = ({ durationMs, operations }: Done): number => (durationMs * 1000) / operations

const meanShares = (all: readonly Shares[]): Shares =>
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((key) => [
      key,
      all.reduce((sum, shares) => sum + (shares[key] ?? 0), 0) / all.length,
    ]),
  )

/** One after the other: two at once would measure each other. */
const runAll = async (workloads: readonly Workload[]): Promise<readonly Done[]> => {
  const all: Done[] = []
  for (const workload of workloads) all.push(await workload.run())
  return all
}

const watch = async (watching: Watching, tallies: readonly Tally[]): Promise<readonly Done[]> => {
  const all: Done[] = []
  // A watcher runs for weeks: what it costs is asked of one that has seen the workloads already.
  await runAll(tallies.map(({ workload }) => workload))
  await sleep(quietMs)
  for (const tally of tallies) {
    watching.begin()
    const { result: done, cost } = await costDuring(watching.pid, tally.workload.run)
    // Only now, because to be asked costs it something too.
    await watching.settle()
    tally.cpuMsPer1000.push((cost.cpuMs / done.operations) * 1000)
    tally.rssBytes = Math.max(tally.rssBytes, cost.rssBytes)
    const shares = await watching.shares(tally.workload, done)
    if (shares !== undefined) tally.shares.push(shares)
    all.push(done)
  }
  return all
}

/** Measures one watcher with all workloads; nothing when it does not run here. At least two pairs. */
export const measurePairs = async (
  watcher: Watcher,
  workloads: readonly Workload[],
  pairs: number,
): Promise<readonly Result[]> => {
  const tallies = workloads.map(
    (workload): Tally => ({ workload, pairs: [], shares: [], cpuMsPer1000: [], rssBytes: 0 }),
  )
  for (let pair = 0; pair < pairs; pair += 1) {
    const aloneFirst = pair % 2 === 0 ? await runAll(workloads) : undefined
    const watching = await watcher.start()
    if (watching === undefined) return []
    const watched = await watch(watching, tallies)
    await watching.stop()
    const alone = aloneFirst ?? (await runAll(workloads))
    for (const [n, tally] of tallies.entries()) {
      const [with_, without] = [watched[n], alone[n]]
      if (with_ && without) tally.pairs.push([usEach(with_), usEach(without)])
    }
    console.error(`${watcher.name}: pair ${pair + 1} of ${pairs}`)
  }
  return tallies.map((tally) => ({
    watcher: watcher.name,
    workload: tally.workload,
    shares: meanShares(tally.shares),
    cpuMsPer1000: median(tally.cpuMsPer1000),
    rssBytes: tally.rssBytes,
    slowdown: pairedRatio(tally.pairs),
    costUs: pairedDifference(tally.pairs),
  }))
}
