/** What lives too briefly for sampling: who starts it, how it ends, and the proof that all of it was seen. */
import type { Dashboard } from '../dashboard.ts'
import { quantile } from './rate.ts'

const here = 'namespace=~"$namespace"'

const quantiles = (metric: string) =>
  [
    { expr: quantile(0.1, metric, 'le', `{${here}}`), legend: '10 of 100 live shorter' },
    { expr: quantile(0.5, metric, 'le', `{${here}}`), legend: 'median' },
    { expr: quantile(0.9, metric, 'le', `{${here}}`), legend: '90 of 100 live shorter' },
  ] as const

export const shortLived: Dashboard = {
  uid: 'mayfly-short-lived',
  title: 'Short-lived processes',
  description:
    'Who starts processes that are gone before anybody looks, how do they end, and were all of them seen?',
  choice: 'namespaces',
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
      title: 'Nodes that only sample',
      description: 'On these a process between two looks at /proc is not seen.',
      unit: 'none',
      width: 6,
      alarmFrom: 1,
      queries: [{ expr: 'sum(mayfly_agent_source_up{source="procfs"})', legend: 'nodes' }],
    },
    {
      kind: 'stat',
      title: 'Events without room',
      description:
        'Executions and exits that the kernel’s ring had no room for in the range; each is counted in a gap on the timeline.',
      unit: 'short',
      width: 6,
      alarmFrom: 1,
      queries: [
        {
          expr: 'sum(increase(mayfly_agent_events_lost_total{kind=~"exec|exit"}[$__range]))',
          legend: 'lost',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Oldest canary',
      description:
        'Every agent runs a process of a moment now and then and looks for it: for how long the worst one has not found it.',
      unit: 's',
      width: 6,
      alarmFrom: 300,
      queries: [{ expr: 'max(mayfly_agent_canary_age_seconds)', legend: 'age' }],
      emptyByDesign: 'Agents that only sample have none.',
    },
    {
      kind: 'timeseries',
      title: 'Programs started, by workload',
      description: 'Programs executed per second, the 20 busiest workloads.',
      unit: 'eps',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload) (rate(mayfly_process_execs_total{${here}}[$__rate_interval])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
    {
      kind: 'timeseries',
      title: 'Processes ended, by outcome',
      description: 'unknown means that the end was not seen.',
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
      title: 'Lifetime of processes',
      description: 'From fork to the end, of processes that ended.',
      unit: 's',
      queries: quantiles('mayfly_process_lifetime_seconds'),
    },
    {
      kind: 'timeseries',
      title: 'Processes gone within a second',
      description: 'Share of the processes that ended which lived for at most 1 s.',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum(rate(mayfly_process_lifetime_seconds_bucket{${here},le=~"1|1.0"}[$__rate_interval])) / sum(rate(mayfly_process_lifetime_seconds_count{${here}}[$__rate_interval]))`,
          legend: 'at most 1 s',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Containers started and ended',
      description: 'Containers per second, without those that ran before Mayfly looked.',
      unit: 'eps',
      queries: [
        {
          expr: `sum(rate(mayfly_containers_started_total{${here}}[$__rate_interval]))`,
          legend: 'started',
        },
        {
          expr: `sum(rate(mayfly_containers_ended_total{${here}}[$__rate_interval]))`,
          legend: 'ended',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Lifetime of containers',
      description: 'Of containers that the collector saw begin and end.',
      unit: 's',
      queries: quantiles('mayfly_container_lifetime_seconds'),
    },
    {
      kind: 'timeseries',
      title: 'Processes alive, by node',
      description: 'Living processes that agents follow, the 20 nodes with the most.',
      unit: 'short',
      queries: [
        { expr: 'topk(20, sum by (node) (mayfly_agent_live_processes))', legend: '{{node}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Turnover',
      description:
        'Programs started per second for each process that is alive, over the fleet: the higher, the less a sampler would see.',
      unit: 'short',
      queries: [
        {
          expr: 'sum(rate(mayfly_process_execs_total[$__rate_interval])) / sum(mayfly_agent_live_processes)',
          legend: 'starts per living process',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Ends that do not fit',
      description:
        'Exits of processes whose start was not seen, processes gone without an exit, and living ones forgotten for want of room, per second.',
      unit: 'eps',
      queries: [
        {
          expr: 'sum by (what) (rate(mayfly_agent_irregular_exits_total[$__rate_interval]))',
          legend: '{{what}}',
        },
        {
          expr: 'sum(rate(mayfly_agent_live_processes_evicted_total[$__rate_interval]))',
          legend: 'forgotten',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Hashes of executables',
      description:
        'missed: the file was gone before it could be read, as a short-lived one’s may be.',
      unit: 'eps',
      queries: [
        {
          expr: 'sum by (state) (rate(mayfly_agent_file_hashes_total[$__rate_interval]))',
          legend: '{{state}}',
        },
      ],
    },
    {
      kind: 'table',
      title: 'Workloads with the most failed processes',
      description:
        'Processes that ended with another exit code than 0 or by a signal, in the range. A click leads to the workload or its timeline.',
      unit: 'short',
      queries: [
        {
          expr: `topk(20, sum by (namespace, workload, workload_type) (increase(mayfly_process_exits_total{${here},outcome=~"error|signal"}[$__range])))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
    },
  ],
}
