/**
 * A dashboard in Grafana's schema from its panels: variables, layout, links to the other dashboards and to the timeline, and
 * findings as annotations. Called by build.ts and by the tests.
 */
import { dataSource, type Panel, type Place, panelJson, timelineUrl, variable } from './panel.ts'
import type {
  AnnotationJson,
  DashboardJson,
  InfinityQuery,
  LinkJson,
  VariableJson,
} from './schema.ts'

/** Of Grafana 12; older ones read it, too. */
const schemaVersion = 41

export interface Dashboard {
  /** Of links, and the file's name. Never changes. */
  readonly uid: string
  readonly title: string
  /** The question that it answers. */
  readonly description: string
  /** Which part of the cluster can be chosen: nothing, namespaces, or one workload. */
  readonly choice: 'fleet' | 'namespaces' | 'workload'
  readonly panels: readonly Panel[]
}

const columns = 24
const heights: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 8, table: 9 }
const widths: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 12, table: 24 }

/** From left to right, in lines as high as their highest panel. */
const layOut = (panels: readonly Panel[]): readonly Place[] => {
  let [x, y, lineHeight] = [0, 0, 0]
  return panels.map(({ kind, width: w = widths[kind] }) => {
    if (x + w > columns) [x, y, lineHeight] = [0, y + lineHeight, 0]
    const place = { x, y, w, h: heights[kind] }
    x += w
    lineHeight = Math.max(lineHeight, place.h)
    return place
  })
}

/** Where the collector's API is for the people who look: kubectl port-forward's end, until the chart says better. */
export const defaultCollectorUrl = 'http://127.0.0.1:7070'

/** By Grafana Labs. Grafana itself has no data source that reads an API. */
const collectorPlugin = 'yesoreyeram-infinity-datasource'

const fixedVariables: readonly VariableJson[] = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  {
    name: 'findings',
    label: 'Findings from',
    description: 'The data source for the collector’s API, for the annotations with reasons.',
    type: 'datasource',
    query: collectorPlugin,
  },
  {
    name: 'collector',
    label: 'Collector',
    description: 'Where links to the timeline lead.',
    type: 'textbox',
    query: defaultCollectorUrl,
    current: { text: defaultCollectorUrl, value: defaultCollectorUrl },
  },
]

const labelVariable = (
  name: string,
  label: string,
  query: string,
  more: Partial<VariableJson>,
): VariableJson => ({
  name,
  label,
  type: 'query',
  datasource: dataSource,
  definition: query,
  query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
  // Also when the range changes: a workload that is gone is still in the range in which it ran.
  refresh: 2,
  sort: 1,
  ...more,
})

const execs = 'mayfly_process_execs_total'
/** What has no namespace, as outside Kubernetes, is among all. */
const severalOrAll = {
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
}

const choices: Readonly<Record<Dashboard['choice'], readonly VariableJson[]>> = {
  fleet: [],
  namespaces: [
    labelVariable('namespace', 'Namespace', `label_values(${execs}, namespace)`, severalOrAll),
  ],
  workload: [
    labelVariable('namespace', 'Namespace', `label_values(${execs}, namespace)`, {}),
    labelVariable(
      'workload',
      'Workload',
      `label_values(${execs}{namespace="$namespace"}, workload)`,
      {},
    ),
  ],
}

/** Of each choice: which findings are drawn across its panels. */
export const annotated: Readonly<Record<Dashboard['choice'], string>> = {
  fleet: '',
  namespaces: '{namespace=~"$namespace"}',
  workload: '{namespace="$namespace",workload="$workload"}',
}

/** The value is the time at which a finding was last judged; Grafana takes it in ms and draws it there. */
export const annotationQuery = (choice: Dashboard['choice']): string =>
  `topk(100, max by (namespace, workload, rule, severity) (mayfly_finding_last_detected_timestamp_seconds${annotated[choice]})) * 1000`

const annotatedPlaces: Readonly<Record<Dashboard['choice'], string>> = {
  fleet: '',
  // Several namespaces can be chosen, and the API takes one: all are drawn, with their names.
  namespaces: '',
  workload: `&namespace=${variable('namespace')}&workload=${variable('workload')}`,
}

/** Findings with their reasons, each from when it was first seen to when it was last. */
export const findingsQuery = (choice: Dashboard['choice']): InfinityQuery => ({
  refId: 'Findings',
  type: 'json',
  parser: 'backend',
  source: 'url',
  format: 'dataframe',
  url: `/api/v1/findings?limit=100&since=${variable('__from:date:iso')}&until=${variable('__to:date:iso')}${annotatedPlaces[choice]}`,
  url_options: { method: 'GET', data: '' },
  root_selector: 'findings',
  columns: [
    { selector: 'firstSeen', text: 'time', type: 'timestamp' },
    { selector: 'lastSeen', text: 'timeEnd', type: 'timestamp' },
    { selector: 'name', text: 'title', type: 'string' },
    { selector: 'reason', text: 'text', type: 'string' },
    { selector: 'severity', text: 'tags', type: 'string' },
  ],
})

const annotations = (choice: Dashboard['choice']): readonly AnnotationJson[] => [
  {
    builtIn: 1,
    datasource: { type: 'grafana', uid: '-- Grafana --' },
    enable: true,
    hide: true,
    iconColor: 'rgba(0, 211, 255, 1)',
    name: 'Annotations & Alerts',
    type: 'dashboard',
  },
  {
    name: 'Findings',
    datasource: dataSource,
    enable: true,
    iconColor: 'red',
    expr: annotationQuery(choice),
    titleFormat: '{{rule}} ({{severity}})',
    textFormat: '{{namespace}}/{{workload}}',
    tagKeys: 'rule,severity',
    useValueForTime: true,
    step: '60s',
  },
  {
    name: 'Findings and their reasons',
    datasource: { type: collectorPlugin, uid: variable('findings') },
    // For those who have the plugin, and a data source for the collector.
    enable: false,
    iconColor: 'red',
    target: findingsQuery(choice),
  },
]

const timelinePlaces: Readonly<Record<Dashboard['choice'], string>> = {
  fleet: 'kind=exec',
  namespaces: 'kind=exec',
  workload: `namespace=${variable('namespace')}&workload=${variable('workload')}`,
}

const plainLink = {
  asDropdown: false,
  icon: 'external link',
  includeVars: false,
  keepTime: false,
  tags: [],
  targetBlank: false,
  tooltip: '',
} as const

const links = (choice: Dashboard['choice']): readonly LinkJson[] => [
  {
    ...plainLink,
    type: 'dashboards',
    title: 'Mayfly',
    tags: ['mayfly'],
    asDropdown: true,
    keepTime: true,
  },
  {
    ...plainLink,
    type: 'link',
    title: 'Timeline',
    url: timelineUrl(timelinePlaces[choice]),
    targetBlank: true,
  },
]

export const dashboardJson = ({
  uid,
  title,
  description,
  choice,
  panels,
}: Dashboard): DashboardJson => {
  const places = layOut(panels)
  return {
    uid,
    title: `Mayfly / ${title}`,
    description,
    tags: ['mayfly'],
    schemaVersion,
    version: 1,
    editable: true,
    timezone: 'utc',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    graphTooltip: 1,
    links: links(choice),
    annotations: { list: annotations(choice) },
    templating: { list: [...fixedVariables, ...choices[choice]] },
    panels: panels.map((panel, at) => panelJson(panel, at + 1, places[at] as Place)),
  }
}
