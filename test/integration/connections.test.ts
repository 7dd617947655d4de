/**
 * Whom containers talked to, with real ones: Debian's curl, nginx and dnsmasq in networks of their own, held against what nginx and
 * dnsmasq wrote down themselves.
 */
import t, { type Test } from 'tap'
import type { TimelineConnection, TimelineDns, TimelineEvent, TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram, runMayfly, Site, sleep, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork, portIsServed, redirect, startIn } from '#test/fixtures/network.ts'
import {
  hostPrograms,
  makeBundle,
  type OciRuntime,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'
import { SocketProgram } from '#test/fixtures/socket-program.ts'
import { startWebServer, type WebRequest } from '#test/fixtures/web-server.ts'

const total = <Item>(
  items: readonly Item[],
  of: (item: Item) => number | null | undefined,
): number => items.reduce((sum, item) => sum + (of(item) ?? 0), 0)
const ofKind = <Kind extends TimelineEvent['kind']>(events: readonly TimelineEvent[], kind: Kind) =>
  events.filter((event): event is Extract<TimelineEvent, { kind: Kind }> => event.kind === kind)
const connections = (
  events: readonly TimelineEvent[],
  kind: TimelineConnection['kind'],
): readonly TimelineConnection[] =>
  events.filter((event): event is TimelineConnection => event.kind === kind)
const counted = (events: readonly { readonly count: number }[]): number =>
  total(events, ({ count }) => count)

const requestCount = 2_000
const lookupCount = 20
const refusedCount = 50

const bed = async (t: Test) => {
  const site = await Site.make()
  t.teardown(() => site.close())
  await site.startCollector()
  return site
}

// The machine runs containers of both kinds: crun sees cgroup v2, runc the hybrid host as it is.
const runs: readonly (readonly [OciRuntime, string, boolean])[] = [
  ['crun', 'the resolver’s own port', false],
  ['runc', 'a DNAT to another port, as Docker does it', true],
]

for (const [runtime, resolver, translated] of runs)
  t.test(
    `${runtime}: ${requestCount} requests, their names from ${resolver}`,
    { ...needsBpf, timeout: 120_000 },
    async (t) => {
      const site = await bed(t)
      const { hosts } = makeNetwork(t, { hosts: ['client', 'server', 'dns'] })
      const dns = await startDnsServer(t, hosts.dns, {
        records: {
          hosts: { 'web.test': [hosts.server.ipv4] },
          aliases: { 'www.test': 'web.test' },
        },
        port: translated ? 5353 : 53,
        log: true,
      })
      const to = { address: hosts.dns.ipv4, port: dns.port }
      if (translated) redirect(hosts.client, { from: { ...to, port: 53 }, to })
      await site.startAgent()
      const web = await startWebServer(t, hosts.server, { runtime, bodyBytes: 1234 })
      const id = randomContainerId()
      const script = [
        // One process, a connection for each request.
        `curl -s -H 'Connection: close' -o /dev/null 'http://web.test/[1-${requestCount}]'`,
        // A process, a lookup and a connection for each.
        `for n in $(seq ${lookupCount}); do curl -s -o /dev/null http://www.test/$n; done`,
        `curl -s -o /dev/null 'http://web.test:81/[1-${refusedCount}]'`,
        'curl -s http://nowhere.test/',
        'true',
      ].join('; ')
      const bundle = await makeBundle(t, {
        args: ['sh', '-c', script],
        networkNamespacePath: hosts.client.namespacePath,
        hostDirectories: hostPrograms,
        files: { '/etc/resolv.conf': { content: `nameserver ${hosts.dns.ipv4}\n` } },
      })
      const result = await runContainer({ runtime, id, bundle })
      t.equal(result.exitCode, 0, result.stderr)
      const expected = requestCount + lookupCount
      let requests: readonly WebRequest[] = []
      await until('nginx’s log', () => {
        requests = web.requests()
        return requests.length >= expected
      })
      t.equal(requests.length, expected)
      // Flows are told when they ended, every two seconds.
      await site.settled(3_000)

      const client = await site.events({ container: id })
      const connects = connections(client, 'connect').filter(({ transport }) => transport === 'tcp')
      const outcome = (wanted: string) => connects.filter((event) => event.outcome === wanted)
      t.equal(counted(outcome('established')), expected, 'each connection')
      t.equal(counted(outcome('refused')), refusedCount, 'each refusal')
      t.equal(counted(connects), expected + refusedCount, 'and nothing else')
      t.ok(connects.every(({ process }) => process?.exe === '/usr/bin/curl'))
      t.ok(connects.every(({ peer }) => peer?.address === hosts.server.ipv4))
      t.strictSame(
        [...new Set(connects.map(({ peer }) => peer?.name))].toSorted(),
        ['web.test', 'www.test'],
        'by the names that were asked for',
      )

      const closes = connections(client, 'close').filter(({ transport }) => transport === 'tcp')
      t.equal(counted(closes), expected)
      const received = total(requests, ({ receivedBytes }) => receivedBytes)
      const sent = total(requests, ({ sentBytes }) => sentBytes)
      t.equal(
        total(closes, ({ sentBytes }) => sentBytes),
        received,
        'bytes sent are what nginx received',
      )
      t.equal(
        total(closes, ({ receivedBytes }) => receivedBytes),
        sent,
        'and received what it sent',
      )

      const server = await site.events({ container: web.containerId })
      t.equal(counted(connections(server, 'accept')), expected)
      const served = connections(server, 'close')
      t.equal(counted(served), expected)
      t.ok(served.every(({ direction }) => direction === 'inbound'))
      t.equal(
        total(served, ({ sentBytes }) => sentBytes),
        sent,
      )
      t.equal(
        total(served, ({ receivedBytes }) => receivedBytes),
        received,
      )
      t.ok(served.every(({ process }) => process?.exe === '/usr/sbin/nginx'))
      t.match(connections(server, 'listen'), [
        { phase: 'started', local: { address: '0.0.0.0', port: 80 } },
        { phase: 'started', local: { address: '::', port: 80 } },
      ])

      const lookups = ofKind(client, 'dns')
      for (const name of ['web.test', 'www.test', 'nowhere.test'])
        for (const type of ['A', 'AAAA'])
          t.equal(
            counted(lookups.filter((lookup) => lookup.name === name && lookup.type === type)),
            dns.queries(name, type),
            `${name} ${type}, each question once`,
          )
      const find = (name: string, type: string): TimelineDns | undefined =>
        lookups.find((lookup) => lookup.name === name && lookup.type === type)
      t.match(find('web.test', 'A'), {
        rcode: 'NOERROR',
        answers: [hosts.server.ipv4],
        peer: { address: hosts.dns.ipv4, port: 53 },
      })
      t.match(find('www.test', 'A')?.answers, ['CNAME web.test', hosts.server.ipv4])
      t.match(find('nowhere.test', 'A'), { rcode: 'NXDOMAIN', answers: [] })
      t.ok(lookups.every(({ process }) => process?.exe === '/usr/bin/curl'))
      t.ok(lookups.every(({ latencyUs }) => latencyUs !== null))
      t.equal(
        ofKind(await site.events({}), 'dns').filter(({ containerId }) => containerId !== id).length,
        0,
      )

      const page = await site.page({ container: id, limit: '1' })
      t.match(page.coverage, [{ source: 'ebpf', mode: 'complete', lost: 0, gaps: 0 }])
      for (const kind of ['connect', 'accept', 'close', 'listen', 'dns'] as const)
        t.ok(page.coverage[0]?.complete.includes(kind), `complete for ${kind}`)

      const who = await runMayfly([
        'who',
        '--collector',
        site.url,
        '--domain',
        'web.test',
        '-o',
        'json',
      ])
      t.match(who, { code: 0, output: /"web\.test"/ })
    },
  )

t.test('a process that connects and is gone', { ...needsBpf, timeout: 60_000 }, async (t) => {
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
  const bundle = await makeBundle(t, {
    args: ['sh', '-c', `/dial -s 5 ${hosts.server.ipv4} 9000 1; true`],
    networkNamespacePath: hosts.client.namespacePath,
    files: { '/dial': programs.dial },
  })
  t.match(await runContainer({ runtime: 'runc', id, bundle }), { stdout: /"connected": ?1/ })
  await site.settled()
  const events = await site.events({ container: id })
  const exec = ofKind(events, 'exec').find(({ process }) => process.exe === '/dial') as TimelineExec
  const [exit] = ofKind(events, 'exit').filter(({ process }) => process.id === exec.process.id)
  t.strictSame(exec.process.argv, ['/dial', '-s', '5', hosts.server.ipv4, '9000', '1'])
  t.match(connections(events, 'connect'), [
    { outcome: 'established', process: { id: exec.process.id }, peer: { port: 9000 } },
  ])
  t.match(connections(events, 'close'), [{ sentBytes: 5, process: { id: exec.process.id } }])
  t.comment(`it lived ${exit?.lifetimeUs} µs`)
})

t.test('kill -9 of the agent in mid-traffic', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const site = await bed(t)
  const { hosts } = makeNetwork(t, { hosts: ['client', 'server'] })
  const programs = {
    dial: compileProgram('dial', site.dir),
    answer: compileProgram('answer', site.dir),
  }
  let agent = await site.startAgent(['--host', 'on'])
  const long = new SocketProgram(t, compileProgram('sockets', site.dir))
  const port = await long.run('listen l 127.0.0.1 0')
  await long.run(`connect c 127.0.0.1 ${port}`)
  await long.run('accept s l')
  await long.run('send c 1000')
  await long.run('receive s 1000')
  startIn(t, hosts.server, programs.answer, [hosts.server.ipv4, '9000'])
  await portIsServed(hosts.server, 'tcp', 9000)
  const count = 4_000
  const id = randomContainerId()
  const bundle = await makeBundle(t, {
    args: ['/dial', '-s', '3', '-p', '500', hosts.server.ipv4, '9000', String(count)],
    networkNamespacePath: hosts.client.namespacePath,
    files: { '/dial': programs.dial },
  })
  const running = runContainer({ runtime: 'runc', id, bundle })
  await sleep(2_000)
  await agent.stop('SIGKILL')
  await long.run('send s 77')
  await long.run('receive c 77')
  await sleep(2_000)
  agent = await site.startAgent(['--host', 'on'])
  const result = await running
  const did = JSON.parse(result.stdout) as { connected: number; sent: number; received: number }
  t.equal(did.connected, count)
  await long.run('close c')
  await long.run('receive s 1')
  await long.run('close s')
  await site.settled()
  const events = await site.events({ container: id })
  const connects = connections(events, 'connect')
  const closes = connections(events, 'close')
  t.equal(counted(connects), count, 'each connection, once')
  t.ok(connects.every(({ outcome }) => outcome === 'established'))
  t.equal(counted(closes), count)
  t.equal(
    total(closes, ({ sentBytes }) => sentBytes),
    did.sent,
  )
  t.equal(
    total(closes, ({ receivedBytes }) => receivedBytes),
    did.received,
  )
  t.strictSame(ofKind(events, 'gap'), [])

  const host = await site.events({ container: 'host', kind: 'connect,accept,close' })
  const its = host.filter(
    (event): event is TimelineConnection =>
      'process' in event && event.process?.pid === long.pid && event.kind !== 'exec',
  )
  t.match(
    its.map(({ kind, direction, sentBytes, receivedBytes }) => [
      kind,
      direction,
      sentBytes,
      receivedBytes,
    ]),
    [['connect'], ['accept'], ['close', 'outbound', 1000, 77], ['close', 'inbound', 77, 1000]],
    'a connection across the restart is closed with all its bytes, once',
  )
  t.equal(its[0]?.socket, its[2]?.socket)
})

