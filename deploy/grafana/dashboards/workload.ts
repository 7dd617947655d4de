/** What does one workload do: what it starts, how that ends, whom it talks to, and what was found in it? */
import type { Dashboard } from '../dashboard.ts'

const here = 'namespace="$namespace",workload="$workload"'

export const workload: Dashboard = {
  uid: 'mayfly-workload',
  title: 'Workload',
  description:
    'What does one workload do: what it starts, how that ends, whom it talks to, and what was found in it?',
  choice: 'workload',
  panels: [
    {
      kind: 'stat',
      title: 'Programs started',
      description: 'Programs executed in the range.',
      unit: 'short',
      width: 6,
      queries: [
        { expr: `sum(increase(mayfly_process_execs_total{${here}}[$__range]))`, legend: 'started' },
      ],
    },
    {
      kind: 'stat',
      title: 'Processes that failed',
      description:
        'Processes that ended with another exit code than 0 or by a signal, in the range.',
      unit: 'short',
      width: 6,
      queries: [
        {
          expr: `sum(increase(mayfly_process_exits_total{${here},outcome=~"error|signal"}[$__range]))`,
          legend: 'failed',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Connections that failed',
      description:
        'Outbound TCP connections that were refused, reset, timed out, unreachable or given up, in the range.',
      unit: 'short',
      width: 6,
      queries: [
        {
          expr: `sum(increase(mayfly_connections_total{${here},direction="outbound",outcome=~"refused|reset|timeout|unreachable|aborted"}[$__range]))`,
          legend: 'failed',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Open findings',
      description: 'Open findings of this workload, by severity.',
      unit: 'none',
      width: 6,
      alarmFrom: 1,
      queries: [
        {
          expr: `count by (severity) (mayfly_finding_last_detected_timestamp_seconds{${here}})`,
          legend: '{{severity}}',
        },
      ],
      emptyByDesign: 'Nothing is shown for a workload without open findings.',
    },
    {
      kind: 'timeseries',
      title: 'Programs started, over time',
      description: 'Programs executed per second.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (namespace, workload) (rate(mayfly_process_execs_total{${here}}[$__rate_interval]))`,
          legend: '{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'Processes ended, by outcome',
      description:
        'ok is exit code 0, error another one; signal means killed, for want of memory too.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (outcome) (rate(mayfly_process_exits_total{${here}}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Connections opened, by outcome',
      description:
        'How tries of this workload ended, per second. UDP flows have the outcome unknown.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (transport, outcome) (rate(mayfly_connections_total{${here},direction="outbound"}[$__rate_interval]))`,
          legend: '{{transport}} {{outcome}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Connections accepted',
      description: 'Connections that peers opened to this workload, per second.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (transport) (rate(mayfly_connections_total{${here},direction="inbound"}[$__rate_interval]))`,
          legend: '{{transport}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Bytes',
      description: 'Payload sent and received per second, by who opened the connection.',
      unit: 'Bps',
      queries: [
        {
          expr: `sum by (direction) (rate(mayfly_connection_sent_bytes_total{${here}}[$__rate_interval]))`,
          legend: 'sent, {{direction}}',
        },
        {
          expr: `sum by (direction) (rate(mayfly_connection_received_bytes_total{${here}}[$__rate_interval]))`,
          legend: 'received, {{direction}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'DNS lookups, by answer',
      description: 'Names asked for per second; unanswered after 5 s without a reply.',
      unit: 'eps',
      queries: [
        {
          expr: `sum by (rcode) (rate(mayfly_dns_lookups_total{${here}}[$__rate_interval]))`,
          legend: '{{rcode}}',
        },
      ],
    },
    {
      kind: 'table',
      title: 'Findings',
      description: 'Open findings of this workload by rule, and when each was last judged.',
      unit: 'dateTimeFromNow',
      queries: [
        {
          expr: `topk(50, max by (namespace, workload, rule, severity, late) (mayfly_finding_last_detected_timestamp_seconds{${here}})) * 1000`,
          legend: '{{rule}}',
        },
      ],
      drillDown: 'finding',
      emptyByDesign: 'Nothing is shown for a workload without open findings.',
    },
  ],
}
