/**
 * What a panel is to the people who write dashboards here, and its form in Grafana's schema. The definitions are in dashboards/,
 * dashboard.ts lays panels out; the tests read the same definitions.
 */

import type { PanelJson } from './schema.ts'

/** Grafana's names of units: events and bytes per second, shares of 1, times since 1970 in ms. */
export type Unit =
  | 'none'
  | 'short'
  | 'eps'
  | 's'
  | 'bytes'
  | 'Bps'
  | 'percentunit'
  | 'dateTimeFromNow'

export interface Query {
  readonly expr: string
  /** Name of each series; `{{label}}` stands for a label's value. */
  readonly legend: string
}

/** Where a click on a value leads: to what happened in the workload or namespace that the series names. */
export type DrillDown = 'workload' | 'namespace' | 'finding'

export interface Panel {
  /** `table` has one query, and a row for each series of it as of now. */
  readonly kind: 'timeseries' | 'stat' | 'table'
  readonly title: string
  /** Sentences for the person who wonders what to make of it. */
  readonly description: string
  readonly unit: Unit
  readonly queries: readonly [Query, ...Query[]]
  /** Columns of 24. */
  readonly width?: number
  /** From this value on it is red. */
  readonly alarmFrom?: number
  readonly drillDown?: DrillDown
  /** Why a query of it may have no series although all is well. */
  readonly emptyByDesign?: string
}

export interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A variable of Grafana's, such as `${__from:date:iso}`, that a template literal would take for its own. */
export const variable = (name: string): string => `\${${name}}`

export const dataSource = { type: 'prometheus', uid: variable('datasource') } as const

const inRange = `since=${variable('__from:date:iso')}&until=${variable('__to:date:iso')}`

/** The timeline of the shown range; `place` is a query string. */
export const timelineUrl = (place: string): string =>
  `${variable('collector:raw')}/api/v1/timeline?${place}&${inRange}&order=newest`

/** The label of the series, or of the table's row, that was clicked. */
const clicked = (kind: Panel['kind'], label: string): string =>
  variable(kind === 'table' ? `__data.fields.${label}` : `__field.labels.${label}`)

const dataLinks = ({ kind, drillDown }: Panel): readonly object[] => {
  if (drillDown === undefined) return []
  const label = (name: string): string => clicked(kind, name)
  const namespace = `namespace=${label('namespace')}`
  const place = drillDown === 'namespace' ? namespace : `${namespace}&workload=${label('workload')}`
  const link = (title: string, url: string): object => ({ title, url, targetBlank: true })
  const dashboard = `/d/mayfly-workload?var-namespace=${label('namespace')}&var-workload=${label('workload')}&${variable('__url_time_range')}`
  const finding = `${variable('collector:raw')}/api/v1/findings?${place}&rule=${label('rule')}`
  return [
    ...(drillDown === 'finding' ? [link('Findings of this rule', finding)] : []),
    link('Timeline', timelineUrl(place)),
    ...(drillDown === 'namespace' ? [] : [link('Workload', dashboard)]),
  ]
}

const thresholds = (alarmFrom: number | undefined) => ({
  mode: 'absolute' as const,
  steps: [
    { color: 'green', value: null },
    ...(alarmFrom === undefined ? [] : [{ color: 'red', value: alarmFrom }]),
  ],
})

const options: Readonly<Record<Panel['kind'], NonNullable<PanelJson['options']>>> = {
  timeseries: {
    legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    colorMode: 'value',
    graphMode: 'area',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  table: { showHeader: true, cellHeight: 'sm' },
}

/** A table has no use for the time of the query, which is the same in all rows. */
const withoutTime = [{ id: 'organize', options: { excludeByName: { Time: true } } }]

export const panelJson = (panel: Panel, id: number, gridPos: Place): PanelJson => ({
  id,
  type: panel.kind,
  title: panel.title,
  description: [panel.description, panel.emptyByDesign].filter(Boolean).join(' '),
  datasource: dataSource,
  gridPos,
  fieldConfig: {
    defaults: {
      unit: panel.unit,
      ...(panel.unit === 'dateTimeFromNow' ? {} : { min: 0 }),
      noValue: panel.emptyByDesign === undefined ? 'no data' : 'none',
      thresholds: thresholds(panel.alarmFrom),
      color: { mode: panel.kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
      links: dataLinks(panel),
    },
    overrides: [],
  },
  options: options[panel.kind],
  targets: panel.queries.map(({ expr, legend }, at) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + at),
    datasource: dataSource,
    expr,
    legendFormat: legend,
    ...(panel.kind === 'table'
      ? { instant: true, range: false, format: 'table' }
      : { range: true }),
  })),
  ...(panel.kind === 'table' ? { transformations: withoutTime } : {}),
})
