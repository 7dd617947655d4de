/**
 * UDP and DNS through the whole system where they are not as usual: a question that nobody answers, and more flows than the kernel
 * has room for. What goes well is in connections.test.ts.
 */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { bed, connections, counted, ofKind } from '#test/fixtures/connections.ts'
import { compileProgram, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork, silentAddress } from '#test/fixtures/network.ts'
import {
  hostPrograms,
  makeBundle,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'

t.test('a question that nobody answers', { ...needsBpf, timeout: 60_000 }, async (t) => {
  const site = await bed(t)
  const { hosts } = makeNetwork(t, { hosts: ['client'] })
  await site.startAgent()
  const id = randomContainerId()
  const resolver = `nameserver ${silentAddress.ipv4}\noptions timeout:1 attempts:1\n`
  const bundle = await makeBundle(t, {
    args: ['sh', '-c', 'curl -4 -s http://gone.test/ || true'],
    networkNamespacePath: hosts.client.namespacePath,
    hostDirectories: hostPrograms,
    files: { '/etc/resolv.conf': { content: resolver } },
  })
  t.equal((await runContainer({ runtime: 'runc', id, bundle })).exitCode, 0)
  const lookups = async () => ofKind(await site.events({ container: id }), 'dns')
  await until('the question', async () => (await lookups()).length > 0)
  await site.settled()
  t.match(await lookups(), [
    {
      ...{ name: 'gone.test', type: 'A', rcode: '', answers: [], latencyUs: null, count: 1 },
      peer: { address: silentAddress.ipv4, port: 53 },
      process: { exe: '/usr/bin/curl' },
    },
  ])
  t.equal((await lookups()).length, 1)
})

t.test(
  'more flows than the kernel has room for are a gap',
  { ...needsBpf, timeout: 90_000 },
  async (t) => {
    const site = await bed(t)
    await site.startAgent()
    const id = randomContainerId()
    const [room, peers] = [16_384, 17_000]
    const bundle = await makeBundle(t, {
      args: ['sh', '-c', `echo spread u 127.0.0.1 1024 ${peers} | /sockets`],
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'],
      files: { '/sockets': compileProgram('sockets', site.dir) },
    })
    t.match(await runContainer({ runtime: 'runc', id, bundle }), { stdout: `${peers}\n` })
    await site.settled(3_000)
    const metrics = await (await fetch(site.agentMetricsUrl)).text()
    const untracked = /^mayfly_agent_kernel_untracked_total\{what="packets"\} (\d+)$/m.exec(metrics)
    t.ok(Number(untracked?.[1]) >= peers - room, `${untracked?.[1]} datagrams without a flow`)
    const events = await site.events({ container: id })
    const told = counted(connections(events, 'connect'))
    t.ok(told > 0 && told <= room, `${told} flows of ${peers}`)
    t.equal(counted(connections(events, 'close')), told, 'each with its end')
    const overloads = ofKind(events, 'gap').filter(({ reason }) => reason === 'overload')
    t.ok(overloads.length > 0)
    t.match(overloads[0], { lost: null, affects: ['connect', 'accept', 'close'] })
    const { coverage } = await site.page({ container: id, limit: '1' })
    t.match(coverage, [{ source: 'ebpf', lost: null }], 'how many flows that were, nobody knows')
  },
)
