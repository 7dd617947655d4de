/**
 * The DaemonSet as it is rendered, run as a container: its arguments, capabilities, mounts, read-only root and the seccomp profile
 * that is shipped. What differs is named below. It must see as much as an agent with all rights.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, Site, until } from '#test/fixtures/mayfly.ts'
import {
  makeBundle,
  type OciMount,
  randomContainerId,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'
import { find, needsHelm, render, repository } from './chart.ts'
import type { Mount } from './manifest.ts'

const profile = JSON.parse(
  readFileSync(join(repository, 'deploy/seccomp/mayfly-agent.json'), 'utf8'),
)

/** Numbers of capabilities, include/uapi/linux/capability.h. */
const bits: Readonly<Record<string, number>> = {
  ...{ DAC_READ_SEARCH: 2, NET_ADMIN: 12, SYS_PTRACE: 19 },
  ...{ SYS_RESOURCE: 24, PERFMON: 38, BPF: 39 },
}
const bounding = BigInt(
  `0x${/^CapBnd:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`,
)
/** Nobody passes on a capability that it does not have. */
const isGiven = (name: string): boolean => ((bounding >> BigInt(bits[name] ?? 63)) & 1n) === 1n

/** A directory of the node as an OCI mount. */
const mountOf = (mount: Mount, source: string): OciMount => ({
  destination: mount.mountPath,
  source,
  type: 'bind',
  options: mount.readOnly ? ['rbind', 'ro'] : ['rbind'],
})

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
  const [container] = pod.containers
  // No certificate, no token and no kubelet: those are other tests' matter. Pins and spool of this test's own.
  const others = [
    '--collector=',
    '--collector-ca=',
    '--token-file=',
    '--kubelet-',
    '--metrics-listen=',
  ]
  const args: readonly string[] = [
    ...container.args.filter((arg) => !others.some((other) => arg.startsWith(other))),
    `--collector=${site.url}`,
    `--metrics-listen=${new URL(site.agentMetricsUrl).host}`,
  ].map((arg) => arg.replace('$(NODE_NAME)', 'node-1'))
  const own: Readonly<Record<string, string>> = { spool, bpffs: site.bpffs }
  const mounts = container.volumeMounts.flatMap((mount) => {
    const source = pod.volumes.find(({ name }) => name === mount.name)?.hostPath?.path
    return source === undefined ? [] : [mountOf(mount, own[mount.name] ?? source)]
  })
  const image = ['/usr', '/bin', '/lib', '/lib64', '/etc', repository]
    .filter((path) => existsSync(path))
    .map((path) => ({ destination: path, source: path, type: 'bind', options: ['rbind', 'ro'] }))
  const { capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem } =
    container.securityContext
  const wanted = capabilities.add ?? []
  const given = wanted.filter(isGiven)
  for (const name of wanted)
    if (!given.includes(name)) t.comment(`this machine cannot give ${name}: tested without it`)
  const bundle = await makeBundle(t, {
    args: [join(repository, 'node_modules/.bin/node'), join(repository, 'cli/mayfly.mjs'), ...args],
    processCaps: given.map((name) => `CAP_${name}`),
    noNewPrivileges: !allowPrivilegeEscalation,
    rootReadonly: readOnlyRootFilesystem,
    // The network is shared only to reach the collector on loopback.
    namespaces: ['pid', 'mount', 'ipc', 'uts', 'cgroup'],
    mounts: [
      { destination: '/tmp', source: 'tmpfs', type: 'tmpfs', options: ['ro'] },
      ...image,
      ...mounts,
    ],
  })
  const configFile = join(bundle.directory, 'config.json')
  const config = JSON.parse(readFileSync(configFile, 'utf8'))
  config.linux.seccomp = profile
  writeFileSync(configFile, JSON.stringify(config))
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
