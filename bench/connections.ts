/**
 * Connections: what share of a connection storm, a DNS storm and of bulk traffic is recorded, what the agent costs, and how much it slows
 * them down; in the same run the same workloads watched by conntrack and by bpftrace, where they are installed.
 *
 *   npm run bench -- connections [--count 3000] [--pairs 12] [--rate 0] [--megabytes 500]
 */
import { Site } from '#test/fixtures/mayfly.ts'
import type { Host } from '#test/fixtures/network.ts'
import { startWorkloads, type WorkloadSizes } from './connection-workloads.ts'
import { delivered } from './delivered.ts'
import { measurePairs, type Result, type Watcher, type Watching } from './pairs.ts'
import { bpftraceCommand, type Rival, startRival } from './rival.ts'
import { differenceText, percent, slowdownText } from './text.ts'
import { stepAside } from './watched-process.ts'

export interface ConnectionsOptions extends WorkloadSizes {
  /** Runs with and without each watcher. */
  readonly pairs: number
}

/** The agent, with the host recorded: the programs of the workloads are no containers. */
const mayfly = (site: Site): Watcher => ({
  name: 'Mayfly agent, delivered and stored',
  start: async (): Promise<Watching> => {
    const agent = await site.startAgent()
    let since = new Date()
    return {
      pid: agent.child.pid ?? 0,
      begin: () => {
        since = new Date()
      },
      settle: () => delivered(site),
      shares: async (workload, done) => {
        const kind = 'connect,accept,close,dns'
        return workload.shares(await site.events({ kind, since: since.toISOString() }), done)
      },
      stop: async () => {
        await agent.stop()
        await site.detach()
      },
    }
  },
})

interface ConnectionRival extends Rival {
  /** Whether it watches that transport at all. */
  readonly watches: (transport: 'tcp' | 'udp') => boolean
  /** How many connections (UDP: flows) to a port it has told of. */
  readonly told: (output: string, port: number) => number
}

/** The transitions that Mayfly makes events of: the end of a connect (from SYN_SENT 2), an accept (SYN_RECV 3 to ESTABLISHED 1), a close (to 7). */
const bpftraceScript = `tracepoint:sock:inet_sock_set_state
  /args->protocol == 6 && (args->oldstate == 2 || args->oldstate == 3 || args->newstate == 7)/ {
  printf("%d>%d %s %d %s:%d %s:%d\\n", args->oldstate, args->newstate, comm, pid,
    ntop(args->family, args->saddr), args->sport, ntop(args->family, args->daddr), args->dport);
}`

const rivals = (client: Host): readonly ConnectionRival[] => [
  {
    name: 'conntrack -E',
    program: 'conntrack',
    // With a buffer that a burst does not overrun. What it still lacks are flows whose ports were used a moment before.
    command: ['nsenter', `--net=${client.namespacePath}`, 'conntrack', '-E', '-b', '16777216'],
    watches: () => true,
    told: (output, port) =>
      output.match(new RegExp(`^ *\\[NEW\\].*? dport=${port} \\[UNREPLIED\\]`, 'gm'))?.length ?? 0,
  },
  {
    name: 'bpftrace printing transitions',
    program: 'bpftrace',
    command: bpftraceCommand(bpftraceScript),
    watches: (transport) => transport === 'tcp',
    told: (output, port) => output.match(new RegExp(`^2>1 .*:${port}$`, 'gm'))?.length ?? 0,
  },
]

const watcherOf = (rival: ConnectionRival): Watcher => ({
  name: rival.name,
  start: async () => {
    const running = await startRival(rival)
    if (running === undefined) return undefined
    let toldBefore = 0
    return {
      pid: running.pid,
      begin: () => {
        toldBefore = running.output().length
      },
      settle: async () => {},
      shares: async ({ transport, port, unit }, { operations }) => {
        if (!rival.watches(transport)) return undefined
        const expected = unit === 'connection' || unit === 'query' ? operations : 1
        const told = rival.told(running.output().slice(toldBefore), port)
        return { connections: told / expected }
      },
      stop: async () => void (await running.stop()),
    }
  },
})

const row = ({ workload, watcher, shares, cpuMsPer1000, rssBytes, slowdown, costUs }: Result) => {
  const captured = Object.entries(shares).map(([what, share]) => `${what} ${percent(share)}`)
  const cells = [
    `${workload.name}, per ${workload.unit}`,
    watcher,
    captured.join(', ') || 'not watched',
    `${cpuMsPer1000.toFixed(1)} ms`,
    `${(rssBytes / 1e6).toFixed(0)} MB`,
    slowdownText(slowdown),
    differenceText(costUs, 'µs'),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Runs everything and returns lines of a Markdown table. */
export const benchConnections = async (options: ConnectionsOptions): Promise<readonly string[]> => {
  const teardowns: (() => unknown)[] = []
  const t = { teardown: (action: () => unknown) => void teardowns.unshift(action) }
  try {
    const site = await Site.make({ agent: ['--host', 'on'] })
    t.teardown(() => site.close())
    const { client, workloads } = await startWorkloads(t, site.dir, options)
    const collector = await site.startCollector()
    await stepAside(collector.child.pid ?? 0)
    const watchers = [mayfly(site), ...rivals(client).map(watcherOf)]
    const results: Result[] = []
    for (const watcher of watchers) {
      results.push(...(await measurePairs(watcher, workloads, options.pairs)))
    }
    const byWorkload = workloads.flatMap((workload) =>
      results.filter((result) => result.workload === workload),
    )
    return [
      '| workload | who | captured | CPU per 1,000 | RSS | slow-down (95 %) | cost of each (95 %) |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...byWorkload.map(row),
    ]
  } finally {
    for (const action of teardowns) await action()
  }
}
