/**
 * Metrics as declarations: one table per program says name, type, labels and meaning of every metric. Registration,
 * zero-initialised series and the reference page (docs/metrics.md) are derived from it, so none can drift.
 *
 * Names follow Prometheus practice: base units, `_total` for counters, and no label without a bound.
 */
import { createRequire } from 'node:module'
import type * as Prometheus from 'prom-client'

/*
 * The package's entry point also loads its cluster, push gateway and default metrics: 18 MB of resident memory that
 * an agent on every node would pay for nothing. Its parts are loaded one by one instead.
 */
const require = createRequire(import.meta.url)
const Registry = require('prom-client/lib/registry.js') as typeof Prometheus.Registry
const Counter = require('prom-client/lib/counter.js') as typeof Prometheus.Counter
const Gauge = require('prom-client/lib/gauge.js') as typeof Prometheus.Gauge
const Histogram = require('prom-client/lib/histogram.js') as typeof Prometheus.Histogram

export type MetricRegistry = Prometheus.Registry
export type MetricCounter = Prometheus.Counter<string>
export type MetricGauge = Prometheus.Gauge<string>
export type MetricHistogram = Prometheus.Histogram<string>

/** A label and what bounds it. */
export interface MetricLabel {
  readonly help: string
  /** All values it can take, where they are known beforehand: their series start at 0. */
  readonly values?: readonly string[]
  /** Where they are not: how many there can be in one program. */
  readonly atMost?: number
}

interface MetricBase {
  readonly name: string
  /** Sentences for the person who reads the graph. */
  readonly help: string
  readonly labels?: Readonly<Record<string, MetricLabel>>
  /** The most sets of labels at once, where labels bound each other or one of them has no bound of its own. */
  readonly atMost?: number
}

export type MetricSpec =
  | (MetricBase & { readonly type: 'counter' | 'gauge' })
  | (MetricBase & { readonly type: 'histogram'; readonly buckets: readonly number[] })

export type MetricTable = Readonly<Record<string, MetricSpec>>

type InstrumentOf<S extends MetricSpec> = S['type'] extends 'counter'
  ? MetricCounter
  : S['type'] extends 'gauge'
    ? MetricGauge
    : MetricHistogram

/** The live instruments of a table, under the table's keys. */
export type MetricsOf<T extends MetricTable> = { readonly [K in keyof T]: InstrumentOf<T[K]> }

export interface MetricReading {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Gives a counter's or gauge's present value at scrape time; undefined for "no such series now". */
export type MetricReader = () => number | readonly MetricReading[] | undefined

/** For metrics whose number is kept elsewhere: read when scraped instead of counted along. */
export type MetricReaders<T extends MetricTable> = { readonly [K in keyof T]?: MetricReader }

/** A registry of its own: nothing global, so that tests and programs can have several. */
export const createRegistry = (): MetricRegistry => new Registry()

/** Every combination of the labels' known values; none as soon as one label has no known values. */
const knownLabelSets = (
  labels: Readonly<Record<string, MetricLabel>>,
): readonly Record<string, string>[] => {
  let sets: Record<string, string>[] = [{}]
  for (const [name, { values = [] }] of Object.entries(labels)) {
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })))
  }
  return sets
}

const readInto = (metric: MetricCounter | MetricGauge, reader: MetricReader): void => {
  const reading = reader()
  // A reset leaves a metric without labels at 0; remove() makes the series absent, as "unknown" should be.
  metric.reset()
  if (reading === undefined) metric.remove()
  else if (typeof reading === 'number') metric.inc(reading)
  else for (const { labels, value } of reading) metric.inc(labels, value)
}

const createInstrument = (
  spec: MetricSpec,
  registry: MetricRegistry,
  reader: MetricReader | undefined,
): MetricCounter | MetricGauge | MetricHistogram => {
  const labels = spec.labels ?? {}
  const options = {
    name: spec.name,
    help: spec.help,
    labelNames: Object.keys(labels),
    registers: [registry],
  }
  if (spec.type === 'histogram') return new Histogram({ ...options, buckets: [...spec.buckets] })
  const metric: MetricCounter | MetricGauge = new (spec.type === 'counter' ? Counter : Gauge)({
    ...options,
    ...(reader && { collect: () => readInto(metric, reader) }),
  })
  if (!reader && options.labelNames.length > 0) {
    for (const set of knownLabelSets(labels)) metric.inc(set, 0)
  }
  return metric
}

/** Makes the table's instruments in the registry. A metric with a reader is read at each scrape. */
export const registerMetrics = <T extends MetricTable>(
  table: T,
  registry: MetricRegistry,
  readers: MetricReaders<T> = {},
): MetricsOf<T> =>
  Object.fromEntries(
    Object.entries(table).map(([key, spec]) => [
      key,
      createInstrument(spec, registry, readers[key]),
    ]),
  ) as MetricsOf<T>

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const describeLabel = (name: string, { help, values }: MetricLabel): string =>
  `\`${name}\`: ${help}${values ? ` (${values.map((value) => `\`${value}\``).join(', ')})` : ''}`

/** What one series tells of: the one thing that its labels name. `fleet` in a collector is `node` in an agent. */
export type MetricLevel = 'workload' | 'namespace' | 'node' | 'fleet'

const levelOf = ({ labels = {} }: MetricSpec, program: MetricLevel): MetricLevel => {
  if ('workload' in labels) return 'workload'
  return 'namespace' in labels ? 'namespace' : program
}

/** A histogram has a series for each bucket, one for what is above all, and its sum and count. */
const perSet = (spec: MetricSpec): number =>
  spec.type === 'histogram' ? spec.buckets.length + 3 : 1

/**
 * The most series that a program has of a metric.
 * @throws Error for a label that nothing bounds.
 */
export const mostSeries = (spec: MetricSpec): number => {
  const bounds = Object.entries(spec.labels ?? {}).map(([name, { values, atMost }]) => {
    const bound = values?.length ?? atMost ?? (spec.atMost && 1)
    if (bound === undefined) throw new Error(`${spec.name}: label ${name} has no bound`)
    return bound
  })
  return (spec.atMost ?? bounds.reduce((product, bound) => product * bound, 1)) * perSet(spec)
}

/** The table as a section of docs/metrics.md. `level`: of what names neither workload nor namespace. */
export const describeMetrics = (title: string, table: MetricTable, level: MetricLevel): string => {
  const specs = Object.values(table)
  const rows = specs.map((spec) => {
    const labels = Object.entries(spec.labels ?? {}).map(([name, label]) =>
      describeLabel(name, label),
    )
    const numbers = `${levelOf(spec, level)} | ${mostSeries(spec).toLocaleString('en')}`
    return `| \`${spec.name}\` | ${spec.type} | ${cell(spec.help)} | ${cell(labels.join('; '))} | ${numbers} |`
  })
  const total = specs.reduce((sum, spec) => sum + mostSeries(spec), 0)
  return [
    `## ${title}`,
    '',
    `At most ${total.toLocaleString('en')} series in all.`,
    '',
    '| metric | type | meaning | labels | level | series at most |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
