/** docs/dashboards.md: what each dashboard answers, and what it showed in a run of prometheus.test.ts. */
import type { Sample } from '#test/fixtures/prometheus.ts'
import { dashboards } from '../../deploy/grafana/dashboards.ts'
import type { Panel, Unit } from '../../deploy/grafana/panel.ts'
import type { PanelQuery } from './dashboard-queries.ts'

/** What a query gave. */
export interface Shown extends PanelQuery {
  readonly samples: readonly Sample[]
}

const rounded = (value: number): string => String(Number(value.toPrecision(2)))

const bytes = (value: number): string => {
  const power = value < 1 ? 0 : Math.min(3, Math.floor(Math.log2(value) / 10))
  return `${rounded(value / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB'][power]}`
}

const written: Readonly<Record<Unit, (value: number, nowMs: number) => string>> = {
  none: (value) => rounded(value),
  short: (value) => rounded(value),
  eps: (value) => `${rounded(value)}/s`,
  s: (value) => (value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`),
  bytes,
  Bps: (value) => `${bytes(value)}/s`,
  percentunit: (value) => `${rounded(value * 100)} %`,
  dateTimeFromNow: (value, nowMs) => `${rounded((nowMs - value) / 1000)} s ago`,
}

/** Series beyond these are counted only. */
const mostShown = 6

const named = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '')

const series = (panel: Panel, shown: readonly Shown[], nowMs: number): string => {
  const all = shown.flatMap(({ legend, samples }) =>
    samples
      .filter(({ value }) => !Number.isNaN(value))
      .map(({ labels, value }) => ({ name: named(legend, labels), value })),
  )
  if (all.length === 0) return `nothing: ${panel.emptyByDesign}`
  const [most, rest] = [all.toSorted((a, b) => b.value - a.value), all.length - mostShown]
  const texts = most
    .slice(0, mostShown)
    .map(({ name, value }) => `${name} **${written[panel.unit](value, nowMs)}**`)
  return [...texts, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

const head = `# Dashboards

Six dashboards for Grafana, in \`deploy/helm/mayfly/dashboards/\`. With \`metrics.grafanaDashboards.create\` the chart makes a ConfigMap of each, which
Grafana’s sidecar takes by the label \`grafana_dashboard: "1"\`; otherwise import the files. They are made from \`deploy/grafana/\`:
\`node deploy/grafana/build.ts\` after a change. The compiler holds them against Grafana’s own types (\`@grafana/schema\`); no Grafana has drawn them in a test.

- **Data source**: Prometheus, chosen on top. It must keep the metrics’ own \`namespace\` and \`workload\` when it scrapes the collector (\`honor_labels\`), and give
  agents’ series the label \`node\`: the chart’s ServiceMonitor and PodMonitor do.
- **Links** of dashboards and of values lead to the timeline of the shown range, at the address in the variable *Collector*: the end of
  \`kubectl port-forward\` unless the chart knows better. A collector that wants a token wants it there, too. Outside Kubernetes a namespace is empty, and the
  API takes no empty filter: remove it from the address.
- **Findings** are drawn across all panels as annotations, at the time they were last judged: from Prometheus. With reasons, from first to last seen, they come from
  the collector’s API (*Findings and their reasons*, off as it comes): for that Grafana needs the plugin Infinity, with a data source whose address is the collector’s
  and whose bearer token may read \`findings\` ([identity](identity.md)). A test asks what that query asks; the plugin itself has not been run.
- **Bounds**: a panel shows at most 20 workloads, namespaces or nodes; tables of findings at most 100. Pods, processes and addresses are never series:
  they are on the timeline.

The tables show what Prometheus answered to every panel’s queries in a test: one agent, one collector, one pod that runs programs,
connects, asks for names and is attacked. What says *nothing* is empty by design, for the reason given.
\`MAYFLY_UPDATE_DOCS=1 npx tap test/deploy/prometheus.test.ts\` writes them anew.
`

/** The whole page. */
export const dashboardsPage = (shown: readonly Shown[], nowMs: number): string =>
  [
    head,
    ...dashboards.flatMap((dashboard) => [
      `## ${dashboard.title}`,
      '',
      dashboard.description,
      '',
      '| panel | showed |',
      '| --- | --- |',
      ...dashboard.panels.map((panel) => {
        const own = shown.filter((one) => one.dashboard === dashboard && one.panel === panel)
        return `| ${panel.title} | ${series(panel, own, nowMs)} |`
      }),
      '',
    ]),
  ].join('\n')
