/** Where each of the agent's metrics is read when Prometheus scrapes. */
import type { MetricReaders } from '#base/metric-table.ts'
import { version } from '#base/version.ts'
import type { Capture } from './capture.ts'
import type { CaptureLoop } from './capture-loop.ts'
import type { Containers } from './containers/containers.ts'
import type { FileHashes } from './file-hashes.ts'
import type { agentMetricTable } from './metrics.ts'
import { packetStates } from './sources/ebpf/probe-maps.ts'
import type { Spool } from './spool/spool.ts'
import type { Tracker } from './tracker/tracker.ts'
import type { Uplink } from './uplink.ts'

export interface MetricSources {
  readonly node: string
  readonly capture: Capture
  readonly tracker: Tracker
  readonly spool: Spool
  readonly uplink: Uplink
  readonly containers: Containers
  readonly hashes: FileHashes
  readonly loop: CaptureLoop
  readonly kubeletInsecure: boolean
  readonly redactions: () => number
}

/** One reading per key of a record, under the given label. */
const byLabel = (label: string, values: Readonly<Record<string, number>>) =>
  Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }))

export const metricReaders = (sources: MetricSources): MetricReaders<typeof agentMetricTable> => {
  const { capture, tracker, spool, uplink, containers, hashes, loop } = sources
  return {
    buildInfo: () => [{ labels: { version, node: sources.node }, value: 1 }],
    source: () =>
      byLabel('source', {
        ebpf: Number(capture.source.name === 'ebpf'),
        procfs: Number(capture.source.name === 'procfs'),
      }),
    captured: () => byLabel('kind', tracker.counts.captured),
    filtered: () => byLabel('kind', tracker.counts.filtered),
    lost: () => {
      const { fork: _fork, cgroup: _cgroup, ...events } = tracker.counts.lost
      return byLabel('kind', events)
    },
    lostRecords: () => {
      const { fork, cgroup } = tracker.counts.lost
      return byLabel('kind', { fork, cgroup })
    },
    decodeErrors: () => capture.decodeErrors(),
    kernelUnaccounted: () => capture.ebpf?.kernelUnaccounted(),
    lossIntentFailures: () => capture.lossIntentFailures(),
    untracked: () => byLabel('what', capture.ebpf?.untracked() ?? {}),
    packetCapture: () => {
      const state = capture.ebpf?.packets.state
      return state === undefined
        ? []
        : byLabel(
            'state',
            Object.fromEntries(packetStates.map((name) => [name, Number(name === state)])),
          )
    },
    connectionsMerged: () => tracker.counts.sockets.merged,
    dnsIgnored: () => {
      const { malformed, duplicates, lost } = tracker.counts.sockets
      return byLabel('reason', { malformed, duplicate: duplicates, lost })
    },
    socketMemoryEvicted: () => byLabel('what', tracker.counts.evicted),
    ringBytes: () => {
      const { ebpf } = capture
      if (ebpf === undefined) return []
      const { unreadBytes, heldBytes } = ebpf.backlog
      return byLabel('part', { unread: unreadBytes, held: heldBytes, size: ebpf.ringSizeBytes })
    },
    kernelAttempts: () =>
      byLabel(
        'kind',
        Object.fromEntries(
          Object.entries(capture.ebpf?.counts() ?? {}).map(([kind, { attempts }]) => [
            kind,
            attempts,
          ]),
        ),
      ),
    spoolLost: () => byLabel('reason', spool.stats().lostEvents),
    spoolPending: () => spool.stats().pendingEvents,
    spoolBytes: () => {
      const { diskBytes, memoryBytes } = spool.stats()
      return byLabel('place', { disk: diskBytes, memory: memoryBytes })
    },
    spoolOnDisk: () => Number(spool.stats().mode === 'disk'),
    lastSeq: () => spool.lastSeq,
    ackedSeq: () => {
      const current = spool.heads().at(-1)
      return (current?.firstSeq ?? 1) - 1
    },
    sentEvents: () => uplink.stats().sentEvents,
    sentBytes: () => uplink.stats().sentBytes,
    connected: () => Number(uplink.stats().state === 'connected'),
    backlogEpochs: () => uplink.stats().backlogEpochs,
    storeFailing: () => Number(uplink.stats().isStoreFailing),
    reconnects: () => uplink.stats().reconnects,
    canaryAge: () => capture.canaryAgeSeconds(),
    processes: () => tracker.processes.size,
    processesEvicted: () => tracker.processes.evicted,
    exits: () =>
      byLabel('what', {
        unknown_process: tracker.counts.unknownExits,
        missed_exit: tracker.counts.missedExits,
      }),
    containers: () => containers.names.size,
    containersWaiting: () => containers.names.waiting,
    kubeletAsks: () => {
      const status = containers.kubeletStatus
      const failures = status?.failures ?? 0
      return byLabel('result', { ok: (status?.asks ?? 0) - failures, failed: failures })
    },
    kubeletInsecure: () => Number(sources.kubeletInsecure),
    fileHashes: () => {
      const { hashed, missed, skipped } = hashes.counts
      return byLabel('state', { hashed, missed, skipped })
    },
    redactions: () => sources.redactions(),
    drainFailures: () => loop.counts.failures,
    scans: () => capture.procfs?.counts.scans ?? 0,
    procfsSockets: () => capture.procfs?.counts.sockets.known ?? 0,
    procfsSocketsIncomplete: () => {
      const sockets = capture.procfs?.counts.sockets
      return byLabel('what', {
        refused: sockets?.refused ?? 0,
        unowned: sockets?.unowned ?? 0,
        tables: sockets?.tablesCut ?? 0,
        lines: sockets?.malformed ?? 0,
      })
    },
    restricted: () => capture.procfs?.counts.restricted ?? 0,
  }
}
