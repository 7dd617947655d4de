/**
 * kill -9 of agent, collector and engine at random moments, also while they start, and rolling restarts, under a live storm of a real
 * container: every process is stored exactly once, and no gap is needed. MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { Chaos } from '#test/fixtures/chaos.ts'
import { type Dice, freezes, kills, lane, upgrades } from '#test/fixtures/chaos-plan.ts'
import { allStoredOnce, conclude, playChaos } from '#test/fixtures/chaos-play.ts'
import { sleep } from '#test/fixtures/mayfly.ts'

t.test('kill -9 of everything, again and again', { ...needsBpf, timeout: 200_000 }, async (t) => {
  const draw = (dice: Dice) => [
    lane(
      dice,
      [200, 2600],
      [...kills(dice, 'agent', 18), ...upgrades(dice, 'agent', 2), ...freezes(dice, 'agent', 1)],
    ),
    lane(
      dice,
      [200, 3000],
      [
        ...kills(dice, 'collector', 10),
        ...kills(dice, 'engine', 12),
        ...upgrades(dice, 'collector', 1),
        ...freezes(dice, 'engine', 1),
      ],
    ),
  ]
  allStoredOnce(t, await playChaos(t, draw))
})

t.test('a container that ends while no agent runs', { ...needsBpf, timeout: 60_000 }, async (t) => {
  const chaos = await Chaos.begin(t)
  await chaos.delivered()
  await chaos.absent('agent', async () => {
    await sleep(1000)
    await chaos.endStorm()
  })
  allStoredOnce(t, await conclude(t, chaos))
})
