/** What the collector tells of workloads: declarations for metrics.ts. workload-tally.ts says which event adds to which. */
import type { MetricTable } from '#base/metric-table.ts'
import { connectOutcomes, transports } from '#proto/event.ts'
import {
  cellsOf,
  connectLatencyBuckets,
  directions,
  exitOutcomes,
  lifetimeBuckets,
  lookupOutcomes,
  type WorkloadCounter,
} from './workload-tally.ts'

/** Workloads with series of their own, and `other`. */
export const maxWorkloads = 1_000

const workloadLabels = {
  namespace: { help: 'Kubernetes namespace; empty outside Kubernetes' },
  workload: {
    help: 'controller, plain container or `host`; `other` for Jobs of no CronJob, pods of no controller, and beyond the 1,000 workloads with series of their own',
  },
  workload_type: { help: 'as kubernetes-mixin writes it, `container`, `host` or `other`' },
} as const

const flowLabels = {
  ...workloadLabels,
  direction: { help: 'who opened it: the workload or its peer', values: directions },
  transport: { help: 'protocol', values: transports },
} as const

/** Series of a counter that one workload has. */
const cellsPerWorkload = (counter: WorkloadCounter): number =>
  Object.values(cellsOf)
    .flat()
    .filter((one) => one.counter === counter).length

const ofWorkloads = (counter: WorkloadCounter) => ({
  atMost: (maxWorkloads + 1) * cellsPerWorkload(counter),
})

/** As many namespaces as workloads, if it comes to the worst. */
const ofNamespaces = { labels: { namespace: workloadLabels.namespace }, atMost: maxWorkloads + 1 }

export const workloadMetricTable = {
  execs: {
    type: 'counter',
    ...ofWorkloads('execs'),
    name: 'mayfly_process_execs_total',
    help: 'Programs executed, as stored; without those that ran before Mayfly looked and without container set-up by the runtime.',
    labels: workloadLabels,
  },
  exits: {
    type: 'counter',
    ...ofWorkloads('exits'),
    name: 'mayfly_process_exits_total',
    help: 'Processes that ended, as stored; without container set-up by the runtime.',
    labels: {
      ...workloadLabels,
      outcome: {
        help: 'exit code 0, another exit code, ended by a signal, or not seen',
        values: exitOutcomes,
      },
    },
  },
  processLifetime: {
    type: 'histogram',
    name: 'mayfly_process_lifetime_seconds',
    help: 'From fork to the end of processes that ended, as stored; without container set-up by the runtime and those whose start nobody saw.',
    ...ofNamespaces,
    buckets: lifetimeBuckets,
  },
  containersStarted: {
    type: 'counter',
    ...ofWorkloads('containersStarted'),
    name: 'mayfly_containers_started_total',
    help: 'Containers that began; without those that ran before Mayfly looked, and without pods’ sandboxes where the runtime tells them.',
    labels: workloadLabels,
  },
  containersEnded: {
    type: 'counter',
    ...ofWorkloads('containersEnded'),
    name: 'mayfly_containers_ended_total',
    help: 'Containers that ended, as their cgroup went.',
    labels: workloadLabels,
  },
  containerLifetime: {
    type: 'histogram',
    name: 'mayfly_container_lifetime_seconds',
    help: 'From its first process to the end of its cgroup, of containers that this collector saw begin and end.',
    ...ofNamespaces,
    buckets: lifetimeBuckets,
  },
  connections: {
    type: 'counter',
    ...ofWorkloads('connections'),
    name: 'mayfly_connections_total',
    help: 'TCP connections tried and accepted, and UDP flows begun, as stored; without those that were open before Mayfly looked.',
    labels: {
      ...flowLabels,
      outcome: {
        help: 'how the try ended; accepted ones are established, UDP flows unknown',
        values: connectOutcomes,
      },
    },
  },
  sentBytes: {
    type: 'counter',
    ...ofWorkloads('sentBytes'),
    name: 'mayfly_connection_sent_bytes_total',
    help: 'Payload sent, without retransmits: told at the end of connections, and every 30 s of those that go on.',
    labels: flowLabels,
  },
  receivedBytes: {
    type: 'counter',
    ...ofWorkloads('receivedBytes'),
    name: 'mayfly_connection_received_bytes_total',
    help: 'Payload received, told likewise.',
    labels: flowLabels,
  },
  connectLatency: {
    type: 'histogram',
    name: 'mayfly_connect_latency_seconds',
    help: 'From SYN to established, of outbound TCP connections. Of connections that an agent merged in a flood the longest counts as itself, the others as the mean of the rest.',
    ...ofNamespaces,
    buckets: connectLatencyBuckets,
  },
  lookups: {
    type: 'counter',
    ...ofWorkloads('lookups'),
    name: 'mayfly_dns_lookups_total',
    help: 'Names asked for by DNS over UDP, as stored.',
    labels: {
      ...workloadLabels,
      rcode: {
        help: 'what the server said; `unanswered` after 5 s without a reply',
        values: lookupOutcomes,
      },
    },
  },
} as const satisfies MetricTable