t.test(
  'without eBPF: what lives long enough to be looked at, and no more',
  { timeout: 90_000 },
  async (t) => {
    const site = await bed(t)
    const box = new SocketProgram(t, compileProgram('sockets', site.dir))
    await site.startAgent(['--source', 'procfs', '--host', 'on'])
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    let seen: readonly TimelineConnection[] = []
    const look = async (count: number): Promise<boolean> => {
      const events = await site.events({ container: 'host', kind: 'connect,accept,close,listen' })
      seen = events.filter(
        (event): event is TimelineConnection =>
          'process' in event && event.process?.pid === box.pid && event.kind !== 'exec',
      )
      return seen.length >= count
    }
    await until('the open connection', () => look(3))
    t.match(seen.map(({ kind }) => kind).toSorted(), ['accept', 'connect', 'listen'])
    t.ok(seen.every(({ source }) => source === 'procfs'))
    t.match(
      seen.find(({ kind }) => kind === 'connect'),
      {
        outcome: 'established',
        peer: { address: '127.0.0.1', port },
        process: { exe: /sockets$/ },
      },
    )
    await box.run('close c')
    await box.run('close s')
    await until('its end', () => look(5))
    const closes = seen.filter(({ kind }) => kind === 'close')
    t.equal(closes.length, 2)
    t.ok(closes.every(({ sentBytes, closedBy }) => sentBytes === null && closedBy === 'unknown'))
    const { coverage } = await site.page({ container: 'host', limit: '1' })
    t.match(coverage.at(-1), { source: 'procfs', mode: 'sampled', complete: [] })
  },
)
