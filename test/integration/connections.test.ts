/**
 * Whom containers talked to, with real ones: Debian's curl, nginx and dnsmasq in networks of their own, held against what nginx and
 * dnsmasq wrote down themselves.
 */
import t from 'tap'
import type { TimelineDns, TimelineExec } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { bed, connections, counted, ofKind, total } from '#test/fixtures/connections.ts'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram, runMayfly, until } from '#test/fixtures/mayfly.ts'
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
import { startWebServer, type WebRequest } from '#test/fixtures/web-server.ts'

const requestCount = 2_000
const lookupCount = 20
const refusedCount = 50

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
