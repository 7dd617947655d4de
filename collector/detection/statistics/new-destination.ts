/**
 * New external destinations: a workload connects to a domain that it never asked for while its domains were learnt. Only what was
 * looked up by name and then connected to: the addresses of clouds change hands hourly, and a question alone does nothing.
 *
 * Domains are learnt for some hours of the workload, and each is told of once. Whoever asks for very many (a crawler, a proxy, a mail
 * server) is left alone. Of a pause only some hours count as learnt, and late events none (intervals.ts), so that a clock
 * that was wrong for a moment ends no learning. After a start of the collector everything is learnt anew.
 */
import type { TimelineEvent } from '#proto/api.ts'
import { type Amounts, addAmount, beginAmounts } from './intervals.ts'
import type { StatisticParameters } from './parameters.ts'
import { plainName, registrableOf } from './registrable.ts'
import { SearchFolding } from './search.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf, isExternal, isOutbound, workloadOf } from './subject.ts'
import { Followed } from './windows.ts'
import { textOf } from './words.ts'

const maxWorkloads = 5_000
/** Of one workload; with more it is left alone. Some 100 bytes each. */
const maxDomains = 200
const hourUs = 3_600e6
/** Hours without anything that count as learnt after each pause. */
const maxQuietHours = 5

interface Learnt {
  readonly events: Amounts
  /** Since its first event, as far as they count. */
  hours: number
  /** By domain: asked for while learning, or told of. The others are new until they are connected to. */
  readonly domains: Map<string, 'known' | 'new'>
}

export class NewDestination implements Statistic {
  readonly kinds = ['dns', 'connect'] as const
  readonly rule: StatisticRule = {
    id: 'MF2011',
    name: 'New external destination',
    description:
      'A workload looked up a domain that it had never asked for, and connected to an address of it.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1071'],
  }
  readonly #learningHours: number
  readonly #workloads = new Followed<Learnt>(maxWorkloads)
  readonly #folding = new SearchFolding()

  constructor(parameters: StatisticParameters) {
    this.#learningHours = parameters['new-destination.learning']
  }

  get size(): number {
    return this.#workloads.size
  }

  get evicted(): number {
    return this.#workloads.evicted + this.#folding.evicted
  }

  take(event: TimelineEvent, { timeUs, isKnownPeer }: StatisticContext): Hit | undefined {
    const name = this.#nameOf(event)
    const domain = name === undefined ? undefined : registrableOf(name)
    if (domain === undefined) return undefined
    const hour = Math.floor(timeUs / hourUs)
    const learnt = this.#workloads.of(workloadOf(event), () => ({
      events: beginAmounts(hour),
      hours: 0,
      domains: new Map(),
    }))
    addAmount(learnt.events, hour, 1, maxQuietHours, () => {
      learnt.hours += 1
    })
    const { domains, hours } = learnt
    if (domains.size >= maxDomains) return undefined
    const isLearning = hours < this.#learningHours
    const state = domains.get(domain) ?? (isLearning ? 'known' : 'new')
    domains.set(domain, state)
    if (state === 'known' || event.kind !== 'connect') return undefined
    // Once is enough, and what is normal stays so.
    domains.set(domain, 'known')
    if (isKnownPeer(event)) return undefined
    return {
      key: { domain },
      reason: `connected to ${textOf(name ?? domain)} (${event.peer?.address ?? ''}, port ${event.peer?.port ?? 0}), of a domain that it had not asked for in ${hours} h or more`,
    }
  }

  /** Asked for, or the name of an external peer that is reached. */
  #nameOf(event: TimelineEvent): string | undefined {
    const name =
      event.kind === 'dns'
        ? event.name
        : event.kind === 'connect' && !event.snapshot && isOutbound(event) && isExternal(event)
          ? (event.peer?.name ?? '')
          : ''
    return name === ''
      ? undefined
      : this.#folding.meant(plainName(name), containerOf(event), event.namespace)
  }
}
