/** What detection counts; registered by main. */
import {
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import type { Detection } from './detection.ts'

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
    evaluationSeconds: () => costs().reduce((sum, { totalUs }) => sum + totalUs, 0) / 1e6,
    processes: () => detection.processes,
  }
  registerMetrics(detectionMetricTable, registry, readers)
}
