import t, { type Test } from 'tap'
import { type Capture, openCapture } from '#agent/capture.ts'
import { CaptureLoop } from '#agent/capture-loop.ts'
import { type AgentConfig, agentFields } from '#agent/config.ts'
import { unknownAttribution } from '#agent/containers/cgroup-attribution.ts'
import { Containers } from '#agent/containers/containers.ts'
import { FileHashes } from '#agent/file-hashes.ts'
import { metricReaders } from '#agent/metric-readers.ts'
import { agentMetricTable, createAgentMetrics } from '#agent/metrics.ts'
import { detachEbpf } from '#agent/sources/ebpf/open.ts'
import { Spool } from '#agent/spool/spool.ts'
import { Tracker } from '#agent/tracker/tracker.ts'
import { Uplink } from '#agent/uplink.ts'
import { systemClock } from '#base/clock.ts'
import { readConfig } from '#base/config.ts'
import { silentLog } from '#base/log.ts'
import { createRegistry, type MetricSpec } from '#base/metric-table.ts'
import { processMetricTable } from '#base/process-metrics.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'

const boot = '2f8c5a0e-3b7d-4f61-9d2a-7c40e1b9a356'

/** The real parts of an agent, none of them running. */
const makeParts = (t: Test, config: Partial<AgentConfig>) => {
  const [clock, log] = [systemClock, silentLog]
  const bootNowNs = () => 1e12
  const capture: Capture = openCapture({
    config: { ...readConfig(agentFields, {}, {}), ringSize: 65_536, ...config },
    ...{ clock, log, bootNowNs },
    lastRing: { ringId: 0, ringPosition: 0 },
    onBlind: () => {},
  })
  t.teardown(() => capture.close())
  const tracker = new Tracker({
    containers: {
      attribute: () => unknownAttribution,
      attributePath: () => unknownAttribution,
      cgroupChanged: () => unknownAttribution,
      started: () => {},
      ended: () => {},
    },
    redact: (argv) => ({ argv, redacted: 0 }),
    executableSeen: () => {},
    isCanary: () => false,
    includeHost: true,
    hostMountNamespace: 0,
    processesMax: 100,
    containersMax: 10,
  })
  const spool = Spool.open({ dir: undefined, boot, pid: 1, log, clock })
  t.teardown(() => spool.close())
  const uplink = new Uplink({
    ...{ spool, log, clock },
    url: 'ws://127.0.0.1:1/v1/ingest',
    agent: 'node-1',
    node: 'node-1',
    agentVersion: '1',
    capabilities: [],
    kernel: '6',
    token: () => undefined,
    status: () => ({
      ledger: { captured: 0, filtered: 0, lost: 0, spooled: 0, acked: 0 },
      sources: [],
      kernelUnaccounted: 0,
    }),
  })
  const dir = t.testdir()
  const containers = new Containers({
    ...{ clock, log, hostRoot: dir },
    procRoot: dir,
    cgroupRoot: dir,
    onNames: () => {},
    endsSinceUs: 0,
    onEnd: () => {},
  })
  const hashes = new FileHashes({ procRoot: dir, clock, rootsOf: () => [], hashed: () => {} })
  t.teardown(() => hashes.close())
  const loop = new CaptureLoop({
    ...{ source: capture.source, tracker, sink: spool, clock, bootNowNs, log },
    drainIntervalMs: 25,
    complete: capture.complete,
    drained: () => {},
    beforeCommit: () => {},
    reconcile: () => {},
    covered: () => {},
    eachSecond: () => {},
  })
  const shared = { node: 'node-1', kubeletInsecure: true, redactions: () => 17 }
  const parts = { capture, tracker, spool, uplink, containers, hashes, loop, ...shared }
  return { parts, readers: metricReaders(parts) }
}

