/**
 * Bytes out: a workload sends far more to external peers within an hour than in the hours before. An hour stands out when its bytes
 * exceed a floor, the limit that the modified z of its history gives, and every hour of that history: a nightly backup is no
 * news from its second night on.
 *
 * All replicas together, each event's bytes in the hour that it was told in; connections that go on tell every 30 s. Late hours are
 * judged and not learnt (intervals.ts). After a start of the collector everything is learnt anew.
 */
import type { TimelineEvent } from '#proto/api.ts'
import { type Amounts, addAmount, beginAmounts } from './intervals.ts'
import type { StatisticParameters } from './parameters.ts'
import { modifiedZLimit } from './robust.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { destinationOf, isExternal, isOutbound, workloadOf } from './subject.ts'
import { Followed, Told } from './windows.ts'
import { sizeOf, textOf } from './words.ts'

/** Some 1.5 kB each. */
const maxWorkloads = 5_000
const hourUs = 3_600e6
/** A week of hours: what happens every weekend is history, too. */
const maxHistory = 168

interface Sent {
  readonly amounts: Amounts
  /** Bytes by hour, the latest last. */
  readonly history: number[]
  /** What the history allows, bytes; undefined until it is asked for. */
  limit: number | undefined
}

export class BytesOut implements Statistic {
  readonly kinds = ['close'] as const
  readonly rule: StatisticRule = {
    id: 'MF2010',
    name: 'Unusually many bytes out',
    description: 'A workload sent far more to external peers within an hour than ever before.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1048', 'T1567'],
  }
  readonly #parameters: StatisticParameters
  readonly #workloads = new Followed<Sent>(maxWorkloads)
  readonly #told = new Told({ lengthUs: hourUs, max: maxWorkloads })

  constructor(parameters: StatisticParameters) {
    this.#parameters = parameters
  }

  get size(): number {
    return this.#workloads.size
  }

  get evicted(): number {
    return this.#workloads.evicted + this.#told.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    if (event.kind !== 'close' || !isOutbound(event) || !isExternal(event)) return undefined
    const key = workloadOf(event)
    const hour = Math.floor(timeUs / hourUs)
    const sent = this.#workloads.of(key, () => ({
      amounts: beginAmounts(hour),
      history: [],
      limit: undefined,
    }))
    const bytes = addAmount(sent.amounts, hour, event.sentBytes ?? 0, maxHistory, (amount) => {
      sent.history.push(amount)
      if (sent.history.length > maxHistory) sent.history.shift()
      sent.limit = undefined
    })
    const { 'bytes-out.floor': floor, 'bytes-out.learning': learning } = this.#parameters
    if (bytes <= floor || sent.history.length < learning) return undefined
    const limit = this.#limitOf(sent)
    if (bytes <= limit || !this.#told.isNews(key, timeUs)) return undefined
    return {
      key: {},
      reason: `sent ${sizeOf(bytes)} to external peers within an hour, last to ${textOf(destinationOf(event))}; in ${sent.history.length} hours before it was ${sizeOf(Math.max(...sent.history))} at most`,
    }
  }

  #limitOf(sent: Sent): number {
    const score = this.#parameters['bytes-out.score']
    sent.limit ??= Math.max(modifiedZLimit(sent.history, score), ...sent.history)
    return sent.limit
  }
}
