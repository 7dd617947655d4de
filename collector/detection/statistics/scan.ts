/**
 * Scans by failed connections, as Zeek's scan.zeek counts them: many addresses on one port, or many ports of one address, within a
 * window, by one container. Of a subject only as many different values are kept as it takes to decide, and two more.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { attemptOf, containerOf } from './subject.ts'
import { Told, Windows } from './windows.ts'
import { spanOf } from './words.ts'

/** Subjects at once: a scan of all ports of one host is 65,535 subjects of the other kind. Some 100 bytes each as a rule. */
const maxSubjects = 10_000
/** Containers that were told of. */
const maxTold = 5_000
/** Named in a reason. */
const maxNamed = 3

interface Scan {
  /** What is the same: `port` or `address`. Also the hit's key. */
  readonly fixed: 'port' | 'address'
  readonly rule: StatisticRule
  readonly threshold: number
  readonly windowUs: number
  readonly say: (count: number, fixed: string, span: string) => string
}

class ScanStatistic implements Statistic {
  readonly kinds = ['connect'] as const
  readonly rule: StatisticRule
  readonly #scan: Scan
  readonly #subjects: Windows<Set<string>>
  readonly #told: Told

  constructor(scan: Scan) {
    this.#scan = scan
    this.rule = scan.rule
    this.#subjects = new Windows({ lengthUs: scan.windowUs, max: maxSubjects })
    this.#told = new Told({ lengthUs: scan.windowUs, max: maxTold })
  }

  get size(): number {
    return this.#subjects.size
  }

  get evicted(): number {
    return this.#subjects.evicted + this.#told.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    if (event.kind !== 'connect' || event.peer === undefined) return undefined
    if (attemptOf(event) !== 'failure') return undefined
    const { fixed, threshold, windowUs, say } = this.#scan
    const { address } = event.peer
    const port = String(event.peer.port)
    const [subject, value] = fixed === 'port' ? [port, address] : [address, port]
    const container = containerOf(event)
    const values = this.#subjects.of(`${container}\0${subject}`, timeUs, () => new Set())
    if (values.size < threshold + 2) values.add(value)
    if (values.size < threshold) return undefined
    // Whoever scans a network on many ports, or many hosts, is told of once.
    if (!this.#told.isNews(container, timeUs)) return undefined
    const named = [...values].slice(0, maxNamed).join(', ')
    const text = say(values.size, subject, spanOf(windowUs / 1e6))
    return { key: { [fixed]: subject }, reason: `${text}, such as ${named}` }
  }
}

export const addressScan = (parameters: StatisticParameters): Statistic =>
  new ScanStatistic({
    fixed: 'port',
    rule: {
      id: 'MF2001',
      name: 'Address scan',
      description: 'A container failed to reach many different addresses on one port.',
      severity: 'low',
      maturity: 'incubating',
      mitre: ['T1046', 'T1018'],
    },
    threshold: parameters['scan.addresses'],
    windowUs: parameters['scan.window'] * 1e6,
    say: (count, port, span) =>
      `failed to connect to ${count} addresses on port ${port} within ${span}`,
  })

export const portScan = (parameters: StatisticParameters): Statistic =>
  new ScanStatistic({
    fixed: 'address',
    rule: {
      id: 'MF2002',
      name: 'Port scan',
      description: 'A container failed to reach many different ports of one address.',
      severity: 'low',
      maturity: 'incubating',
      mitre: ['T1046'],
    },
    threshold: parameters['scan.ports'],
    windowUs: parameters['scan.window'] * 1e6,
    say: (count, address, span) =>
      `failed to connect to ${count} ports of ${address} within ${span}`,
  })
