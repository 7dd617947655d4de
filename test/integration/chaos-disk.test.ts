/**
 * Full file systems under the spool and under the store, with everything else going wrong beside: events wait in memory, or with
 * their agents, and nothing is missing. Only who kills an agent whose disk is full loses what it had in memory, and is told so.
 * MAYFLY_CHAOS_SEED draws the same plan again.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { Chaos } from '#test/fixtures/chaos.ts'
import { judge } from '#test/fixtures/chaos-evidence.ts'
import {
  type Dice,
  fillings,
  freezes,
  kills,
  lane,
  networkFaults,
  upgrades,
} from '#test/fixtures/chaos-plan.ts'
import { allStoredOnce, conclude, playChaos } from '#test/fixtures/chaos-play.ts'
import { sleep, until } from '#test/fixtures/mayfly.ts'

t.test('full disks of spool and store', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const draw = (dice: Dice) => [
    // The agent is frozen, but not killed: what it keeps in memory meanwhile has no other place.
    lane(dice, [1000, 3000], [...fillings(dice, 'spool', 3), ...freezes(dice, 'agent', 2)]),
    lane(
      dice,
      [1000, 3000],
      [
        ...fillings(dice, 'store', 2),
        ...kills(dice, 'collector', 2),
        ...kills(dice, 'engine', 2),
        ...upgrades(dice, 'collector', 1),
      ],
    ),
    lane(dice, [1000, 4000], networkFaults(dice, 4)),
  ]
  allStoredOnce(t, await playChaos(t, draw, { disksMiB: { spool: 16, store: 128 } }))
})

t.test('an agent killed while its disk is full', { ...needsBpf, timeout: 100_000 }, async (t) => {
  const chaos = await Chaos.begin(t, { disksMiB: { spool: 16 } })
  const isOnDisk = async (): Promise<boolean> => {
    const metrics = await (await fetch(chaos.site.agentMetricsUrl)).text()
    return metrics.includes('\nmayfly_agent_spool_on_disk 1\n')
  }
  const refuse = chaos.inflict({ kind: 'weather', weather: { kind: 'refuse' }, forMs: 6000 })
  await chaos.inflict({ kind: 'cut' })
  const full = chaos.inflict({ kind: 'full', disk: 'spool', forMs: 5000 })
  await until('the spool to leave its disk', async () => !(await isOnDisk()))
  await sleep(1500)
  await chaos.inflict({ kind: 'kill', victim: 'agent', downMs: 0 })
  await Promise.all([full, refuse])
  const evidence = await conclude(t, chaos)
  t.not(evidence.exec.missing.length, 0, 'what was only in memory is gone')
  const explained = judge(evidence, ({ affects }) => affects.includes('exec'))
  t.strictSame(explained, [], 'and a gap says so')
})
