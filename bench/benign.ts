/**
 * Findings of honest work per 1,000 pod-hours, by rule: the workloads of test/attacks/baselines/ learn from three lives, are locked, and
 * live on from other seeds, with everything that people do to them: probes, reloads, backups, second pods, failovers, newer images and
 * somebody's exec. Nothing asserts a rate; what is of medium severity or worse is a problem.
 *
 *   npm run bench -- benign [--minutes 30]
 */
import type { Finding } from '#proto/finding.ts'
import {
  baseline,
  baselinesOf,
  findingsOf,
  linesOf,
  makeSurroundings,
} from '#test/attacks/baselines/surroundings.ts'
import { failOver, liveOnce, newerWeb, serve } from '#test/attacks/baselines/workloads.ts'
import { isLoud } from '#test/attacks/severity.ts'
import { until } from '#test/fixtures/mayfly.ts'
import { chanceOf } from '#test/simulation/random.ts'
import { Undo } from './undo.ts'

export interface BenignResult {
  /** Lines of a Markdown table. */
  readonly table: readonly string[]
  /** Findings that call somebody; empty when all is well. */
  readonly problems: readonly string[]
}

/** Those that liveOnce() lets live. */
const workloads = 5
/** Lives that are learnt from, as many as a lock asks for. */
const lives = 3
/** Seeds of learning and of judging are apart. */
const [learningSeed, judgingSeed] = [100, 1_000]

type Surroundings = Awaited<ReturnType<typeof makeSurroundings>>

const learn = async ({ site, hosts, namespace, cluster }: Surroundings): Promise<void> => {
  for (let life = 1; life <= lives; life += 1)
    await (await liveOnce(cluster, hosts, learningSeed + life)).stop()
  await until('all lives to be counted', async () => {
    const all = await baselinesOf(site, namespace)
    return all.length === workloads && all.every((one) => one.lives >= lives)
  })
  for (const { workload } of await baselinesOf(site, namespace)) {
    const flags = ['--namespace', namespace, '--workload', workload]
    const { code, errors } = await baseline(site, 'lock', ...flags)
    if (code !== 0) throw new Error(errors)
  }
}

/** One life of everything, and what happens to workloads now and then. */
const live = async ({ hosts, cluster }: Surroundings, round: number): Promise<void> => {
  const seed = judgingSeed + 10 * round
  const chance = chanceOf(seed + 1)
  const pod = await liveOnce(cluster, hosts, seed)
  const now = [
    async () => (await serve(cluster, { host: hosts.second, chance })).stop(),
    () => failOver(cluster, { host: hosts.cache, chance }, { host: hosts.second, chance }),
    async () => (await serve(cluster, { host: hosts.app, chance, version: 2 }, newerWeb)).stop(),
    () => pod.execute(['ls', '-l', '/srv/web']),
  ]
  await now[round % now.length]?.()
  await pod.stop()
}

const rowsOf = (found: readonly Finding[], podHours: number): readonly string[] =>
  Object.entries(Object.groupBy(found, ({ rule, severity }) => `${rule} | ${severity}`))
    .sort()
    .map(([rule, some = []]) => {
      const events = some.reduce((sum, { count }) => sum + count, 0)
      return `| ${rule} | ${some.length} | ${events} | ${Math.round((1_000 * some.length) / podHours)} |`
    })

export const benchBenign = async ({
  minutes,
}: {
  readonly minutes: number
}): Promise<BenignResult> => {
  const undo = new Undo()
  try {
    const surroundings = await makeSurroundings(undo)
    const { site, namespace, cluster } = surroundings
    await site.startCollector()
    await site.startAgent()
    await learn(surroundings)
    const since = new Date().toISOString()
    const [beganMs, learntMs] = [performance.now(), cluster.containerMs]
    let round = 0
    for (; performance.now() - beganMs < minutes * 60_000; round += 1) {
      await live(surroundings, round)
      console.error(
        `round ${round + 1}, ${((performance.now() - beganMs) / 60_000).toFixed(1)} of ${minutes} minutes`,
      )
    }
    await site.settled()
    const found = (await findingsOf(site, namespace)).filter(({ lastSeen }) => lastSeen >= since)
    const podHours = (cluster.containerMs - learntMs) / 3_600_000
    return {
      table: [
        `${round} rounds, ${podHours.toFixed(2)} pod-hours`,
        '',
        '| rule | severity | findings | events in them | findings per 1,000 pod-hours |',
        '| --- | --- | --- | --- | --- |',
        ...rowsOf(found, podHours),
        '',
        ...linesOf(found),
      ],
      problems: linesOf(found.filter(isLoud)),
    }
  } finally {
    await undo.run()
  }
}
