/** Is the whole fleet watched, and where does something happen? The page to begin with. */
import type { Dashboard } from '../dashboard.ts'

const here = 'namespace=~"$namespace"'

export const fleet: Dashboard = {
  uid: 'mayfly-fleet',
  title: 'Fleet overview',
  description:
    'Is every node watched, is anything wrong, and which namespaces and workloads are busy or failing?',
  choice: 'namespaces',
  panels: [
    {
      kind: 'stat',
      title: 'Agents connected',
      description: 'Agents with a session at the collector now.',
      unit: 'none',
      queries: [{ expr: 'sum(mayfly_collector_agents_connected)', legend: 'agents' }],
    },
    {
      kind: 'stat',
      title: 'Nodes without an agent',
      description: 'Nodes of the cluster that nobody watches.',
      unit: 'none',
      alarmFrom: 1,
      queries: [{ expr: 'sum(mayfly_collector_cluster_nodes_without_agent)', legend: 'nodes' }],
      emptyByDesign:
        'Known only to a collector that follows the cluster (collector.context.enabled).',
    },
    {
      kind: 'stat',
      title: 'Agents by source',
      description:
        'procfs means that processes between two looks at /proc are not seen on those nodes.',
      unit: 'none',
      queries: [{ expr: 'sum by (source) (mayfly_collector_agents)', legend: '{{source}}' }],
    },
    {
      kind: 'stat',
      title: 'Events lost silently',
      description:
        'By how much the ledger of captured and stored events does not add up. Anything but 0 is a fault of Mayfly; mayfly audit says where.',
      unit: 'short',
      alarmFrom: 1,
      queries: [
        { expr: 'sum(mayfly_collector_unaccounted_events)', legend: 'unaccounted' },
        { expr: 'sum(mayfly_collector_missing_sequence_numbers)', legend: 'missing numbers' },
      ],
    },
    {
      kind: 'stat',
      title: 'Open findings',
      description:
        'Findings that nobody has acknowledged, resolved or suppressed, of the whole fleet.',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'sum by (severity) (mayfly_findings_open)', legend: '{{severity}}' }],
    },
    {
      kind: 'timeseries',
      title: 'Programs started, by namespace',
      description: 'Programs executed per second, the 20 busiest namespaces.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace) (rate(mayfly_process_execs_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}',
        },
      ],
      drillDown: 'namespace',
    },
    {
      kind: 'timeseries',
      title: 'Processes that failed, by namespace',
      description:
        'Share of the processes that ended which had another exit code than 0 or were killed by a signal.',
      unit: 'percentunit',
      queries: [
        {
          expr: `topk(20, sum by (namespace) (rate(mayfly_process_exits_total{${here},outcome=~"error|signal"}[$__rate_interval])) / sum by (namespace) (rate(mayfly_process_exits_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}',
        },
      ],
      drillDown: 'namespace',
    },
    {
      kind: 'timeseries',
      title: 'Containers started, by namespace',
      description:
        'Containers per second that began, the 20 namespaces with the most: jobs, and what crashes and comes again.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace) (rate(mayfly_containers_started_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}',
        },
      ],
      drillDown: 'namespace',
    },
    {
      kind: 'timeseries',
      title: 'Connections, by outcome',
      description: 'Connections tried and accepted, and UDP flows begun, per second.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (outcome) (rate(mayfly_connections_total{${here}}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Bytes sent, by namespace',
      description:
        'Payload per second without retransmits, told when a connection ends and every 30 s.',
      unit: 'Bps',
      queries: [
        {
          expr: `topk(20, sum by (namespace) (rate(mayfly_connection_sent_bytes_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}',
        },
      ],
      drillDown: 'namespace',
    },
    {
      kind: 'table',
      title: 'Workloads that started the most programs',
      description:
        'Programs executed in the range, the first 20 workloads. A click leads to the workload or its timeline.',
      unit: 'short',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload, workload_type) (increase(mayfly_process_execs_total{${here}}[$__range])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
  ],
}
