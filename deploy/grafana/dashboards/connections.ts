/** Whom workloads talk to is a question for the timeline; how much, how fast and with what success is answered here. */
import type { Dashboard } from '../dashboard.ts'
import { quantile } from './rate.ts'

const here = 'namespace=~"$namespace"'
const failed = 'direction="outbound",outcome=~"refused|reset|timeout|unreachable|aborted"'

const latency = (share: number): string =>
  `topk(20, ${quantile(share, 'mayfly_connect_latency_seconds', 'namespace, le', `{${here}}`)})`

export const connections: Dashboard = {
  uid: 'mayfly-connections',
  title: 'Connections and DNS',
  description:
    'Do connections and lookups succeed, how long do they take, how much flows, and which workload stands out?',
  choice: 'namespaces',
  panels: [
    {
      kind: 'timeseries',
      title: 'Connections, by outcome',
      description: 'Outbound TCP connections per second by how the try ended.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (outcome) (rate(mayfly_connections_total{${here},direction="outbound",transport="tcp"}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Connections, by direction',
      description: 'Connections and UDP flows per second by who opened them.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (direction, transport) (rate(mayfly_connections_total{${here}}[$__rate_interval]))`,
          legend: '{{transport}} {{direction}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Failed connections, by workload',
      description:
        'Outbound connections that were refused, reset, timed out, unreachable or given up, per second, the 20 worst workloads.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_connections_total{${here},${failed}}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'Connections opened, by workload',
      description: 'Outbound connections and flows per second, the 20 busiest workloads.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_connections_total{${here},direction="outbound"}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'Time to connect, median',
      description: 'From SYN to established, outbound TCP, by namespace.',
      unit: 's',
      queries: [{ expr: latency(0.5), legend: '{{namespace}}' }],
      drillDown: 'namespace',
    },
    {
      kind: 'timeseries',
      title: 'Time to connect, slowest of 100',
      description: 'From SYN to established, outbound TCP, by namespace: 99 of 100 are faster.',
      unit: 's',
      queries: [{ expr: latency(0.99), legend: '{{namespace}}' }],
      drillDown: 'namespace',
    },
    {
      kind: 'timeseries',
      title: 'Bytes sent, by workload',
      description: 'Payload per second without retransmits, the 20 workloads that send the most.',
      unit: 'Bps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_connection_sent_bytes_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'Bytes received, by workload',
      description: 'Payload per second, the 20 workloads that receive the most.',
      unit: 'Bps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_connection_received_bytes_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'DNS lookups, by answer',
      description: 'Names asked for over UDP per second; unanswered after 5 s without a reply.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (rcode) (rate(mayfly_dns_lookups_total{${here}}[$__rate_interval]))`,
          legend: '{{rcode}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Lookups without an address, by workload',
      description:
        'Everything but NOERROR per second, the 20 worst workloads. NXDOMAIN is also what search domains in resolv.conf make.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_dns_lookups_total{${here},rcode!="NOERROR"}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'stat',
      title: 'UDP and DNS captured',
      description:
        'Agents by whether they capture UDP and DNS: on, off by flag, or refused by the kernel.',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'sum by (state) (mayfly_agent_packet_capture)', legend: '{{state}}' }],
      emptyByDesign: 'Agents that only sample do not say.',
    },
    {
      kind: 'timeseries',
      title: 'What the probe could not follow',
      description:
        'Sockets, flows and packets that its maps had no room for, per second: their events come without owner, or are a gap.',
      unit: 'eps',
      width: 16,
      queries: [
        {
          expr: 'sum by (what) (rate(mayfly_agent_kernel_untracked_total[$__rate_interval]))',
          legend: '{{what}}',
        },
      ],
    },
  ],
}
