/**
 * The agent as a DaemonSet would run it: in an OCI bundle, not privileged, with five capabilities, namespaces of its own, read-only
 * mounts of the host; and what it sees must be no less.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import type { TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { connections, counted } from '#test/fixtures/connections.ts'
import { compileProgram, runMayfly, Site, until } from '#test/fixtures/mayfly.ts'
import {
  makeBundle,
  type OciMount,
  randomContainerId,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'

const repository = resolve(import.meta.dirname, '../..')

/** Each with the reason why the agent cannot do without it. */
const capabilities = {
  CAP_BPF: 'create maps, load programs, read pinned objects',
  CAP_PERFMON: 'load tracing programs (tp_btf, iter) that read kernel memory',
  CAP_SYS_PTRACE: 'follow /proc/PID/exe, root and ns of processes of other users',
  CAP_SYS_RESOURCE: 'lift RLIMIT_MEMLOCK for maps on kernels before 5.11',
  CAP_DAC_READ_SEARCH: 'read container state directories and executables of other users',
} as const

/** Bits of the table above, include/uapi/linux/capability.h. */
const bits: Readonly<Record<keyof typeof capabilities, number>> = {
  CAP_BPF: 39,
  CAP_PERFMON: 38,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_RESOURCE: 24,
  CAP_DAC_READ_SEARCH: 2,
}

