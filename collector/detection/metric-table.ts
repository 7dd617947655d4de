/** What detection counts; registered by main. */
import {
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import { baselineStates } from '#proto/baseline.ts'
import { severities } from '#proto/finding.ts'
import type { Detection } from './detection.ts'
import { maxSeries } from './findings/finding-gauge.ts'

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)

export const detectionMetricTable = {
  evaluated: {
    type: 'counter',
    name: 'mayfly_detection_events_evaluated_total',
    help: 'Events that were held against rules.',
  },
  matched: {
    type: 'counter',
    name: 'mayfly_detection_matches_total',
    help: 'Occurrences that rules reported; many of them are one finding.',
  },
  late: {
    type: 'counter',
    name: 'mayfly_detection_late_matches_total',
    help: 'Those of events that were evaluated more than a minute after they happened.',
  },
  postponed: {
    type: 'counter',
    name: 'mayfly_detection_events_postponed_total',
    help: 'Events that were stored while detection could not take them; they are read back and evaluated.',
  },
  behind: {
    type: 'gauge',
    name: 'mayfly_detection_epochs_behind',
    help: 'Epochs of agents of which something stored is not evaluated yet.',
  },
  rules: {
    type: 'gauge',
    name: 'mayfly_detection_rules',
    help: 'Rules in force.',
  },
  disabled: {
    type: 'gauge',
    name: 'mayfly_detection_rules_switched_off',
    help: 'Rules that were switched off because they cost too much or failed.',
  },
  reloadFailures: {
    type: 'counter',
    name: 'mayfly_detection_rule_reload_failures_total',
    help: 'Times that rule files had a fault and the rules of before stayed in force.',
  },
  evaluationSeconds: {
    type: 'counter',
    name: 'mayfly_detection_condition_seconds_total',
    help: 'Time that conditions took, of the rules in force.',
    labels: { rule: { help: 'id; as many as there may be rules', atMost: 500 } },
  },
  baselines: {
    type: 'gauge',
    name: 'mayfly_baselines',
    help: 'Baselines of workloads’ containers.',
    labels: { state: { help: 'state', values: baselineStates } },
  },
  baselineItems: {
    type: 'counter',
    name: 'mayfly_baseline_items_total',
    help: 'Things that were held against a baseline and were not in it.',
    labels: {
      result: { help: 'what became of them', values: ['learnt', 'outside', 'refused', 'unnamed'] },
    },
  },
  baselinesTurnedAway: {
    type: 'counter',
    name: 'mayfly_baselines_turned_away_total',
    help: 'Times that a workload got no baseline, because there are as many as a collector keeps.',
  },
  statisticsFollowed: {
    type: 'gauge',
    name: 'mayfly_detection_statistics_followed',
    help: 'What statistics follow now: containers, destinations, domains.',
  },
  statisticsEvicted: {
    type: 'counter',
    name: 'mayfly_detection_statistics_evicted_total',
    help: 'What statistics had to forget for want of room.',
  },
  findingDetected: {
    type: 'gauge',
    name: 'mayfly_finding_last_detected_timestamp_seconds',
    atMost: maxSeries,
    help: 'When the latest occurrence of an open finding was judged, Unix seconds: alert on what is younger than a quarter of an hour.',
    labels: {
      namespace: { help: 'of the workload' },
      workload: { help: 'name; empty outside Kubernetes' },
      workload_type: { help: 'its kind' },
      rule: { help: 'id' },
      severity: { help: 'of the finding', values: severities },
      late: { help: 'every occurrence came out of an outage', values: ['true', 'false'] },
    },
  },
  findingsOpen: {
    type: 'gauge',
    name: 'mayfly_findings_open',
    help: 'Findings that nobody has acknowledged, resolved or suppressed.',
    labels: { severity: { help: 'of the finding', values: severities } },
  },
  findingsUnshown: {
    type: 'counter',
    name: 'mayfly_findings_unshown_total',
    help: 'Open findings that the two gauges above had no room for; `mayfly findings` shows them.',
  },
  processes: {
    type: 'gauge',
    name: 'mayfly_detection_processes',
    help: 'Processes remembered for ancestry.',
  },
} as const satisfies MetricTable

export const registerDetectionMetrics = (registry: MetricRegistry, detection: Detection): void => {
  const costs = () => detection.rules.rules.map((rule) => detection.costOf(rule))
  const readers: MetricReaders<typeof detectionMetricTable> = {
    evaluated: () => detection.counts.evaluated,
    matched: () => detection.counts.matched,
    late: () => detection.counts.late,
    postponed: () => detection.counts.postponed,
    behind: () => detection.behind,
    rules: () => detection.rules.rules.length,
    disabled: () => costs().filter(({ disabled }) => disabled !== '').length,
    reloadFailures: () => detection.counts.reloadFailures,
    evaluationSeconds: () =>
      detection.rules.rules.map((rule) => ({
        labels: { rule: rule.id },
        value: detection.costOf(rule).totalUs / 1e6,
      })),
    baselines: () =>
      baselineStates.map((state) => ({
        labels: { state },
        value: detection.baselines.states[state],
      })),
    baselineItems: () => {
      const { learnt, outside, refused, unnamed } = detection.baselines.counts
      const counts = Object.entries({ learnt, outside, refused, unnamed })
      return counts.map(([result, value]) => ({ labels: { result }, value }))
    },
    baselinesTurnedAway: () => detection.baselines.counts.turnedAway,
    statisticsFollowed: () => sum(detection.statistics.all.map(({ size }) => size)),
    statisticsEvicted: () => sum(detection.statistics.all.map(({ evicted }) => evicted)),
    findingDetected: () => detection.gauge.readings(),
    findingsOpen: () => detection.gauge.openBySeverity(),
    findingsUnshown: () => detection.gauge.unshown,
    processes: () => detection.processes,
  }
  registerMetrics(detectionMetricTable, registry, readers)
}
