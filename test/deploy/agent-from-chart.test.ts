/**
 * The DaemonSet as it is rendered, run as a container: its arguments, capabilities, mounts, read-only root and the seccomp profile
 * that is shipped. What differs is named below. It must see as much as an agent with all rights.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { agentSeccomp, chartPod } from '#test/fixtures/chart-pod.ts'
import { compileProgram, Site, until } from '#test/fixtures/mayfly.ts'
import {
  makeBundle,
  randomContainerId,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'
import { find, needsHelm, render, repository } from './chart.ts'

const skip = needsBpf.skip || needsHelm.skip

t.test('the agent, confined as the chart confines it', { skip, timeout: 110_000 }, async (t) => {
  const site = await Site.make()
  t.teardown(() => site.close())
  await site.startCollector()
  const spool = join(site.dir, 'spool')
  mkdirSync(spool)
  // This machine's containers are crun's, whose states no Kubernetes runtime keeps there.
  const rendered = await render({ agent: { source: 'ebpf', runtimes: [] } })
  const pod = find(rendered, 'DaemonSet', '-agent').spec.template.spec
  // No certificate, no token and no kubelet: those are other tests' matter. Pins and spool of this test's own.
  const own: Readonly<Record<string, string>> = { spool, bpffs: site.bpffs }
  const confined = chartPod({
    pod,
    variables: { NODE_NAME: 'node-1' },
    args: [`--collector=${site.url}`, `--metrics-listen=${new URL(site.agentMetricsUrl).host}`],
    place: (name, volume) => own[name] ?? volume?.hostPath?.path,
  })
  const others = ['--collector-ca=', '--token-file=', '--kubelet-']
  const args = confined.args.filter((arg) => !others.some((other) => arg.startsWith(other)))
  for (const name of confined.missingCaps)
    t.comment(`this machine cannot give ${name}: tested without it`)
  const image = ['/usr', '/bin', '/lib', '/lib64', '/etc', repository]
    .filter((path) => existsSync(path))
    .map((path) => ({ destination: path, source: path, type: 'bind', options: ['rbind', 'ro'] }))
  const bundle = await makeBundle(t, {
    ...confined,
    seccomp: agentSeccomp(),
    args: [join(repository, 'node_modules/.bin/node'), join(repository, 'cli/mayfly.mjs'), ...args],
    // The network is shared only to reach the collector on loopback.
    namespaces: ['pid', 'mount', 'ipc', 'uts', 'cgroup'],
    mounts: [
      { destination: '/tmp', source: 'tmpfs', type: 'tmpfs', options: ['ro'] },
      ...image,
      ...(confined.mounts ?? []),
    ],
  })
  const { pid } = await startContainer(t, { runtime: 'runc', id: randomContainerId(), bundle })
  await until(
    'the agent in its container',
    async () => (await fetch(site.agentMetricsUrl.replace('/metrics', '/readyz'))).ok,
  )
  // SECCOMP_MODE_FILTER of proc(5).
  t.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Seccomp:\s+2$/m)

  const count = 300
  const id = randomContainerId()
  const program = compileProgram('storm', site.dir)
  const storm = await makeBundle(t, {
    args: ['/storm', String(count)],
    files: { '/storm': program },
  })
  await runContainer({ runtime: 'crun', id, bundle: storm })
  await site.settled()
  const execs = (await site.events({
    container: id,
    kind: 'exec',
    q: 'child storm-',
  })) as TimelineExec[]
  t.equal(execs.length, count)
  const { coverage } = await site.page({ container: id, limit: '1' })
  t.match(coverage, [{ source: 'ebpf', mode: 'complete', lost: 0 }])
  t.ok(coverage[0]?.complete.includes('dns'), 'UDP and DNS too')
  await until('the hash of the executable', async () => {
    const found = await site.events({ container: id, kind: 'exec', q: `/storm ${count}` })
    return (found[0] as TimelineExec | undefined)?.process.sha256 !== undefined
  })
})
