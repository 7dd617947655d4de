/** What connections.ts lets its watchers watch: four workloads between two test hosts over a bridge. */
import type { TimelineEvent } from '#proto/api.ts'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram } from '#test/fixtures/mayfly.ts'
import { type Host, makeNetwork, portIsServed, runIn, startIn } from '#test/fixtures/network.ts'
import type { Teardown } from '#test/fixtures/oci-bundle.ts'
import { bulkShares, type Done, dnsShares, type Shares, stormShares } from './captured.ts'

export interface Workload {
  readonly name: string
  /** What one operation is. */
  readonly unit: 'connection' | 'query' | 'MB' | 'datagram'
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  /** Rejects when a run is not what was asked for: then nothing can be compared. */
  readonly run: () => Promise<Done>
  readonly shares: (events: readonly TimelineEvent[], done: Done) => Shares
}

export interface WorkloadSizes {
  /** Connections of the storm, queries of the DNS storm. */
  readonly count: number
  /** Connections and queries per second; 0 for as fast as it goes. */
  readonly rate: number
  readonly bulkMegabytes: number
}

/** Payload of a datagram that fits one Ethernet frame, with room for IPv6. */
const datagramBytes = 1400
const domain = 'storm.example.test'
const ports = { storm: 7001, bulkTcp: 7002, bulkUdp: 7003, dns: 53 } as const

/**
 * Turns connection tracking on for all watchers alike: it works only where a rule asks for it, as kube-proxy's do on every node. What has
 * ended is forgotten after a second: a flow whose ports are still in the table would not be a new one, and the table has a limit.
 */
const trackConnections = async (host: Host): Promise<void> => {
  const rules = `
    add table ip tracking
    add chain ip tracking output { type filter hook output priority 0; }
    add rule ip tracking output ct state new counter`
  const timeouts = [
    'tcp_timeout_time_wait',
    'tcp_timeout_close',
    'udp_timeout',
    'udp_timeout_stream',
  ]
  const settings = timeouts.map((name) => `net.netfilter.nf_conntrack_${name}=1`)
  for (const [file, ...args] of [
    ['nft', rules],
    ['sysctl', '-qw', ...settings],
  ] as const) {
    const { exitCode, stderr } = await runIn(host, file, args)
    if (exitCode !== 0) throw new Error(`${file}: ${stderr}`)
  }
}

/** Starts a server of `answer` that outlives any pause between two runs. */
const serve = async (
  t: Teardown,
  host: Host,
  program: string,
  port: number,
  options: readonly string[],
): Promise<void> => {
  const args = ['-i', '3600000', ...options, '0.0.0.0', String(port)]
  const transport = options.includes('-u') ? 'udp' : 'tcp'
  await portIsServed(host, transport, port, startIn(t, host, program, args))
}

/** Runs dial or ask; its figures must have the expected ones among them. */
const runClient = async (
  host: Host,
  program: string,
  args: readonly string[],
  expected: Readonly<Record<string, number>>,
): Promise<Omit<Done, 'operations'>> => {
  const { exitCode, stdout, stderr } = await runIn(host, program, args, 600_000)
  const figures = exitCode === 0 ? (JSON.parse(stdout) as Record<string, number>) : {}
  if (Object.entries(expected).some(([name, value]) => figures[name] !== value)) {
    throw new Error(
      `${program} ${args.join(' ')} is not ${JSON.stringify(expected)}: ${stdout}${stderr}`,
    )
  }
  const { sent, bytesSent, received, bytesReceived, ns = 0 } = figures
  return {
    sentBytes: bytesSent ?? sent ?? 0,
    receivedBytes: bytesReceived ?? received ?? 0,
    durationMs: ns / 1e6,
  }
}

/** Starts the servers, which end with the teardown, and returns the workloads and the host that they run in. */
export const startWorkloads = async (
  t: Teardown,
  dir: string,
  { count, rate, bulkMegabytes }: WorkloadSizes,
): Promise<{ readonly client: Host; readonly workloads: readonly Workload[] }> => {
  const { client, server } = makeNetwork(t, { hosts: ['client', 'server'] }).hosts
  await trackConnections(client)
  const [dial, ask] = [compileProgram('dial', dir), compileProgram('ask', dir)]
  const answer = compileProgram('answer', dir)

  const bulkBytes = bulkMegabytes * 1_000_000
  const datagrams = Math.ceil(bulkBytes / datagramBytes)
  await serve(t, server, answer, ports.storm, [])
  await serve(t, server, answer, ports.bulkTcp, ['-r', String(bulkBytes)])
  await serve(t, server, answer, ports.bulkUdp, ['-u', '-s', '0'])
  const records = { wildcards: { [domain]: '192.0.2.1' } }
  await startDnsServer(t, server, { records, port: ports.dns })

  const to = (port: number, times: number) => [server.ipv4, String(port), String(times)]
  const at = (port: number) => ({ address: server.ipv4, port })
  const pace = ['-p', String(rate)]
  const storm: Workload = {
    ...{ name: 'connection storm', unit: 'connection', transport: 'tcp', port: ports.storm },
    run: async () => {
      const args = [...pace, ...to(ports.storm, count)]
      const done = await runClient(client, dial, args, { connected: count, cut: 0 })
      return { operations: count, ...done }
    },
    shares: (events, done) => stormShares(events, at(ports.storm), done),
  }
  const dnsStorm: Workload = {
    ...{ name: 'DNS storm', unit: 'query', transport: 'udp', port: ports.dns },
    run: async () => {
      const args = [...pace, '-d', domain, '-w', '5000', 'dns', ...to(ports.dns, count)]
      const done = await runClient(client, ask, args, { sent: count, answered: count })
      return { operations: count, ...done }
    },
    shares: (events, done) => dnsShares(events, domain, done),
  }
  const bulkTcp: Workload = {
    ...{ name: 'bulk TCP', unit: 'MB', transport: 'tcp', port: ports.bulkTcp },
    run: async () => {
      const args = ['-s', String(bulkBytes), ...to(ports.bulkTcp, 1)]
      const done = await runClient(client, dial, args, { connected: 1, cut: 0, sent: bulkBytes })
      return { operations: bulkMegabytes, ...done }
    },
    shares: (events, done) => bulkShares(events, at(ports.bulkTcp), done, 'tcp'),
  }
  const bulkUdp: Workload = {
    ...{ name: 'bulk UDP', unit: 'datagram', transport: 'udp', port: ports.bulkUdp },
    run: async () => {
      const size = ['-k', 'one', '-w', '0', '-s', String(datagramBytes)]
      const args = [...size, 'datagrams', ...to(ports.bulkUdp, datagrams)]
      const done = await runClient(client, ask, args, { sent: datagrams })
      return { operations: datagrams, ...done }
    },
    shares: (events, done) => bulkShares(events, at(ports.bulkUdp), done, 'udp'),
  }
  return { client, workloads: [storm, dnsStorm, bulkTcp, bulkUdp] }
}
