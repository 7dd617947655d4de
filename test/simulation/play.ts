/**
 * Plays seeds and prints what came of them, one JSON object: `node play.ts FIRST COUNT`. A process of its own, as runs.ts starts it:
 * the hooks of a test runner make code of so many promises several times slower.
 */
import { simulate } from './simulate.ts'

/** More of them tell no more. */
const complaintsMax = 5

/** What a number of runs came to. */
export interface Played {
  readonly runs: number
  readonly events: number
  readonly lost: number
  readonly faults: number
  readonly longestCatchUpMs: number
  readonly virtualHours: number
  /** Seeds, with what is not as promised and the faults of that run. */
  readonly wrong: readonly string[]
}

const play = async (first: number, count: number): Promise<Played> => {
  const sums = { runs: 0, events: 0, lost: 0, faults: 0, longestCatchUpMs: 0, virtualHours: 0 }
  const wrong: string[] = []
  for (let seed = first; seed < first + count && wrong.length < complaintsMax; seed += 1) {
    const outcome = await simulate(seed)
    sums.runs += 1
    sums.events += outcome.events
    sums.lost += outcome.lost
    sums.faults += outcome.faults.length
    sums.longestCatchUpMs = Math.max(sums.longestCatchUpMs, outcome.catchUpMs)
    sums.virtualHours += outcome.virtualMs / 3_600_000
    if (outcome.complaints.length > 0)
      wrong.push(`seed ${seed}: ${outcome.complaints.join('; ')} (${outcome.faults.join(', ')})`)
  }
  return { ...sums, wrong }
}

const [first = 0, count = 1] = process.argv.slice(2).map(Number)
process.stdout.write(`${JSON.stringify(await play(first, count))}\n`)
