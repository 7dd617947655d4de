/** The agent's own metrics: what it captured, lost, filtered, keeps and sends, and what it costs. */

import type { MetricReaders, MetricRegistry } from '#base/metric-table.ts'
import { type MetricTable, registerMetrics } from '#base/metric-table.ts'
import { processMetricReaders, processMetricTable } from '#base/process-metrics.ts'
import { packetStates } from './sources/ebpf/probe-maps.ts'
import { recordKinds, untrackedNames } from './sources/ebpf/record-layout.ts'
import { lossReasons } from './spool/segment-list.ts'
import { socketMemories } from './tracker/socket-events.ts'
import { capturedKinds } from './tracker/tracker.ts'

const kind = { help: 'kind of event', values: capturedKinds } as const

export const agentMetricTable = {
  buildInfo: {
    type: 'gauge',
    name: 'mayfly_agent_build_info',
    help: 'Always 1; the labels say what runs.',
    labels: {
      version: { help: 'version of Mayfly', atMost: 1 },
      node: { help: 'name of the node', atMost: 1 },
    },
  },
  source: {
    type: 'gauge',
    name: 'mayfly_agent_source_up',
    help: '1 for the source that captures now, 0 for the others.',
    labels: { source: { help: 'capture path', values: ['ebpf', 'procfs'] } },
  },
  captured: {
    type: 'counter',
    name: 'mayfly_agent_events_captured_total',
    help: 'Events the source saw, those that the ring had no room for included.',
    labels: { kind },
  },
  filtered: {
    type: 'counter',
    name: 'mayfly_agent_events_filtered_total',
    help: 'Events left out on purpose: the host, when it is off, and the canary.',
    labels: { kind },
  },
  lost: {
    type: 'counter',
    name: 'mayfly_agent_events_lost_total',
    help: 'Events that the kernel ring had no room for; each is counted in a gap.',
    labels: { kind },
  },
  lostRecords: {
    type: 'counter',
    name: 'mayfly_agent_records_lost_total',
    help: 'Lineage records that the ring had no room for: no event is missing, but a creator or a container may be unknown.',
    labels: { kind: { help: 'kind of record', values: ['fork', 'cgroup'] } },
  },
  decodeErrors: {
    type: 'counter',
    name: 'mayfly_agent_decode_errors_total',
    help: 'Ring records that could not be decoded; each becomes a gap of unknown kind.',
  },
  kernelAttempts: {
    type: 'counter',
    name: 'mayfly_agent_kernel_records_total',
    help: 'Records the probe tried to write since it was attached, by its own count, across restarts of the agent.',
    labels: { kind: { help: 'kind of record', values: recordKinds } },
  },
  kernelUnaccounted: {
    type: 'counter',
    name: 'mayfly_agent_kernel_records_unaccounted_total',
    help: 'Records that the probe counted and that were neither read nor counted as dropped; anything but 0 is a fault of Mayfly.',
  },
  lossIntentFailures: {
    type: 'counter',
    name: 'mayfly_agent_loss_intent_failures_total',
    help: 'Reports of losses that the next agent would repeat if this one was killed at that moment, as its disk took no note.',
  },
  untracked: {
    type: 'counter',
    name: 'mayfly_agent_kernel_untracked_total',
    help: 'What the probe’s maps had no room for. Sockets, listeners and datagram_sockets: their events come without owner. Flows, and the packets in them: no event, but a gap. stale: places of sockets whose end was missed.',
    labels: { what: { help: 'what was not tracked', values: untrackedNames } },
  },
  packetCapture: {
    type: 'gauge',
    name: 'mayfly_agent_packet_capture',
    help: '1 for whether UDP and DNS are captured: on, off by flag, or refused by the kernel; absent with procfs.',
    labels: { state: { help: 'which of these', values: packetStates } },
  },
  connectionsMerged: {
    type: 'counter',
    name: 'mayfly_agent_connections_merged_total',
    help: 'Events of connections that travelled as part of an identical one’s count.',
  },
  dnsIgnored: {
    type: 'counter',
    name: 'mayfly_agent_dns_messages_ignored_total',
    help: 'DNS messages that became no event: not to be read, a reply like one before, or an unanswered query of a flood that both limits had no room for.',
    labels: {
      reason: { help: 'why', values: ['malformed', 'duplicate', 'lost'] },
    },
  },
  socketMemoryEvicted: {
    type: 'counter',
    name: 'mayfly_agent_socket_memory_evicted_total',
    help: 'What the agent forgot of sockets and names for want of room. ended_processes and told_bytes forget what is old all the time. listening_ports: a direction may be wrong; answered_names: a connection is without its name; dns_queries: told as unanswered early; dns_replies: a duplicate may be told; dns_answers: replies that were cut, by their server or by a limit.',
    labels: { what: { help: 'which memory', values: socketMemories } },
  },
  ringBytes: {
    type: 'gauge',
    name: 'mayfly_agent_ring_bytes',
    help: 'The kernel ring: not yet read, read but not yet safe in the spool, and its size.',
    labels: { part: { help: 'which of these', values: ['unread', 'held', 'size'] } },
  },
  spoolLost: {
    type: 'counter',
    name: 'mayfly_agent_spool_lost_events_total',
    help: 'Events that the spool gave up for a gap.',
    labels: { reason: { help: 'reason of the gap', values: lossReasons } },
  },
  spoolPending: {
    type: 'gauge',
    name: 'mayfly_agent_spool_pending_events',
    help: 'Events not yet acknowledged by the collector.',
  },
  spoolBytes: {
    type: 'gauge',
    name: 'mayfly_agent_spool_bytes',
    help: 'Bytes the spool holds.',
    labels: { place: { help: 'where', values: ['disk', 'memory'] } },
  },
  spoolOnDisk: {
    type: 'gauge',
    name: 'mayfly_agent_spool_on_disk',
    help: '1 while the spool survives the agent; 0 while it is only in memory.',
  },
  lastSeq: {
    type: 'gauge',
    name: 'mayfly_agent_last_seq',
    help: 'Last sequence number given out in the current epoch.',
  },
  ackedSeq: {
    type: 'gauge',
    name: 'mayfly_agent_acked_seq',
    help: 'Last sequence number of the current epoch that the collector has stored.',
  },
  sentEvents: {
    type: 'counter',
    name: 'mayfly_agent_events_sent_total',
    help: 'Events sent, repeats after a reconnect included.',
  },
  sentBytes: {
    type: 'counter',
    name: 'mayfly_agent_sent_bytes_total',
    help: 'Bytes of batches on the wire.',
  },
  deliveryLatency: {
    type: 'histogram',
    name: 'mayfly_agent_delivery_latency_seconds',
    help: 'From the last event of a batch to its acknowledgement, that is, to its being stored and synced.',
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
  },
  connected: {
    type: 'gauge',
    name: 'mayfly_agent_connected',
    help: '1 while the collector has welcomed this agent.',
  },
  backlogEpochs: {
    type: 'gauge',
    name: 'mayfly_agent_backlog_epochs',
    help: 'Epochs of earlier outages or runs that are delivered beside the current one.',
  },
  storeFailing: {
    type: 'gauge',
    name: 'mayfly_agent_collector_store_failing',
    help: '1 while the collector says that its store takes nothing: events wait in the spool.',
  },
  reconnects: {
    type: 'counter',
    name: 'mayfly_agent_reconnects_total',
    help: 'Connections to the collector that were begun after the first.',
  },
  canaryAge: {
    type: 'gauge',
    name: 'mayfly_agent_canary_age_seconds',
    help: 'Time since the agent last saw its own test process through eBPF; absent with procfs.',
  },
  processes: {
    type: 'gauge',
    name: 'mayfly_agent_live_processes',
    help: 'Processes the tracker remembers as alive.',
  },
  processesEvicted: {
    type: 'counter',
    name: 'mayfly_agent_live_processes_evicted_total',
    help: 'Processes forgotten while alive because the table was full.',
  },
  exits: {
    type: 'counter',
    name: 'mayfly_agent_irregular_exits_total',
    help: 'Exits without a known process, and processes gone without an exit.',
    labels: { what: { help: 'which of both', values: ['unknown_process', 'missed_exit'] } },
  },
  containers: {
    type: 'gauge',
    name: 'mayfly_agent_containers',
    help: 'Containers whose names are remembered, the dead included.',
  },
  containersWaiting: {
    type: 'gauge',
    name: 'mayfly_agent_containers_waiting_for_names',
    help: 'Containers that only the kubelet can name, and has not yet.',
  },
  kubeletAsks: {
    type: 'counter',
    name: 'mayfly_agent_kubelet_requests_total',
    help: 'Pod lists asked of the kubelet.',
    labels: { result: { help: 'how it went', values: ['ok', 'failed'] } },
  },
  kubeletInsecure: {
    type: 'gauge',
    name: 'mayfly_agent_kubelet_insecure_tls',
    help: '1 when the kubelet’s certificate is not verified, by flag.',
  },
  fileHashes: {
    type: 'counter',
    name: 'mayfly_agent_file_hashes_total',
    help: 'Executables by what became of their hash.',
    labels: { state: { help: 'outcome', values: ['hashed', 'missed', 'skipped'] } },
  },
  redactions: {
    type: 'counter',
    name: 'mayfly_agent_redactions_total',
    help: 'Secrets replaced in arguments.',
  },
  drainFailures: {
    type: 'counter',
    name: 'mayfly_agent_drain_failures_total',
    help: 'Drains that threw and were taken up again.',
  },
  scans: {
    type: 'counter',
    name: 'mayfly_agent_procfs_scans_total',
    help: 'Scans of /proc as the only source.',
  },
  procfsSockets: {
    type: 'gauge',
    name: 'mayfly_agent_procfs_sockets',
    help: 'Sockets that the scan of /proc/net remembers.',
  },
  procfsSocketsIncomplete: {
    type: 'counter',
    name: 'mayfly_agent_procfs_sockets_incomplete_total',
    help: 'What a look at /proc/net could not take in: sockets beyond the limit, sockets whose process was not found, tables that were cut, lines that made no sense.',
    labels: { what: { help: 'which of these', values: ['refused', 'unowned', 'tables', 'lines'] } },
  },
  restricted: {
    type: 'gauge',
    name: 'mayfly_agent_procfs_restricted_processes',
    help: 'Processes that this agent may not look into for want of permission.',
  },
  ...processMetricTable,
} as const satisfies MetricTable

/** Makes the agent's metrics; everything but the latency histogram is read where it is kept. */
export const createAgentMetrics = (
  registry: MetricRegistry,
  readers: MetricReaders<typeof agentMetricTable>,
) => registerMetrics(agentMetricTable, registry, { ...processMetricReaders, ...readers })
