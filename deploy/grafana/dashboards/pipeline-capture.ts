/** Of the pipeline's dashboard: from the kernel to the agents' spools. */
import type { Panel } from '../panel.ts'
import { rate } from './rate.ts'

export const capture: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Events captured',
    description: 'Events that agents saw per second, by kind.',
    unit: 'eps',
    queries: [
      { expr: `sum by (kind) (${rate('mayfly_agent_events_captured_total')})`, legend: '{{kind}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Where events went',
    description:
      'Stored, left out on purpose, without room in the kernel’s ring, given up by spools, or kept aside because they could not be read: events per second.',
    unit: 'eps',
    queries: [
      { expr: `sum(${rate('mayfly_collector_events_stored_total')})`, legend: 'stored' },
      { expr: `sum(${rate('mayfly_agent_events_filtered_total')})`, legend: 'filtered' },
      { expr: `sum(${rate('mayfly_agent_events_lost_total')})`, legend: 'lost in the ring' },
      { expr: `sum(${rate('mayfly_agent_spool_lost_events_total')})`, legend: 'given up' },
      { expr: `sum(${rate('mayfly_collector_events_quarantined_total')})`, legend: 'kept aside' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Given up by spools, by reason',
    description:
      'Events per second that agents’ disks had no room for, or that were too old. Each is in a gap.',
    unit: 'eps',
    queries: [
      {
        expr: `sum by (reason) (${rate('mayfly_agent_spool_lost_events_total')})`,
        legend: '{{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Gaps on the timeline, by reason',
    description:
      'Gaps that were stored per second, whether or not somebody knows how many events are missing.',
    unit: 'eps',
    queries: [
      { expr: `sum by (reason) (${rate('mayfly_collector_gaps_total')})`, legend: '{{reason}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Events in gaps, by reason',
    description: 'Events per second that those gaps stand for, as far as it is known.',
    unit: 'eps',
    queries: [
      {
        expr: `sum by (reason) (${rate('mayfly_collector_gap_events_total')})`,
        legend: '{{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Not accounted for',
    description:
      'The ledger over all agents, as of the collector’s look every minute, and the kernel’s own count. Anything but 0 for long is a fault of Mayfly.',
    unit: 'short',
    queries: [
      { expr: 'sum(mayfly_collector_unaccounted_events)', legend: 'events' },
      { expr: 'sum(mayfly_collector_missing_sequence_numbers)', legend: 'sequence numbers' },
      {
        expr: 'sum(increase(mayfly_agent_kernel_records_unaccounted_total[$__rate_interval]))',
        legend: 'kernel records',
      },
      { expr: 'sum(mayfly_collector_in_flight_events)', legend: 'in flight (no fault)' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Ring fill, by node',
    description:
      'Share of the kernel’s ring that is not free for new events: from 1 on they are lost.',
    unit: 'percentunit',
    queries: [
      {
        expr: 'topk(20, sum by (node) (mayfly_agent_ring_bytes{part=~"unread|held"}) / sum by (node) (mayfly_agent_ring_bytes{part="size"}))',
        legend: '{{node}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Spool, by node',
    description:
      'What agents keep until the collector has stored it, on disk and in memory; the 20 fullest.',
    unit: 'bytes',
    queries: [{ expr: 'topk(20, sum by (node) (mayfly_agent_spool_bytes))', legend: '{{node}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Canary age, by node',
    description: 'Time since an agent last saw its own test process through eBPF; the 20 oldest.',
    unit: 's',
    queries: [
      { expr: 'topk(20, max by (node) (mayfly_agent_canary_age_seconds))', legend: '{{node}}' },
    ],
    emptyByDesign: 'Agents that only sample have none.',
  },
  {
    kind: 'timeseries',
    title: 'Agents in trouble',
    description:
      'Agents without connection, with a spool that would not survive them, or told that the store takes nothing.',
    unit: 'none',
    queries: [
      { expr: 'sum(1 - mayfly_agent_connected)', legend: 'not connected' },
      { expr: 'sum(1 - mayfly_agent_spool_on_disk)', legend: 'spool in memory' },
      { expr: 'sum(mayfly_agent_collector_store_failing)', legend: 'store failing' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Agent failures',
    description:
      'Reconnects, records that could not be decoded, drains taken up again and pod lists that the kubelet did not give, per second.',
    unit: 'eps',
    queries: [
      { expr: `sum(${rate('mayfly_agent_reconnects_total')})`, legend: 'reconnects' },
      { expr: `sum(${rate('mayfly_agent_decode_errors_total')})`, legend: 'decode errors' },
      { expr: `sum(${rate('mayfly_agent_drain_failures_total')})`, legend: 'drains' },
      {
        expr: `sum(${rate('mayfly_agent_kubelet_requests_total{result="failed"}')})`,
        legend: 'kubelet',
      },
    ],
  },
]
