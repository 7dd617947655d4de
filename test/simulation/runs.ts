/** A share of the runs that CI makes, one file each, so that two run side by side; simulate.ts has what a run is. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Played } from './play.ts'

const run = promisify(execFile)

/** Runs of one file; five files make 10,000. */
export const runsPerFile = 2_000

/** Plays its seeds, or the one of MAYFLY_SIMULATION_SEED; tells the seed and the faults of whatever is not as promised. */
export const playRuns = (part: number): void => {
  const only = process.env.MAYFLY_SIMULATION_SEED
  const first = only === undefined ? part * runsPerFile : Number(only)
  const count = only === undefined ? runsPerFile : 1
  t.test(`runs ${first} to ${first + count - 1}: all is accounted for`, async (t) => {
    const program = join(import.meta.dirname, 'play.ts')
    const { stdout } = await run(process.execPath, [program, `${first}`, `${count}`], {
      env: { PATH: process.env.PATH },
    })
    const { wrong, ...sums } = JSON.parse(stdout) as Played
    t.strictSame(wrong, [])
    t.equal(sums.runs, count)
    t.ok(sums.events > 100 * count, 'something happened')
    t.ok(only !== undefined || sums.lost > 0, 'some of the faults cost something, and gaps say so')
    t.comment(JSON.stringify(sums))
  })
}
