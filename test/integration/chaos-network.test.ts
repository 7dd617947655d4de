/**
 * A network that resets, refuses, crawls, narrows to a few kilobytes per second, breaks in the middle of a message and falls silent,
 * with programs killed and frozen on both ends of it: every process is stored exactly once. MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import {
  type Dice,
  freezes,
  kills,
  lane,
  networkFaults,
  silences,
  upgrades,
} from '#test/fixtures/chaos-plan.ts'
import { allStoredOnce, playChaos } from '#test/fixtures/chaos-play.ts'

t.test('a network at its worst', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const draw = (dice: Dice) => [
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
  allStoredOnce(t, await playChaos(t, draw))
})
