/**
 * Long connections to external destinations: a command channel that stays open. Told of at the duration that is asked for, and
 * again at each of RITA's steps beyond it; known peers are left out. How long it is stands in each event of the connection,
 * so nothing depends on their order.
 */
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf, countOf, destinationOf, isExternal, isOutbound } from './subject.ts'
import { Windows } from './windows.ts'
import { spanOf, textOf } from './words.ts'

/** Destinations of containers. */
const maxDestinations = 5_000
const hourUs = 3_600e6
const dayUs = 24 * hourUs
/** RITA: base, low, medium and high, hours. */
const steps: readonly number[] = [1, 4, 8, 12]

interface Told {
  hours: number
}

/** Of several the longest, else their mean. */
const longestUs = (event: TimelineConnection): number =>
  event.maxDurationUs ?? (event.durationUs ?? 0) / countOf(event)

export class LongConnection implements Statistic {
  readonly kinds = ['close'] as const
  readonly rule: StatisticRule = {
    id: 'MF2009',
    name: 'Long connection',
    description: 'A container keeps a connection to an external destination open for hours.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1071', 'T1095'],
  }
  readonly #steps: readonly number[]
  readonly #destinations = new Windows<Told>({ lengthUs: dayUs, max: maxDestinations })

  constructor(parameters: StatisticParameters) {
    const least = parameters['long-connection.duration']
    this.#steps = [least, ...steps.filter((hours) => hours > least)]
  }

  get size(): number {
    return this.#destinations.size
  }

  get evicted(): number {
    return this.#destinations.evicted
  }

  take(event: TimelineEvent, { timeUs, isKnownPeer }: StatisticContext): Hit | undefined {
    if (event.kind !== 'close' || !isOutbound(event)) return undefined
    const hours = longestUs(event) / hourUs
    const reached = this.#steps.findLast((step) => hours >= step)
    if (reached === undefined || !isExternal(event) || isKnownPeer(event)) return undefined
    const destination = destinationOf(event)
    const key = `${containerOf(event)}\0${destination}`
    const told = this.#destinations.of(key, timeUs, () => ({ hours: 0 }))
    if (told.hours >= reached) return undefined
    told.hours = reached
    const state = event.ongoing === true ? 'is open' : 'was open'
    return {
      key: { destination },
      reason: `a connection to ${textOf(destination)}, port ${event.peer?.port ?? 0}, ${state} for ${spanOf(hours * 3_600)}`,
    }
  }
}