const maskOf = (pid: number | 'self', set: 'CapEff' | 'CapBnd'): bigint =>
  BigInt(
    `0x${new RegExp(`^${set}:\\s+(\\w+)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`,
  )

/** What this machine can give: nobody passes on a capability that it does not have. */
const given = (Object.keys(capabilities) as (keyof typeof capabilities)[]).filter(
  (name) => (maskOf('self', 'CapBnd') >> BigInt(bits[name])) & 1n,
)

const readOnly = (destination: string, source = destination): OciMount => ({
  destination,
  source,
  type: 'bind',
  options: ['rbind', 'ro'],
})

/** Starts the agent with these rights and no more; resolves when it is ready. */
const startAgent = async (t: Test, site: Site, extra: readonly string[] = []): Promise<void> => {
  const agentDir = join(site.dir, 'agent-data')
  mkdirSync(agentDir)
  const system = ['/usr', '/bin', '/lib', '/lib64', '/etc'].filter((path) => existsSync(path))
  const metrics = new URL(site.agentMetricsUrl)
  const bundle = await makeBundle(t, {
    args: [
      join(repository, 'node_modules/.bin/node'),
      ...[join(repository, 'cli/mayfly.mjs'), 'agent', '--source', 'ebpf'],
      ...['--data-dir', '/data', '--collector', site.url, '--bpffs', '/bpf', '--node', 'node-1'],
      ...[
        '--proc-root',
        '/host/proc',
        '--cgroup-root',
        '/host/sys/fs/cgroup',
        '--host-root',
        '/host',
      ],
      ...['--metrics-listen', metrics.host],
      ...extra,
    ],
    processCaps: given,
    // Its own pid, mount, ipc, uts and cgroup namespaces; the network is shared only to reach the collector on loopback.
    namespaces: ['pid', 'mount', 'ipc', 'uts', 'cgroup'],
    rootReadonly: true,
    mounts: [
      // First, as the repository itself may lie below it.
      { destination: '/tmp', source: 'tmpfs', type: 'tmpfs' },
      ...system.map((path) => readOnly(path)),
      readOnly(repository),
      readOnly('/host/proc', '/proc'),
      readOnly('/host/sys/fs/cgroup', '/sys/fs/cgroup'),
      readOnly('/host/run', '/run'),
      readOnly('/sys', '/sys'),
      { destination: '/bpf', source: site.bpffs, type: 'bind', options: ['bind'] },
      { destination: '/data', source: agentDir, type: 'bind', options: ['bind'] },
    ],
  })
  const agentId = randomContainerId()
  const { pid } = await startContainer(t, { runtime: 'runc', id: agentId, bundle })
  await until(
    'the agent in its bundle',
    async () => (await fetch(site.agentMetricsUrl.replace('/metrics', '/readyz'))).ok,
  ).catch(async (error: Error) => t.fail(error.message))
  for (const name of Object.keys(capabilities) as (keyof typeof capabilities)[]) {
    if (!given.includes(name)) t.comment(`this machine cannot give ${name}: tested without it`)
  }
  const wanted = given.reduce((mask, name) => mask | (1n << BigInt(bits[name])), 0n)
  t.equal(maskOf(pid, 'CapEff'), wanted, 'it holds these capabilities and no more')
}

const startSite = async (t: Test): Promise<Site> => {
  const site = await Site.make()
  t.teardown(() => site.close())
  await site.startCollector()
  return site
}

t.test('the agent with the rights of a DaemonSet', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const site = await startSite(t)
  await startAgent(t, site)
  const count = 500
  const id = randomContainerId()
  const program = compileProgram('storm', site.dir)
  const storm = await makeBundle(t, {
    args: ['/storm', String(count)],
    files: { '/storm': program },
  })
  const result = await runContainer({ runtime: 'crun', id, bundle: storm })
  t.match(result.stdout, `"started":${count},"wrong":0`)
  await site.settled()
  const execs = (await site.events({
    container: id,
    kind: 'exec',
    q: 'child storm-',
  })) as TimelineExec[]
  t.equal(execs.length, count)
  const exits = await site.events({ container: id, kind: 'exit' })
  t.ok(exits.length >= count)
  const { coverage } = await site.page({ container: id, limit: '1' })
  t.match(coverage, [{ source: 'ebpf', mode: 'complete', lost: 0 }])
  t.notOk(coverage[0]?.complete.includes('dns'))
  await t.test('who asks is told that DNS needs one more', async (t) => {
    t.match((await site.agents())[0]?.sources, [{ name: 'ebpf', state: 'degraded' }])
    const { code, output } = await runMayfly(['status', '--collector', site.url])
    t.equal(code, 0)
    t.match(output, /UDP and DNS are not captured .*CAP_NET_ADMIN, or --dns off/)
  })
  // Hashes follow within their CPU budget: the agent's own executable, some 100 MB, may be before this one.
  let first: TimelineExec | undefined
  await until('the hash of the executable', async () => {
    const found = await site.events({ container: id, kind: 'exec', q: `/storm ${count}` })
    first = found[0] as TimelineExec | undefined
    return first?.process.sha256 !== undefined
  })
  const content = createHash('sha256').update(readFileSync(program)).digest('hex')
  t.equal(first?.process.sha256, content, 'executables are hashed')
})

t.test(
  'without DNS nothing is refused, and connections are seen',
  { ...needsBpf, timeout: 90_000 },
  async (t) => {
    const site = await startSite(t)
    await startAgent(t, site, ['--dns', 'off'])
    const id = randomContainerId()
    const bundle = await makeBundle(t, {
      args: ['sh', '-c', '/answer -n 3 127.0.0.1 9000 & sleep 0.5; /dial 127.0.0.1 9000 3; wait'],
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'],
      files: {
        '/dial': compileProgram('dial', site.dir),
        '/answer': compileProgram('answer', site.dir),
      },
    })
    t.match((await runContainer({ runtime: 'crun', id, bundle })).stdout, '"connected":3')
    await site.settled()
    const events = await site.events({ container: id })
    const established = connections(events, 'connect').filter(
      ({ outcome }) => outcome === 'established',
    )
    t.equal(counted(established), 3)
    t.equal(counted(connections(events, 'accept')), 3)
    t.equal(counted(connections(events, 'close')), 6)
    t.match((await site.agents())[0]?.sources, [{ name: 'ebpf', state: 'running', detail: '' }])
    const metrics = await (await fetch(site.agentMetricsUrl)).text()
    t.match(metrics, /^mayfly_agent_packet_capture\{state="off"\} 1$/m)
    const { coverage } = await site.page({ container: id, limit: '1' })
    t.match(coverage, [{ source: 'ebpf', mode: 'complete', lost: 0 }])
    t.ok(coverage[0]?.complete.includes('connect') && !coverage[0].complete.includes('dns'))
  },
)
