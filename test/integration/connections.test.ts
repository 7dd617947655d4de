/**
 * Whom containers talked to, with real ones: Debian's curl, nginx and dnsmasq in networks of their own, held against what nginx and
 * dnsmasq wrote down themselves.
 */
import t from 'tap'
import type { TimelineDns, WhoAnswer, WhoRow } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { bed, connections, counted, ofKind, total } from '#test/fixtures/connections.ts'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram, runMayfly, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork, redirect } from '#test/fixtures/network.ts'
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
const refusedCount = 2_000

/** What a row of `who` is about, and how often each outcome was; without outcomes, how often it was. */
const subjectOf = (row: WhoRow): string => {
  if (row.kind === 'exec') return 'executed'
  if (row.kind === 'dns') return `asked ${row.name}`
  const { direction, transport, peer, port } = row
  return `${direction} ${transport} ${peer.address}:${port} ${peer.name}`.trim()
}
const amounts = (rows: readonly WhoRow[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const row of rows) {
    const outcomes = Object.entries(row.kind === 'exec' ? {} : row.outcomes)
    for (const [outcome, count] of outcomes.length > 0 ? outcomes : [['', row.count] as const]) {
      const what = `${row.exe} ${subjectOf(row)} ${outcome}`.trim()
      counts[what] = (counts[what] ?? 0) + count
    }
  }
  return counts
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

      // Once is enough: the questions are the same.
      if (translated) return
      await t.test('who talked to whom, asked in every way', async (t) => {
        // Other tests run beside this one, and the agent sees their containers too.
        const isOwn = ({ last }: WhoRow): boolean =>
          last.containerId === id || last.containerId === web.containerId
        const who = async (
          subject: Readonly<Record<string, string>>,
        ): Promise<readonly WhoRow[]> => {
          const response = await fetch(`${site.url}/api/v1/who?${new URLSearchParams(subject)}`)
          return ((await response.json()) as WhoAnswer).rows.filter(isOwn)
        }
        const [curl, nginx] = ['/usr/bin/curl', '/usr/sbin/nginx']
        const { client: own, server: peer } = hosts
        const toWeb = {
          [`${curl} outbound tcp ${peer.ipv4}:80 web.test established`]: requestCount,
        }
        const toAlias = {
          [`${curl} outbound tcp ${peer.ipv4}:80 www.test established`]: lookupCount,
        }
        const toClosed = {
          [`${curl} outbound tcp ${peer.ipv4}:81 web.test refused`]: refusedCount,
        }
        const served = { [`${nginx} inbound tcp ${own.ipv4}:80`]: expected }
        const ofServer = await who({ ip: peer.ipv4 })
        t.strictSame(amounts(ofServer), { ...toWeb, ...toAlias, ...toClosed }, 'by ip')
        t.equal(counted(ofServer), expected + refusedCount)
        const args = ['who', '--collector', site.url, '-o', 'jsonl', '--ip', peer.ipv4]
        const { output } = await runMayfly([...args, '--port', '80', '--exe', 'curl'])
        const shown = output.trimEnd().split('\n')
        const shownOwn = shown.map((line) => JSON.parse(line) as WhoRow).filter(isOwn)
        t.strictSame(amounts(shownOwn), { ...toWeb, ...toAlias })
        t.strictSame(amounts(await who({ ip: own.ipv4 })), served, 'by ip of the client')
        t.strictSame(
          amounts(
            (await who({ cidr: '10.77.0.0/24' })).filter(
              (row) => !('port' in row && row.port === 53),
            ),
          ),
          { ...toWeb, ...toAlias, ...toClosed, ...served },
          'by cidr',
        )
        t.strictSame(await who({ cidr: '10.78.0.0/16' }), [])
        t.strictSame(
          amounts(await who({ port: '80' })),
          { ...toWeb, ...toAlias, ...served },
          'by port',
        )
        t.strictSame(amounts(await who({ port: '81' })), toClosed)
        t.strictSame(
          amounts(await who({ exe: curl })),
          { [`${curl} executed`]: lookupCount + 3 },
          'by exe',
        )
        t.strictSame(amounts(await who({ exe: 'nginx', port: '80' })), served)
        t.strictSame(amounts(await who({ exe: 'wget' })), {})
        t.strictSame(
          amounts(await who({ domain: 'www.test' })),
          {
            ...toAlias,
            [`${curl} asked www.test NOERROR`]:
              dns.queries('www.test', 'A') + dns.queries('www.test', 'AAAA'),
          },
          'by domain',
        )
        t.strictSame(
          amounts((await who({ domain: 'web.test' })).filter(({ kind }) => kind === 'connection')),
          { ...toWeb, ...toClosed },
        )
        const row = ofServer.find(
          (one) => one.kind === 'connection' && one.peer.name === 'www.test',
        )
        const times = [...connects, ...closes]
          .filter(({ peer }) => peer?.name === 'www.test')
          .map(({ time }) => time)
          .toSorted()
        t.match(row, {
          firstSeen: times[0],
          lastSeen: times.at(-1),
          last: { containerId: id, node: 'node-1' },
          containers: 1,
          nodes: 1,
        })
      })
    },
  )

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
  const workload = `namespace="",workload="${id}",workload_type="container"`
  const series = metrics.split('\n').filter((line) => line.startsWith('mayfly_connections_total{'))
  t.strictSame(series.filter((line) => !line.endsWith(' 0')).toSorted(), [
    `mayfly_connections_total{${workload},direction="inbound",transport="tcp",outcome="established"} ${count}`,
    `mayfly_connections_total{${workload},direction="outbound",transport="tcp",outcome="established"} ${count}`,
  ])
  t.equal(sum(/^mayfly_connection_sent_bytes_total\{[^}]*\} (\d+)/gm), 2 * count)
  t.equal(sum(/^mayfly_connect_latency_seconds_count\{[^}]*\} (\d+)/gm), count)
})
