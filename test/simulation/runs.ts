/** A share of the runs that CI makes, one file each, so that two run side by side; simulate.ts has what a run is. */
import t from 'tap'
import { simulate } from './simulate.ts'

/** Runs of one file; five files make 10,000. */
export const runsPerFile = 2_000

/** Plays its seeds, or the one of MAYFLY_SIMULATION_SEED; tells the seed and the faults of whatever is not as promised. */
export const playRuns = (part: number): void => {
  const only = process.env.MAYFLY_SIMULATION_SEED
  const first = only === undefined ? part * runsPerFile : Number(only)
  const count = only === undefined ? runsPerFile : 1
  t.test(`runs ${first} to ${first + count - 1}: all is accounted for`, async (t) => {
    const sums = { events: 0, lost: 0, faults: 0, longestCatchUpMs: 0, virtualHours: 0 }
    const wrong: string[] = []
    for (let seed = first; seed < first + count && wrong.length < 5; seed += 1) {
      const outcome = await simulate(seed)
      sums.events += outcome.events
      sums.lost += outcome.lost
      sums.faults += outcome.faults.length
      sums.longestCatchUpMs = Math.max(sums.longestCatchUpMs, outcome.catchUpMs)
      sums.virtualHours += outcome.virtualMs / 3_600_000
      if (outcome.complaints.length > 0)
        wrong.push(`seed ${seed}: ${outcome.complaints.join('; ')} (${outcome.faults.join(', ')})`)
    }
    t.strictSame(wrong, [])
    t.ok(sums.events > 100 * count, 'something happened')
    t.ok(only !== undefined || sums.lost > 0, 'some of the faults cost something, and gaps say so')
    t.comment(`${count} runs: ${JSON.stringify(sums)}`)
  })
}