/** Series of a scrape by their name and labels; fails on a line that Prometheus could not read. */
const parseScrape = (t: Test, text: string): ReadonlyMap<string, number> => {
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
  for (const line of series)
    t.match(line, /^[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [-+0-9.e]+$/)
  return new Map(
    series.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

const scrape = async (t: Test, readers: ReturnType<typeof metricReaders>) => {
  const registry = createRegistry()
  createAgentMetrics(registry, readers)
  return parseScrape(t, await registry.metrics())
}

t.test('everything but the one histogram is read where it is kept', async (t) => {
  const { readers } = makeParts(t, { source: 'procfs' })
  const own = Object.keys(agentMetricTable).filter(
    (key) => !(key in processMetricTable) && key !== 'deliveryLatency',
  )
  t.strictSame(Object.keys(readers).sort(), own.sort())
})

t.test('no reading carries a label or a value that the table does not list', async (t) => {
  const { readers } = makeParts(t, { source: 'procfs' })
  for (const [key, reader] of Object.entries(readers)) {
    const reading = reader()
    if (typeof reading !== 'object') continue
    const { name, labels = {} }: MetricSpec = agentMetricTable[key as keyof typeof agentMetricTable]
    for (const one of reading) {
      t.strictSame(Object.keys(one.labels).sort(), Object.keys(labels).sort(), name)
      for (const [label, value] of Object.entries(one.labels)) {
        const values = labels[label]?.values
        if (values !== undefined) t.ok(values.includes(value), `${name}: ${value}`)
      }
    }
  }
})

t.test('an agent with /proc shows its numbers, and no ring', async (t) => {
  const { parts, readers } = makeParts(t, { source: 'procfs' })
  parts.capture.source.drain((record) => parts.tracker.record(record), 10_000)
  parts.spool.append({ ringId: 0, ringPosition: 0, events: [namedEvent('a'), namedEvent('b')] })
  const series = await scrape(t, readers)
  const shown = Object.fromEntries(series)
  t.match(shown, {
    'mayfly_agent_source_up{source="ebpf"}': 0,
    'mayfly_agent_source_up{source="procfs"}': 1,
    mayfly_agent_last_seq: 2,
    mayfly_agent_acked_seq: 0,
    mayfly_agent_spool_pending_events: 2,
    mayfly_agent_spool_on_disk: 0,
    mayfly_agent_connected: 0,
    mayfly_agent_reconnects_total: 0,
    mayfly_agent_kubelet_insecure_tls: 1,
    'mayfly_agent_kubelet_requests_total{result="ok"}': 0,
    mayfly_agent_redactions_total: 17,
  })
  t.ok((series.get('mayfly_agent_spool_bytes{place="memory"}') ?? 0) > 0)
  t.ok((series.get('mayfly_agent_procfs_scans_total') ?? 0) > 0, 'it has scanned')
  t.equal(series.get('mayfly_agent_live_processes'), parts.tracker.processes.size)
  const absent = [...series.keys()].filter((key) => /ring_bytes|canary|kernel_records/.test(key))
  t.strictSame(absent, [], 'what does not exist is absent, not 0')
})

t.test('what the memories of sockets had no room for shows by their names', async (t) => {
  const { parts, readers } = makeParts(t, { source: 'procfs' })
  for (let netNamespace = 0; netNamespace <= 16_384; netNamespace += 1)
    parts.tracker.record({
      ...{ kind: 'listen', bootNs: 1, cgroups: [], transport: 'tcp' },
      ...{ local: { address: '::', port: 80 }, netNamespace, snapshot: false, phase: 'started' },
    })
  const evicted = [...(await scrape(t, readers))].filter(([name]) => name.includes('_evicted_'))
  t.strictSame(evicted, [
    ['mayfly_agent_socket_memory_evicted_total{what="ended_processes"}', 0],
    ['mayfly_agent_socket_memory_evicted_total{what="told_bytes"}', 0],
    ['mayfly_agent_socket_memory_evicted_total{what="listening_ports"}', 1],
    ['mayfly_agent_socket_memory_evicted_total{what="answered_names"}', 0],
    ['mayfly_agent_socket_memory_evicted_total{what="dns_queries"}', 0],
    ['mayfly_agent_socket_memory_evicted_total{what="dns_replies"}', 0],
    ['mayfly_agent_socket_memory_evicted_total{what="dns_answers"}', 0],
    ['mayfly_agent_live_processes_evicted_total', 0],
  ])
})

t.test('what the collector has acknowledged moves the acknowledged number', async (t) => {
  const { parts, readers } = makeParts(t, { source: 'procfs' })
  parts.spool.append({ ringId: 0, ringPosition: 0, events: [namedEvent('a'), namedEvent('b')] })
  parts.spool.acked(parts.spool.epoch, 1)
  t.match(Object.fromEntries(await scrape(t, readers)), {
    mayfly_agent_last_seq: 2,
    mayfly_agent_acked_seq: 1,
    mayfly_agent_spool_pending_events: 1,
  })
})

t.test('an agent with eBPF shows its ring and the probe’s own counts', needsBpf, async (t) => {
  const bpffs = mountBpffs(t)
  t.teardown(() => detachEbpf({ bpffsPath: bpffs }))
  const { readers } = makeParts(t, { source: 'ebpf', bpffs })
  const shown = Object.fromEntries(await scrape(t, readers))
  t.match(shown, {
    'mayfly_agent_source_up{source="ebpf"}': 1,
    'mayfly_agent_ring_bytes{part="size"}': 65_536,
    mayfly_agent_decode_errors_total: 0,
    mayfly_agent_procfs_scans_total: 0,
  })
  for (const kind of ['exec', 'exit', 'fork', 'cgroup'])
    t.type(shown[`mayfly_agent_kernel_records_total{kind="${kind}"}`], 'number', kind)
})
