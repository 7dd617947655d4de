/**
 * A ring that is far too small, and agents that are frozen and killed while it overflows: what is stored and what gaps count is
 * exactly what was started, execs and exits each. MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { Chaos } from '#test/fixtures/chaos.ts'
import { judge, lossesOf } from '#test/fixtures/chaos-evidence.ts'
import { chaosSeed, Dice, type Fault, kills, lane, upgrades } from '#test/fixtures/chaos-plan.ts'
import { chaosReport } from '#test/fixtures/chaos-report.ts'

t.test('a ring that overflows again and again', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const seed = chaosSeed()
  t.comment(`MAYFLY_CHAOS_SEED=${seed}`)
  const dice = new Dice(seed)
  const long = (): Fault => ({ kind: 'freeze', victim: 'agent', forMs: dice.between(2000, 3000) })
  const absent = (): Fault => ({ kind: 'kill', victim: 'agent', downMs: dice.between(2000, 3000) })
  const lanes = [
    lane(
      dice,
      [50, 1500],
      [
        long(),
        long(),
        absent(),
        absent(),
        ...kills(dice, 'agent', 6),
        ...upgrades(dice, 'agent', 1),
      ],
    ),
    lane(dice, [1500, 5000], [...kills(dice, 'collector', 2), ...kills(dice, 'engine', 2)]),
  ]
  const chaos = await Chaos.begin(t, {
    agent: ['--ring-size', '64KiB'],
    pace: { perSecond: 300, gustMs: 2000, calmMs: 300 },
  })
  await chaos.run(lanes)
  const evidence = await chaos.evidence()
  for (const [what, amount] of chaosReport(evidence, chaos.figures)) t.comment(`${what}: ${amount}`)
  t.ok(lossesOf(evidence).counted > 0, 'the ring was too small')
  t.strictSame(judge(evidence), [], 'every process is stored exactly once or counted')
  t.ok(
    evidence.gaps.every(({ reason }) => reason === 'ring_full'),
    'and by nothing but the ring',
  )
  t.strictSame(chaos.surprises, [], 'nothing ended by itself')
})
