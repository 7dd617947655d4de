/**
 * Whom containers talked to, with real ones: Debian's curl, nginx and dnsmasq in networks of their own, held against what nginx and
 * dnsmasq wrote down themselves.
 */
import t, { type Test } from 'tap'
import type { TimelineConnection, TimelineDns, TimelineEvent, TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram, runMayfly, Site, sleep, until } from '#test/fixtures/mayfly.ts'
import {
  makeNetwork,
  portIsServed,
  redirect,
  runIn,
  silentAddress,
  startIn,
} from '#test/fixtures/network.ts'
import {
  hostPrograms,
  makeBundle,
  type OciRuntime,
  randomContainerId,
  randomContainerName,
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

t.test('a flood from one container', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const site = await bed(t)
  await site.startAgent()
  const count = 20_000
  // A plain name is a workload by itself; the counts of a nameless container wait for its names.
  const id = randomContainerName('flood')
  const bundle = await makeBundle(t, {
    args: [
      'sh',
      '-c',
      `/answer -n ${count} 127.0.0.1 9000 & sleep 0.5; /dial 127.0.0.1 9000 ${count}; wait`,
    ],
    namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'],
    files: {
      '/dial': compileProgram('dial', site.dir),
      '/answer': compileProgram('answer', site.dir),
    },
  })
  t.match((await runContainer({ runtime: 'runc', id, bundle })).stdout, `"connected":${count}`)
  await site.settled()
  const events = await site.events({ container: id })
  const [connects, accepts, closes] = (['connect', 'accept', 'close'] as const).map((kind) =>
    connections(events, kind),
  )
  t.equal(counted(connects ?? []), count)
  t.equal(counted(accepts ?? []), count)
  t.equal(counted(closes ?? []), 2 * count)
  for (const direction of ['inbound', 'outbound'])
    t.match(
      [
        total(closes ?? [], (close) => (close.direction === direction ? close.sentBytes : 0)),
        total(closes ?? [], (close) => (close.direction === direction ? close.receivedBytes : 0)),
      ],
      [count, count],
      `bytes ${direction}`,
    )
  t.ok(events.length < count / 2, `${events.length} events for ${count} connections`)
  t.strictSame(ofKind(events, 'gap'), [])

  let metrics = ''
  await until('the workload’s series', async () => {
    metrics = await (await fetch(site.collectorMetricsUrl)).text()
    return metrics.includes(`workload="${id}"`)
  })
  const sum = (line: RegExp): number =>
    total([...metrics.matchAll(line)], ([, value]) => Number(value))
  t.equal(sum(/^mayfly_connections_total\{[^}]*direction="outbound"[^}]*\} (\d+)/gm), count)
  t.equal(sum(/^mayfly_connections_total\{[^}]*direction="inbound"[^}]*\} (\d+)/gm), count)
  t.equal(sum(/^mayfly_connection_sent_bytes_total\{[^}]*\} (\d+)/gm), 2 * count)
  t.equal(sum(/^mayfly_connect_latency_seconds_count\{[^}]*\} (\d+)/gm), count)
})

t.test('what goes on shows while it does', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const site = await bed(t)
  const box = new SocketProgram(t, compileProgram('sockets', site.dir))
  const port = await box.run('listen l 127.0.0.1 0')
  await box.run(`connect c 127.0.0.1 ${port}`)
  await box.run('accept s l')
  await box.run('send c 500')
  await box.run('receive s 500')
  await site.startAgent(['--host', 'on'])
  const its = async (): Promise<readonly TimelineConnection[]> => {
    const events = await site.events({ container: 'host', kind: 'connect,accept,close,listen' })
    return events.filter(
      (event): event is TimelineConnection => 'process' in event && event.process?.pid === box.pid,
    )
  }
  await until('what was there before', async () => (await its()).length === 3)
  t.ok((await its()).every(({ snapshot }) => snapshot))
  await until('its bytes', async () => connections(await its(), 'close').length === 2, 45_000)
  const ongoing = connections(await its(), 'close')
  t.ok(ongoing.every((close) => close.ongoing === true))
  await box.run('send c 11')
  await box.run('receive s 11')
  await box.run('close c')
  await box.run('close s')
  await until('its end', async () => connections(await its(), 'close').length === 4)
  const closes = connections(await its(), 'close')
  for (const direction of ['inbound', 'outbound'])
    t.strictSame(
      closes
        .filter((close) => close.direction === direction)
        .map(({ sentBytes, receivedBytes, ongoing }) => [sentBytes, receivedBytes, ongoing]),
      direction === 'outbound'
        ? [
            [500, 0, true],
            [11, 0, false],
          ]
        : [
            [0, 500, true],
            [0, 11, false],
          ],
    )
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
