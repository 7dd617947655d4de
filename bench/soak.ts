/**
 * The chaos tests for hours: agent, collector and store under a storm, killed, frozen, upgraded, cut off and on full disks in turn; at
 * the end what the storm started is compared with what is stored, and the figures of docs/reliability.md are printed.
 *
 *   npm run bench -- soak [--minutes 30]      MAYFLY_CHAOS_SEED draws the same faults again
 */
import { Chaos } from '#test/fixtures/chaos.ts'
import { judge } from '#test/fixtures/chaos-evidence.ts'
import {
  chaosSeed,
  Dice,
  fillings,
  freezes,
  kills,
  type Lane,
  lane,
  networkFaults,
  silences,
  upgrades,
} from '#test/fixtures/chaos-plan.ts'
import { chaosReport } from '#test/fixtures/chaos-report.ts'
import { sleep } from '#test/fixtures/mayfly.ts'
import { Undo } from './undo.ts'

export interface SoakOptions {
  readonly minutes: number
}

export interface SoakResult {
  /** Lines of a Markdown table. */
  readonly table: readonly string[]
  /** What does not add up; empty when all is well. */
  readonly problems: readonly string[]
}

/** The store keeps parts that were merged for eight minutes. */
const disksMiB = { spool: 64, store: 1024 } as const
/** Between two rounds: long enough for everything to be delivered now and then. */
const calmMs = [1000, 20_000] as const

/** Programs on both ends killed, frozen and upgraded, on a network that does what it wants. */
const unrest = (dice: Dice): readonly Lane[] => [
  lane(
    dice,
    [200, 4000],
    [...kills(dice, 'agent', 6), ...freezes(dice, 'agent', 1), ...upgrades(dice, 'agent', 1)],
  ),
  lane(
    dice,
    [200, 4000],
    [
      ...kills(dice, 'collector', 3),
      ...kills(dice, 'engine', 4),
      ...freezes(dice, 'collector', 1),
      ...freezes(dice, 'engine', 1),
      ...upgrades(dice, 'collector', 1),
    ],
  ),
  lane(dice, [500, 5000], [...networkFaults(dice, 5), ...silences(dice, 1)]),
]

/** Full disks. The agent is frozen but not killed: what waits in its memory has no other place. */
const want = (dice: Dice): readonly Lane[] => [
  lane(dice, [500, 4000], [...fillings(dice, 'spool', 2), ...freezes(dice, 'agent', 1)]),
  lane(
    dice,
    [500, 4000],
    [...fillings(dice, 'store', 2), ...kills(dice, 'collector', 1), ...kills(dice, 'engine', 1)],
  ),
  lane(dice, [500, 5000], networkFaults(dice, 3)),
]

export const benchSoak = async ({ minutes }: SoakOptions): Promise<SoakResult> => {
  const seed = chaosSeed()
  console.error(`MAYFLY_CHAOS_SEED=${seed}`)
  const dice = new Dice(seed)
  const undo = new Undo()
  try {
    const chaos = await Chaos.begin(undo, { disksMiB })
    const beganMs = performance.now()
    const endMs = beganMs + minutes * 60_000
    for (let round = 1; performance.now() < endMs; round += 1) {
      await chaos.run(dice.chance(0.7) ? unrest(dice) : want(dice))
      // What waits in memory from a full disk has to be away before the agent is killed again.
      await chaos.caughtUp()
      await sleep(dice.between(...calmMs))
      const passed = ((performance.now() - beganMs) / 60_000).toFixed(1)
      console.error(`round ${round}, ${passed} of ${minutes} minutes`)
    }
    const evidence = await chaos.evidence()
    const rows = [['minutes', `${minutes}`] as const, ...chaosReport(evidence, chaos.figures)]
    return {
      table: [
        '| what | how much |',
        '| --- | --- |',
        ...rows.map((row) => `| ${row.join(' | ')} |`),
      ],
      problems: [...judge(evidence), ...chaos.surprises],
    }
  } finally {
    await undo.run()
  }
}
