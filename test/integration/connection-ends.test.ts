/** Connections as brief as their processes, and every way a connect can end, in real containers. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { bed, connections, ofKind } from '#test/fixtures/connections.ts'
import { compileProgram, runMayfly } from '#test/fixtures/mayfly.ts'
import { makeNetwork, portIsServed, runIn, silentAddress, startIn } from '#test/fixtures/network.ts'
import { makeBundle, randomContainerId, runContainer } from '#test/fixtures/oci-bundle.ts'

/** On a busy machine only some processes are as brief as they could be. */
const briefCount = 50

t.test('processes that connect, send and are gone', { ...needsBpf, timeout: 60_000 }, async (t) => {
  const site = await bed(t)
  const { hosts } = makeNetwork(t, { hosts: ['client', 'server'] })
  const programs = {
    dial: compileProgram('dial', site.dir),
    answer: compileProgram('answer', site.dir),
  }
  await site.startAgent()
  startIn(t, hosts.server, programs.answer, [hosts.server.ipv4, '9000'])
  await portIsServed(hosts.server, 'tcp', 9000)
  const id = randomContainerId()
  const address = hosts.server.ipv4
  const bundle = await makeBundle(t, {
    args: ['sh', '-c', `for n in $(seq ${briefCount}); do /dial -s $n ${address} 9000 1; done`],
    networkNamespacePath: hosts.client.namespacePath,
    files: { '/dial': programs.dial },
  })
  t.match(await runContainer({ runtime: 'runc', id, bundle }), { stdout: /"connected": ?1/ })
  await site.settled()
  const events = await site.events({ container: id })
  const execs = ofKind(events, 'exec').filter(({ process }) => process.exe === '/dial')
  t.equal(execs.length, briefCount)
  let briefs = 0
  for (const [index, { process }] of execs.entries()) {
    const sentBytes = index + 1
    const its = events.filter((event) => 'process' in event && event.process?.id === process.id)
    const [exit] = ofKind(its, 'exit')
    const name = `it lived ${exit?.lifetimeUs} µs`
    t.strictSame(process.argv, ['/dial', '-s', `${sentBytes}`, address, '9000', '1'], name)
    t.match(connections(its, 'connect'), [
      { outcome: 'established', peer: { address, port: 9000 } },
    ])
    t.match(connections(its, 'close'), [{ sentBytes, receivedBytes: 1, direction: 'outbound' }])
    if (exit !== undefined && exit.lifetimeUs !== null && exit.lifetimeUs < 2_000) briefs += 1
  }
  t.ok(briefs > 0, `${briefs} of ${briefCount} lived for less than 2 ms`)

  const args = ['timeline', '--collector', site.url, '--container', id]
  const { code, output, errors } = await runMayfly(args)
  t.equal(code, 0, errors)
  const lines = output.split('\n')
  const at = lines.findIndex((line) => line.endsWith(`├─ /dial -s 1 ${address} 9000 1`))
  t.ok(at > 0, 'people see the process')
  t.match(lines[at + 1], `│  └─ · → ${address}:9000 ↑1 B ↓1 B`, 'and below it its connection')
})

t.test('every way a connect can end', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const site = await bed(t)
  const { hosts } = makeNetwork(t, { hosts: ['client', 'server'] })
  await site.startAgent()
  // Two SYNs instead of seven: three seconds instead of two minutes.
  await runIn(hosts.client, 'sysctl', ['-qw', 'net.ipv4.tcp_syn_retries=1'])
  const answer = compileProgram('answer', site.dir)
  startIn(t, hosts.server, answer, ['-r', '0', hosts.server.ipv4, '9000'])
  await portIsServed(hosts.server, 'tcp', 9000)
  const id = randomContainerId()
  const nowhere = '203.0.113.9'
  const bundle = await makeBundle(t, {
    args: [
      'sh',
      '-c',
      [
        `/dial ${hosts.server.ipv4} 9000 1`,
        `/dial ${hosts.server.ipv4} 9001 2`,
        `/dial ${silentAddress.ipv4} 9002 1`,
        `/dial ${nowhere} 9003 1`,
        `/dial -m abort ${silentAddress.ipv4} 9004 3`,
        `/dial ${hosts.server.ipv6} 9005 1`,
        'true',
      ].join('; '),
    ],
    networkNamespacePath: hosts.client.namespacePath,
    files: { '/dial': compileProgram('dial', site.dir) },
  })
  t.equal((await runContainer({ runtime: 'runc', id, bundle })).exitCode, 0)
  await site.settled()
  const connects = connections(await site.events({ container: id }), 'connect')
  const outcomes = (port: number): string[] =>
    connects
      .filter(({ peer }) => peer?.port === port)
      .flatMap(({ outcome = '', count }) => Array.from({ length: count }, () => outcome))
  t.strictSame(outcomes(9000), ['established'])
  t.strictSame(outcomes(9001), ['refused', 'refused'])
  t.strictSame(outcomes(9002), ['timeout'])
  t.strictSame(outcomes(9003), ['unreachable'])
  t.strictSame(outcomes(9004), ['aborted', 'aborted', 'aborted'])
  t.strictSame(outcomes(9005), ['refused'])
  t.match(
    connects.find(({ peer }) => peer?.port === 9005),
    { peer: { address: hosts.server.ipv6 } },
  )
  const waited = connects.find(({ peer }) => peer?.port === 9002)?.latencyUs ?? 0
  t.ok(waited > 1_000_000, 'how long it was waited for')
})
