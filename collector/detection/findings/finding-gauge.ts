/**
 * Findings as Prometheus alerts on them: when the latest occurrence of what is open was judged, by workload and rule. A counter that
 * first appears at 1 has no increase, so a container that lived for a second would never alert; a time does at once. Owned by
 * detection.ts, which tells it of every change and of what was open before its start.
 */
import type { MetricReading } from '#base/metric-table.ts'
import { type Finding, type Severity, severities } from '#proto/finding.ts'

/** Findings remembered; the one that was judged longest ago goes first. */
const maxOpen = 10_000
/** Series at a scrape, those judged latest first. */
export const maxSeries = 1_000

interface Open {
  readonly labels: Readonly<Record<string, string>>
  readonly series: string
  readonly severity: Severity
  /** Unix seconds. */
  readonly detected: number
}

const labelsOf = (finding: Finding): Readonly<Record<string, string>> => {
  const { namespace, workload, workloadType, rule, severity, late } = finding
  return { namespace, workload, workload_type: workloadType, rule, severity, late: String(late) }
}

export class FindingGauge {
  /** The latest changed last. */
  readonly #open = new Map<string, Open>()
  readonly #series = new Map<string, number>()
  #unshown = 0

  /** Findings that had to be left out while they were open. */
  get unshown(): number {
    return this.#unshown
  }

  update(finding: Finding): void {
    const { id, state, severity, lastDetected } = finding
    this.#forget(id)
    if (state !== 'open') return
    const labels = labelsOf(finding)
    const series = Object.values(labels).join('\0')
    const detected = Date.parse(lastDetected) / 1_000
    this.#open.set(id, { labels, series, severity, detected })
    this.#series.set(series, (this.#series.get(series) ?? 0) + 1)
    while (this.#open.size > maxOpen || this.#series.size > maxSeries) this.#dropOldest()
  }

  /** One for each workload, rule and severity: the latest. */
  readings(): readonly MetricReading[] {
    const latest = new Map<string, MetricReading>()
    for (const { labels, series, detected } of this.#open.values()) {
      const known = latest.get(series)
      if (known === undefined || known.value < detected)
        latest.set(series, { labels, value: detected })
    }
    return [...latest.values()]
  }

  openBySeverity(): readonly MetricReading[] {
    const counts = new Map<Severity, number>(severities.map((severity) => [severity, 0]))
    for (const { severity } of this.#open.values())
      counts.set(severity, (counts.get(severity) ?? 0) + 1)
    return [...counts].map(([severity, value]) => ({ labels: { severity }, value }))
  }

  #forget(id: string): void {
    const known = this.#open.get(id)
    if (known === undefined) return
    this.#open.delete(id)
    const left = (this.#series.get(known.series) ?? 1) - 1
    if (left > 0) this.#series.set(known.series, left)
    else this.#series.delete(known.series)
  }

  #dropOldest(): void {
    const [oldest] = this.#open.keys()
    if (oldest === undefined) return
    this.#forget(oldest)
    this.#unshown += 1
  }
}
