/**
 * A network that resets, refuses, crawls, narrows to a few kilobytes per second, breaks in the middle of a message and falls silent,
 * with programs killed and frozen on both ends of it: every process is stored exactly once. MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { Chaos } from '#test/fixtures/chaos.ts'
import { judge } from '#test/fixtures/chaos-evidence.ts'
import {
  chaosSeed,
  Dice,
  freezes,
  kills,
  lane,
  networkFaults,
  silences,
  upgrades,
} from '#test/fixtures/chaos-plan.ts'
import { chaosReport } from '#test/fixtures/chaos-report.ts'

t.test('a network at its worst', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const seed = chaosSeed()
  t.comment(`MAYFLY_CHAOS_SEED=${seed}`)
  const dice = new Dice(seed)
  const lanes = [
    lane(dice, [100, 1500], [...networkFaults(dice, 16), ...silences(dice, 2)]),
    lane(
      dice,
      [1500, 5000],
      [...kills(dice, 'agent', 3), ...upgrades(dice, 'agent', 1), ...freezes(dice, 'agent', 2)],
    ),
    lane(
      dice,
      [1500, 5000],
      [
        ...kills(dice, 'collector', 2),
        ...kills(dice, 'engine', 2),
        ...upgrades(dice, 'collector', 1),
        ...freezes(dice, 'collector', 1),
        ...freezes(dice, 'engine', 1),
      ],
    ),
  ]
  const chaos = await Chaos.begin(t)
  await chaos.run(lanes)
  const evidence = await chaos.evidence()
  for (const [what, amount] of chaosReport(evidence, chaos.figures)) t.comment(`${what}: ${amount}`)
  t.strictSame(judge(evidence), [], 'every process is stored exactly once')
  t.equal(evidence.exec.missing.length + evidence.exit.missing.length, 0, 'and no gap is needed')
  t.strictSame(chaos.surprises, [], 'nothing ended by itself')
})
