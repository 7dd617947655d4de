/** Every query of every dashboard, as Grafana would send it, and what it names; for dashboards.test.ts and prometheus.test.ts. */
import { agentMetricTable } from '#agent/metrics.ts'
import type { MetricSpec } from '#base/metric-table.ts'
import { processMetricTable } from '#base/process-metrics.ts'
import { clusterMetricTable } from '#collector/cluster/metric-table.ts'
import { detectionMetricTable } from '#collector/detection/metric-table.ts'
import { identityMetricTable } from '#collector/identity/metric-table.ts'
import { collectorMetricTable } from '#collector/metric-table.ts'
import { tlsMetricTable } from '#collector/tls-metric-table.ts'
import { annotationQuery, type Dashboard } from '../../deploy/grafana/dashboard.ts'
import { dashboards } from '../../deploy/grafana/dashboards.ts'
import type { Panel } from '../../deploy/grafana/panel.ts'

export interface PanelQuery {
  readonly dashboard: Dashboard
  readonly panel: Panel
  readonly expr: string
  readonly legend: string
}

export const panelQueries: readonly PanelQuery[] = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap((panel) =>
    panel.queries.map(({ expr, legend }) => ({ dashboard, panel, expr, legend })),
  ),
)

export const annotationQueries: readonly string[] = dashboards.map(({ choice }) =>
  annotationQuery(choice),
)

/** What Grafana puts in the place of variables. Outside Kubernetes a namespace is empty. */
export interface Chosen {
  /** Of a dashboard that takes several, All is `.*`. */
  readonly namespace: string
  readonly workload: string
  readonly rateInterval: string
  readonly range: string
}

/** The expression as Grafana sends it. */
export const substituted = (expr: string, chosen: Chosen): string =>
  expr
    .replaceAll('$__rate_interval', chosen.rateInterval)
    .replaceAll('$__range', chosen.range)
    .replaceAll('=~"$namespace"', '=~".*"')
    .replaceAll('$namespace', chosen.namespace)
    .replaceAll('$workload', chosen.workload)

/** Every metric of both programs by its name. */
export const declared: ReadonlyMap<string, MetricSpec> = new Map(
  [
    agentMetricTable,
    collectorMetricTable,
    clusterMetricTable,
    detectionMetricTable,
    identityMetricTable,
    tlsMetricTable,
    processMetricTable,
  ]
    .flatMap((table): readonly MetricSpec[] => Object.values(table))
    .map((spec) => [spec.name, spec]),
)

export interface NamedMetric {
  readonly name: string
  /** Undefined for one that no program declares. */
  readonly spec: MetricSpec | undefined
  /** Labels that the selector matches on. */
  readonly matched: readonly string[]
  /** The function right around the selector; empty for none. */
  readonly around: string
}

const selector = /(?:(\w+)\()?\b((?:mayfly|process|nodejs)_\w+)(?:\{([^}]*)\})?(?:\[[^\]]*\])?/g

/** A histogram has no series of its own name, but these. */
const seriesOf = (name: string): MetricSpec | undefined => {
  const plain = declared.get(name)
  if (plain !== undefined) return plain.type === 'histogram' ? undefined : plain
  const base = declared.get(name.replace(/_(bucket|sum|count)$/, ''))
  return base?.type === 'histogram' ? base : undefined
}

/** The metrics that an expression selects. */
export const metricsOf = (expr: string): readonly NamedMetric[] =>
  [...expr.matchAll(selector)].map(([, around = '', name = '', matchers = '']) => ({
    name,
    spec: seriesOf(name),
    matched: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    around,
  }))

/** The labels that an expression's series have: of its outermost grouping. */
export const groupedBy = (expr: string): readonly string[] =>
  (/\bby \(([^)]*)\)/.exec(expr)?.[1] ?? '').split(/,\s*/).filter((label) => label !== '')
