/**
 * A ring that is far too small, and agents that are frozen and killed while it overflows: what is stored and what gaps count is
 * exactly what was started, execs and exits each. MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { judge, lossesOf } from '#test/fixtures/chaos-evidence.ts'
import { type Dice, type Fault, kills, lane, upgrades } from '#test/fixtures/chaos-plan.ts'
import { playChaos } from '#test/fixtures/chaos-play.ts'

t.test('a ring that overflows again and again', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const long = (dice: Dice): Fault => ({
    kind: 'freeze',
    victim: 'agent',
    forMs: dice.between(2000, 3000),
  })
  const absent = (dice: Dice): Fault => ({
    kind: 'kill',
    victim: 'agent',
    downMs: dice.between(2000, 3000),
  })
  const draw = (dice: Dice) => [
    lane(
      dice,
      [50, 1500],
      [
        ...[long(dice), long(dice), absent(dice), absent(dice)],
        ...kills(dice, 'agent', 6),
        ...upgrades(dice, 'agent', 1),
      ],
    ),
    lane(dice, [1500, 5000], [...kills(dice, 'collector', 2), ...kills(dice, 'engine', 2)]),
  ]
  const evidence = await playChaos(t, draw, {
    agent: ['--ring-size', '64KiB'],
    pace: { perSecond: 300, gustMs: 2000, calmMs: 300 },
  })
  t.ok(lossesOf(evidence).counted > 0, 'the ring was too small')
  t.strictSame(judge(evidence), [], 'every process is stored exactly once or counted')
  t.ok(
    evidence.gaps.every(({ reason }) => reason === 'ring_full'),
    'and by nothing but the ring',
  )
})
