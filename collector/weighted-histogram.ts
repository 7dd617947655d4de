/**
 * A histogram whose observations have a weight: one event may stand for a thousand connections, and prom-client would
 * take a thousand calls for it. Filled by workload-counts.ts, read by the registry at each scrape.
 */
import type { MetricHistogram, MetricRegistry, MetricSpec } from '#base/metric-table.ts'

/** What was observed, by upper bounds in ascending order. Adding takes the same work whatever the weight. */
export class Observations {
  readonly #bounds: readonly number[]
  /** Per bound what is at most that and above the one before; last, what is above all. */
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  add(value: number, weight: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound)
    const place = at < 0 ? this.#bounds.length : at
    this.#counts[place] = (this.#counts[place] ?? 0) + weight
    this.#sum += value * weight
  }

  /** Takes in what another with the same bounds observed. */
  merge(other: Observations): void {
    for (const [at, count] of other.#counts.entries()) {
      this.#counts[at] = (this.#counts[at] ?? 0) + count
    }
    this.#sum += other.#sum
  }

  /** As Prometheus has it: how many were at most each bound, `+Inf` last, and their sum. */
  read(): { readonly upTo: readonly (readonly [string, number])[]; readonly sum: number } {
    let total = 0
    const upTo = this.#counts.map((count, at) => {
      total += count
      return [String(this.#bounds[at] ?? '+Inf'), total] as const
    })
    return { upTo, sum: this.#sum }
  }
}

/** One series of observations per value of the spec's only label. */
export class WeightedHistogram {
  readonly name: string
  readonly #spec: Extract<MetricSpec, { readonly type: 'histogram' }>
  readonly #label: string
  readonly #byValue = new Map<string, Observations>()

  constructor(
    spec: Extract<MetricSpec, { readonly type: 'histogram' }>,
    label: string,
    registry: MetricRegistry,
  ) {
    this.name = spec.name
    this.#spec = spec
    this.#label = label
    // A registry asks of a metric its name and get(), whatever the declared type says.
    registry.registerMetric(this as unknown as MetricHistogram)
  }

  add(value: string, observations: Observations): void {
    const known = this.#byValue.get(value) ?? new Observations(this.#spec.buckets)
    known.merge(observations)
    this.#byValue.set(value, known)
  }

  /** Lets the series of all other values go. */
  retain(values: ReadonlySet<string>): void {
    for (const value of this.#byValue.keys()) if (!values.has(value)) this.#byValue.delete(value)
  }

  /** Called by the registry. */
  async get() {
    const { name, help, type } = this.#spec
    const values = [...this.#byValue].flatMap(([value, observations]) => {
      const labels = { [this.#label]: value }
      const { upTo, sum } = observations.read()
      const buckets = upTo.map(([le, count]) => ({
        metricName: `${name}_bucket`,
        labels: { le, ...labels },
        value: count,
      }))
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: upTo.at(-1)?.[1] ?? 0 },
      ]
    })
    return { name, help, type, aggregator: 'sum', values }
  }
}
