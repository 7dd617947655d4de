/** As baselines.test.ts, of a database with its archive and dumps, of services in Node and Java, and of builds of images. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { until } from '#test/fixtures/mayfly.ts'
import { backendNames, backendsLive } from './baselines/backends.ts'
import {
  baseline,
  baselinesOf,
  findingsOf,
  linesOf,
  makeSurroundings,
  ratesOf,
} from './baselines/surroundings.ts'
import { buildersDirectory } from './services/builders.ts'
import { isLoud } from './severity.ts'

const lives = 3

/** What the rules say of builds, also of those that are declared: known.ts has the reasons. */
const known = ['MF0307 medium']

t.test(
  'baselines of databases, applications and builds',
  { ...needsBpf, timeout: 200_000 },
  async (t) => {
    const surroundings = await makeSurroundings(t, ['--rules', buildersDirectory(t)])
    const { site, hosts, namespace, cluster } = surroundings
    await site.startCollector()
    await site.startAgent()
    const called = async () =>
      linesOf((await findingsOf(site, namespace)).filter(isLoud)).filter(
        (line) => !known.some((one) => line.startsWith(one)),
      )

    await t.test('what each does is learnt', async (t) => {
      for (let life = 1; life <= lives; life += 1)
        await backendsLive(cluster, hosts, { seed: life })
      await until('all lives to be counted', async () => {
        const all = await baselinesOf(site, namespace)
        const told = all.map(({ workload, lives }) => `${workload} ${lives}`).toSorted()
        if (told.join() === backendNames.map((name) => `${name} ${lives}`).join()) return true
        throw new Error(told.join())
      })
      t.strictSame(await called(), [], 'the rules call nobody')
    })

    const fileOf = (workload: string): string => join(site.dir, `${workload}.yaml`)
    for (const workload of backendNames) {
      const flags = ['--namespace', namespace, '--workload', workload]
      const { code, errors } = await baseline(site, 'lock', ...flags)
      t.equal(code, 0, errors)
      writeFileSync(fileOf(workload), (await baseline(site, 'export', ...flags)).output)
    }
    const { output } = await baseline(site, 'show', '--namespace', namespace, '--workload', 'db')
    t.match(
      output,
      /sh -c "test ! -f \/backup\/<hex> && cp pg_wal\/<hex> \/backup\/<hex>"/,
      'a file of the archive is any',
    )

    await t.test('another seed, and newer images, call nobody', async (t) => {
      const beganMs = cluster.containerMs
      await backendsLive(cluster, hosts, { seed: 200 })
      for (const name of backendNames) {
        const { code, output } = await baseline(site, 'diff', '--file', fileOf(name))
        t.equal(code, 0, `${name} did nothing new: ${output}`)
      }
      await backendsLive(cluster, hosts, { seed: 201, version: 2 })
      await site.settled()
      t.strictSame(await called(), [], 'nobody is called')
      const podHours = (cluster.containerMs - beganMs) / 3_600_000
      t.comment(`${podHours.toFixed(4)} pod-hours: that is ${Math.round(podHours * 3_600)} s`)
      const found = await findingsOf(site, namespace)
      for (const line of [...ratesOf(found, podHours), ...linesOf(found)]) t.comment(line)
    })
  },
)
