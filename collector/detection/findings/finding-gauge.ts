/**
 * Findings as Prometheus alerts on them: when the latest occurrence of what is open was judged, by workload and rule. A counter that
 * first appears at 1 has no increase, so a container that lived for a second would never alert; a time does at once. Owned by
 * detection.ts, which tells it of every change and of what was open before its start.
 */
import type { MetricReading } from '#base/metric-table.ts'
import { type Finding, type Severity, severities } from '#proto/finding.ts'
import { lateUs } from './occurrence.ts'

/** Findings remembered; the one that was judged longest ago goes first. */
const maxOpen = 10_000
/** Series at a scrape, those judged latest first. */
export const maxSeries = 1_000

interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly key: string
  /** Unix seconds. */
  readonly detected: number
}

interface Open {
  readonly series: readonly Series[]
  readonly severity: Severity
}

/**
 * A finding that was told of in time may be seen again in a backlog: that is late, and neither makes a fresh alert of it nor ends the
 * one that is out. Which of both its latest judgement was shows in how far it is from the latest event.
 */
const seriesOf = (finding: Finding): readonly Series[] => {
  const { namespace, workload, workloadType, rule, severity } = finding
  const of = (late: boolean, detected: number): Series => {
    const labels = { namespace, workload, workload_type: workloadType, rule, severity }
    const all = { ...labels, late: String(late) }
    return { labels: all, key: Object.values(all).join('\0'), detected }
  }
  const [seen, detected] = [finding.lastSeen, finding.lastDetected].map(
    (time) => Date.parse(time) / 1_000,
  ) as [number, number]
  if (finding.late) return [of(true, detected)]
  return detected - seen > lateUs / 1e6
    ? [of(false, seen), of(true, detected)]
    : [of(false, detected)]
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
    const { id, state, severity } = finding
    this.#forget(id)
    if (state !== 'open') return
    const series = seriesOf(finding)
    this.#open.set(id, { series, severity })
    for (const { key } of series) this.#series.set(key, (this.#series.get(key) ?? 0) + 1)
    while (this.#open.size > maxOpen || this.#series.size > maxSeries) this.#dropOldest()
  }

  /** One for each workload, rule and severity: the latest. */
  readings(): readonly MetricReading[] {
    const latest = new Map<string, MetricReading>()
    for (const { series } of this.#open.values())
      for (const { labels, key, detected } of series) {
        const known = latest.get(key)
        if (known === undefined || known.value < detected)
          latest.set(key, { labels, value: detected })
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
    for (const { key } of known.series) {
      const left = (this.#series.get(key) ?? 1) - 1
      if (left > 0) this.#series.set(key, left)
      else this.#series.delete(key)
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#open.keys()
    if (oldest === undefined) return
    this.#forget(oldest)
    this.#unshown += 1
  }
}
