/**
 * What is normal for real services is learnt from one seed and told of none of another: restart, scale-up, a newer image, reload, backup,
 * probes and an admin's exec call nobody. What an intruder then does in the same workload does.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ProcessInfo } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { makeSiteOf } from '#test/fixtures/kubelet-site.ts'
import { until } from '#test/fixtures/mayfly.ts'
import { chanceOf } from '#test/simulation/random.ts'
import { intrusions, letIn } from './baselines/intruder.ts'
import {
  baseline,
  baselinesOf,
  findingsOf,
  linesOf,
  makeSurroundings,
  ratesOf,
} from './baselines/surroundings.ts'
import { failOver, liveOnce, newerWeb, serve, web } from './baselines/workloads.ts'
import { isLoud } from './severity.ts'

/** Whom what is learnt comes from, and whom it is held against. */
const [seedOfLearning, seedOfJudging] = [1, 2]
const [rounds, workloads] = [3, ['app', 'backup', 'cache', 'shop', 'web']] as const

t.test('baselines of real services', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const { kubelet, site, hosts, namespace, cluster } = await makeSurroundings(t)
  const fileOf = (workload: string): string => join(site.dir, `${workload}.yaml`)
  const flagsOf = (workload: string) => ['--namespace', namespace, '--workload', workload]
  const collector = await site.startCollector()
  const agent = await site.startAgent()

  await t.test('what each pod does is learnt', async (t) => {
    for (let round = 1; round <= rounds; round += 1) {
      const pod = await liveOnce(cluster, hosts, 100 * seedOfLearning + round)
      // Somebody helps one of them, by hand.
      if (round === 2) await pod.execute(['gzip', '-kf', '/srv/web/php.conf'])
      await pod.stop()
    }
    await until('all lives to be counted', async () => {
      const all = await baselinesOf(site, namespace)
      const told = all.map(({ workload, lives }) => `${workload} ${lives}`)
      if (told.join() === workloads.map((name) => `${name} ${rounds}`).join()) return true
      throw new Error(told.join())
    })
    const loud = (await findingsOf(site, namespace)).filter(isLoud)
    t.strictSame(linesOf(loud), [], 'the rules call nobody')
  })

  await t.test('it is locked, shown and exported', async (t) => {
    for (const name of workloads) {
      const { code, errors } = await baseline(site, 'lock', ...flagsOf(name))
      t.equal(code, 0, errors)
      const { output } = await baseline(site, 'export', ...flagsOf(name))
      writeFileSync(fileOf(name), output)
    }
    const { output } = await baseline(site, 'show', ...flagsOf('web'))
    t.match(output, /locked .*seen in one pod alone/s, 'how much one pod did')
    const alone = /\/usr\/bin\/gzip gzip -kf \/srv\/web\/php.conf +by exec, one pod alone/
    t.match(output, alone, 'what it was')
    t.match(output, /\/usr\/sbin\/nginx -c \/srv\/web\/php.conf -g "daemon off;"\n/, 'what all did')
    const { output: app } = await baseline(site, 'show', ...flagsOf('app'))
    t.match(app, /\/usr\/bin\/gzip -k -9 \/tmp\/tmp<id>\n/, 'names that vary are one')
    t.match(app, /connects to\n +203\.0\.113\.0\/24:80\/tcp\n/, 'whom it asks')
    const { output: shop } = await baseline(site, 'show', ...flagsOf('shop'))
    t.match(shop, /\/usr\/bin\/busybox httpd → \/usr\/bin\/dash\n/, 'a program of many')
  })

  await t.test('a restart of the collector forgets nothing', async (t) => {
    const known = async () =>
      (await baselinesOf(site, namespace)).map(({ state, items, lives, workload }) => {
        const values = items.map(({ kind, scope, value, args }) => [kind, scope, value, args])
        return { workload, state, lives, values }
      })
    const before = await known()
    await collector.stop()
    await site.startCollector()
    t.strictSame(await known(), before, 'what was learnt')
    t.ok(before.every(({ state }) => state === 'locked'))
    const { code, output } = await baseline(site, 'diff', '--file', fileOf('web'))
    t.equal(code, 0, `nothing is beside what was exported: ${output}`)
  })

  await t.test('another seed calls nobody', async (t) => {
    const since = new Date().toISOString()
    const beganMs = cluster.containerMs
    // A restart, and a second pod beside it.
    const first = await liveOnce(cluster, hosts, 100 * seedOfJudging)
    const chance = chanceOf(100 * seedOfJudging + 1)
    const second = await serve(cluster, { host: hosts.second, chance })
    await first.execute(['ls', '-l', '/srv/web'])
    await first.stop()
    await second.stop()
    await failOver(cluster, { host: hosts.cache, chance }, { host: hosts.second, chance })
    const newer = await serve(cluster, { host: hosts.web, chance, version: 2 }, newerWeb)
    await newer.stop()
    await site.settled()
    await until('what is new with the image', async () =>
      (await findingsOf(site, namespace)).some(({ reason }) => /newer image.*md5sum/.test(reason)),
    )
    const found = (await findingsOf(site, namespace)).filter(({ lastSeen }) => lastSeen >= since)
    t.strictSame(linesOf(found.filter(isLoud)), [], 'nobody is called')
    const podHours = (cluster.containerMs - beganMs) / 3_600_000
    t.comment(`${podHours.toFixed(4)} pod-hours: that is ${Math.round(podHours * 3_600)} s`)
    for (const line of [...ratesOf(found, podHours), ...linesOf(found)]) t.comment(line)
    for (const name of ['app', 'backup', 'shop']) {
      const { code, output } = await baseline(site, 'diff', '--file', fileOf(name))
      t.equal(code, 0, `${name} did nothing new: ${output}`)
    }
  })

  await t.test('an intruder in the same workload is found', async (t) => {
    const pod = await letIn(await serve(cluster, { host: hosts.web, chance: chanceOf(3) }))
    for (const { name, command, rule, reason } of intrusions) {
      await pod.shell(command)
      await until(name, async () =>
        (await findingsOf(site, namespace)).some(
          (one) => one.rule === rule && isLoud(one) && reason.test(one.reason),
        ),
      ).catch(async (error: Error) => {
        for (const line of linesOf(await findingsOf(site, namespace))) t.comment(line)
        throw error
      })
      t.pass(name)
    }
    const { code, output } = await baseline(site, 'diff', '--file', fileOf('web'))
    t.equal(code, 1, 'a stage of CI would fail')
    t.match(output, /\+ pair +\/usr\/bin\/php-cgi8.2 → \/usr\/bin\/dash\n/, 'and say why')
    // PHP's workers are forked: whom they start has PHP for its forebear, not for its parent.
    const execs = await site.events({ namespace, workload: 'web', kind: 'exec' })
    const isId = ({ argv }: ProcessInfo): boolean => argv?.join(' ') === 'sh -c id'
    const [id] = execs.flatMap((one) => (one.kind === 'exec' && isId(one.process) ? [one] : []))
    const [forebear, parent] = [id?.process.ancestorId, id?.process.parentId]
    t.ok(forebear && forebear !== parent, `${parent} was forked by ${forebear}`)
    await pod.stop()
  })

  await t.test('what was exported is judged by elsewhere', async (t) => {
    await agent.stop()
    const other = await makeSiteOf(t, kubelet)
    await other.startCollector()
    const { code, output, errors } = await baseline(other, 'import', '--file', fileOf('web'))
    t.equal(code, 0, errors)
    t.match(output, /locked .*imported by local: from a file/s, 'it is locked at once')
    await other.startAgent()
    const pod = await letIn(await cluster.start(web, { host: hosts.web, chance: chanceOf(4) }))
    const [{ command, rule, reason }] = intrusions
    await until('the pod to answer', async () => pod.shell(command).then(() => true))
    await until('drift to be told', async () =>
      (await findingsOf(other, namespace)).some(
        (one) => one.rule === rule && isLoud(one) && reason.test(one.reason),
      ),
    )
    await pod.stop()
  })
})
