/** What does not belong: open findings, what rules and baselines report, and whether detection itself keeps up. */
import type { Dashboard } from '../dashboard.ts'

const here = 'namespace=~"$namespace"'
const lastDetected = `mayfly_finding_last_detected_timestamp_seconds{${here}}`
const none = 'Nothing is shown while there are no open findings.'

export const findings: Dashboard = {
  uid: 'mayfly-findings',
  title: 'Findings',
  description:
    'What was found that does not belong, where and when last, and does detection keep up with what is stored?',
  choice: 'namespaces',
  panels: [
    {
      kind: 'stat',
      title: 'Open findings, by severity',
      description:
        'Findings that nobody has acknowledged, resolved or suppressed, of the whole fleet.',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'sum by (severity) (mayfly_findings_open)', legend: '{{severity}}' }],
    },
    {
      kind: 'stat',
      title: 'Rules',
      description: 'Rules in force, and those switched off because they cost too much or failed.',
      unit: 'none',
      width: 8,
      queries: [
        { expr: 'sum(mayfly_detection_rules)', legend: 'in force' },
        { expr: 'sum(mayfly_detection_rules_switched_off)', legend: 'switched off' },
      ],
    },
    {
      kind: 'stat',
      title: 'Baselines',
      description: 'Baselines of workloads’ containers: learning what is normal, or locked.',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'sum by (state) (mayfly_baselines)', legend: '{{state}}' }],
    },
    {
      kind: 'table',
      title: 'Latest findings',
      description:
        'Open findings of the chosen namespaces, and when each was last judged. late ones happened more than a minute before. A click leads to the findings, the timeline or the workload.',
      unit: 'dateTimeFromNow',
      queries: [
        {
          expr: `sort_desc(topk(100, max by (namespace, workload, workload_type, rule, severity, late) (${lastDetected})) * 1000)`,
          legend: '{{rule}}',
        },
      ],
      drillDown: 'finding',
      emptyByDesign: none,
    },
    {
      kind: 'timeseries',
      title: 'Open findings, by rule',
      description: 'How many workloads have an open finding of each rule.',
      unit: 'none',
      queries: [
        {
          expr: `topk(20, count by (rule, severity) (${lastDetected}))`,
          legend: '{{rule}} {{severity}}',
        },
      ],
      emptyByDesign: none,
    },
    {
      kind: 'timeseries',
      title: 'Workloads with open findings',
      description: 'Rules that have an open finding in each workload, the 20 with the most.',
      unit: 'none',
      queries: [
        {
          expr: `topk(20, count by (namespace, workload) (${lastDetected}))`,
          legend: '{{namespace}}/{{workload}}',
        },
      ],
      drillDown: 'workload',
      emptyByDesign: none,
    },
    {
      kind: 'timeseries',
      title: 'Matches',
      description:
        'What rules, baselines and statistics reported per second; many of them are one finding. Late ones were evaluated more than a minute after they happened.',
      unit: 'eps',
      queries: [
        { expr: 'sum(rate(mayfly_detection_matches_total[$__rate_interval]))', legend: 'all' },
        {
          expr: 'sum(rate(mayfly_detection_late_matches_total[$__rate_interval]))',
          legend: 'late',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Held against baselines',
      description:
        'Things that were not in a baseline, per second, by what became of them; outside are findings.',
      unit: 'eps',
      queries: [
        {
          expr: 'sum by (result) (rate(mayfly_baseline_items_total[$__rate_interval]))',
          legend: '{{result}}',
        },
        {
          expr: 'sum(rate(mayfly_baselines_turned_away_total[$__rate_interval]))',
          legend: 'workloads without room',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Does detection keep up?',
      description:
        'Events evaluated, and events that were stored while detection could not take them and are read back, per second.',
      unit: 'eps',
      queries: [
        {
          expr: 'sum(rate(mayfly_detection_events_evaluated_total[$__rate_interval]))',
          legend: 'evaluated',
        },
        {
          expr: 'sum(rate(mayfly_detection_events_postponed_total[$__rate_interval]))',
          legend: 'postponed',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Epochs not yet evaluated',
      description:
        'Epochs of agents of which something stored is not evaluated yet. It should come back to 0.',
      unit: 'none',
      queries: [{ expr: 'sum(mayfly_detection_epochs_behind)', legend: 'epochs' }],
    },
    {
      kind: 'timeseries',
      title: 'What rules cost',
      description: 'Share of one core that conditions take, the 20 dearest rules.',
      unit: 'percentunit',
      queries: [
        {
          expr: 'topk(20, sum by (rule) (rate(mayfly_detection_condition_seconds_total[$__rate_interval])))',
          legend: '{{rule}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'What does not fit',
      description:
        'Rule files with a fault, things statistics had to forget, and findings without room in the metrics, in the last hour.',
      unit: 'short',
      queries: [
        {
          expr: 'sum(increase(mayfly_detection_rule_reload_failures_total[1h]))',
          legend: 'rule files with a fault',
        },
        {
          expr: 'sum(increase(mayfly_detection_statistics_evicted_total[1h]))',
          legend: 'forgotten by statistics',
        },
        { expr: 'sum(increase(mayfly_findings_unshown_total[1h]))', legend: 'findings not shown' },
      ],
    },
  ],
}
