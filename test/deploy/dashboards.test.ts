/**
 * The dashboards without a site: the files are what the definitions give, complete and of Grafana's form; they name what the
 * programs declare, group by labels that have a bound, and Prometheus understands every query. prometheus.test.ts runs the
 * queries before live programs.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import { startPrometheus } from '#test/fixtures/prometheus.ts'
import { dashboardJson } from '../../deploy/grafana/dashboard.ts'
import { dashboards } from '../../deploy/grafana/dashboards.ts'
import { chartDirectory, needsHelm, render, type Values } from './chart.ts'
import {
  annotationQueries,
  type Chosen,
  groupedBy,
  metricsOf,
  panelQueries,
  substituted,
} from './dashboard-queries.ts'

const directory = join(chartDirectory, 'dashboards')

interface PanelJson {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string
      readonly links: readonly { readonly url: string }[]
    }
  }
}

interface DashboardJson {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly links: readonly { readonly url?: string }[]
  readonly panels: readonly PanelJson[]
}

const read = (file: string): string => readFileSync(join(directory, file), 'utf8')
const files = readdirSync(directory)
const parsed = files.map((file) => JSON.parse(read(file)) as DashboardJson)

t.test('the files are what the definitions give', async (t) => {
  const expected = dashboards.map(({ uid }) => `${uid}.json`)
  t.strictSame(files.toSorted(), expected.toSorted())
  for (const dashboard of dashboards) {
    t.equal(
      read(`${dashboard.uid}.json`),
      `${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`,
      `${dashboard.uid}: node deploy/grafana/build.ts writes it anew`,
    )
  }
})

t.test('no two dashboards, and no two panels of one, are called the same', async (t) => {
  t.equal(new Set(parsed.map(({ uid }) => uid)).size, 6)
  t.equal(new Set(parsed.map(({ title }) => title)).size, 6)
  for (const { uid, panels } of parsed) {
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `ids of ${uid}`)
    t.equal(new Set(panels.map(({ title }) => title)).size, panels.length, `titles of ${uid}`)
  }
})

t.test('every panel has title, description and unit, and a place of its own', async (t) => {
  for (const { uid, panels } of parsed) {
    const taken = new Set<string>()
    for (const { title, description, fieldConfig, gridPos } of panels) {
      t.match(title, /^[A-Z]/, uid)
      t.match(description, /^\S.*\.$/s, `${uid}: ${title}`)
      t.ok(fieldConfig.defaults.unit, `${uid}: ${title}`)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          if (x >= 24 || taken.has(`${x},${y}`))
            t.fail(`${uid}: ${title} lies on another at ${x},${y}`)
          taken.add(`${x},${y}`)
        }
      }
    }
  }
})

/** Every value under a key, however deep. */
const valuesOf = (value: unknown, key: string): readonly unknown[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? [inner] : valuesOf(inner, key),
  )
}

t.test(
  'the data source is a variable everywhere: Prometheus, but for the annotations with reasons',
  async (t) => {
    const builtIn = { type: 'grafana', uid: '-- Grafana --' }
    for (const dashboard of parsed) {
      const sources = valuesOf(dashboard, 'datasource')
      const asksCollector = { type: 'yesoreyeram-infinity-datasource', uid: `\${findings}` }
      const isCollector = (source: unknown) =>
        JSON.stringify(source) === JSON.stringify(asksCollector)
      t.equal(sources.filter(isCollector).length, 1)
      t.ok(sources.length > dashboard.panels.length)
      for (const source of sources) {
        if (JSON.stringify(source) === JSON.stringify(builtIn) || isCollector(source)) continue
        t.strictSame(source, { type: 'prometheus', uid: `\${datasource}` })
      }
    }
  },
)

t.test('links lead to the timeline', async (t) => {
  for (const { uid, links } of parsed) {
    t.ok(
      links.some(({ url }) => url?.includes('/api/v1/timeline?')),
      uid,
    )
  }
  for (const { dashboard, panel, expr } of panelQueries) {
    if (!groupedBy(expr).includes('workload')) continue
    t.ok(panel.drillDown, `${dashboard.uid}: a click on a workload in "${panel.title}"`)
  }
  for (const { uid, panels } of parsed) {
    for (const { title, fieldConfig } of panels) {
      const { links } = fieldConfig.defaults
      if (links.length === 0) continue
      t.ok(
        links.some(({ url }) => url.includes('/api/v1/timeline?')),
        `${uid}: ${title}`,
      )
    }
  }
})

const expressions = [...panelQueries.map(({ expr }) => expr), ...annotationQueries]

/** What Prometheus attaches to what it scrapes, by the chart's monitors. */
const targetLabels = ['job', 'instance', 'node']

t.test('every metric is declared, with the labels that are asked for', async (t) => {
  for (const expr of expressions) {
    const metrics = metricsOf(expr)
    t.ok(metrics.length > 0, expr)
    const known = new Set([...targetLabels, 'le'])
    for (const { name, spec, matched } of metrics) {
      t.ok(spec, `${name} in ${expr}`)
      const labels = [
        ...Object.keys(spec?.labels ?? {}),
        ...(name.endsWith('_bucket') ? ['le'] : []),
      ]
      for (const label of labels) known.add(label)
      for (const label of matched) t.ok(labels.includes(label), `${name} has the label ${label}`)
    }
    for (const label of groupedBy(expr)) t.ok(known.has(label), `by (${label}) in ${expr}`)
  }
})

t.test('counters are asked for their growth, gauges are not', async (t) => {
  for (const expr of expressions) {
    for (const { name, spec, around } of metricsOf(expr)) {
      const grows = around === 'rate' || around === 'increase'
      t.equal(grows, spec?.type !== 'gauge', `${around}(${name}) in ${expr}`)
    }
  }
})

t.test('no query draws a line for each of an unbounded number of things', async (t) => {
  const many = ['namespace', 'workload', 'rule', 'node']
  for (const expr of expressions) {
    t.match(expr, /\b(sum|max|min|count)\b( by \(|\()/, `${expr} is aggregated`)
    const isOfOne = expr.includes('workload="$workload"')
    if (isOfOne || !groupedBy(expr).some((label) => many.includes(label))) continue
    t.match(expr, /topk\(\d+, /, expr)
  }
})

t.test('Prometheus understands every query', async (t) => {
  const prometheus = await startPrometheus(t)
  const chosen: Chosen = { namespace: 'shop', workload: 'api', rateInterval: '1m', range: '1h' }
  for (const expr of expressions) {
    const asked = substituted(expr, chosen)
    t.notMatch(asked, /\$/, 'all variables are known')
    t.strictSame(await prometheus.query(asked), [], expr)
  }
  await t.rejects(prometheus.query('sum by (x (y)'), /parse error/, 'it would say so')
})

/** The dashboards' files in ConfigMaps that the chart gives with these values. */
const mapped = async (t: Tap, metrics: Values): Promise<Readonly<Record<string, unknown>>> => {
  const { objects } = await render({ metrics })
  const maps = objects.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1')
  const data = maps.flatMap((map) =>
    Object.entries((map as { readonly data?: Readonly<Record<string, string>> }).data ?? {}),
  )
  t.equal(data.length, maps.length, 'each has one of its own: a ConfigMap holds 1 MiB at most')
  return Object.fromEntries(data.map(([file, text]) => [file, JSON.parse(text)]))
}

t.test('the chart brings them as ConfigMaps for the sidecar', needsHelm, async (t) => {
  t.strictSame(await mapped(t, {}), {}, 'not unasked')
  t.strictSame(
    await mapped(t, { grafanaDashboards: { create: true } }),
    Object.fromEntries(files.map((file) => [file, JSON.parse(read(file))])),
  )
  const externalUrl = 'https://mayfly.example.com/'
  const text = JSON.stringify(await mapped(t, { externalUrl, grafanaDashboards: { create: true } }))
  t.match(text, '"query":"https://mayfly.example.com"', 'links lead where the chart says')
  t.notMatch(text, '127.0.0.1')
})
