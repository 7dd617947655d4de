/**
 * Bursts of executions: a container starts far more programs in a minute than it did before. The minute is held against a moving mean
 * and deviation (EWMA of the amounts and of the squared errors of the forecast), a floor, and the largest minute before with half
 * as much again: what happens every hour is no burst. The largest fades to half in a day.
 *
 * Late minutes are judged and not learnt (intervals.ts). After a start of the collector everything is learnt anew.
 */
import type { TimelineEvent } from '#proto/api.ts'
import { type Amounts, addAmount, beginAmounts } from './intervals.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf } from './subject.ts'
import { Followed, Told } from './windows.ts'

const maxContainers = 5_000
const minuteUs = 60e6
const toldUs = 3_600e6
/** What the largest minute is multiplied by. */
const overLargest = 1.5
const fadePerMinute = 0.5 ** (1 / 1_440)
/** Empty minutes that are learnt after a pause; more change nothing that matters. */
const maxEmpty = 120

interface Pace {
  readonly amounts: Amounts
  minutes: number
  mean: number
  variance: number
  largest: number
}

/** Takes a minute that is over into the moving mean and variance. */
export const learnMinute = (pace: Omit<Pace, 'amounts'>, amount: number, weight: number): void => {
  const error = pace.minutes === 0 ? 0 : amount - pace.mean
  pace.mean = pace.minutes === 0 ? amount : pace.mean + weight * error
  pace.variance = (1 - weight) * pace.variance + weight * error * error
  pace.largest = Math.max(amount, pace.largest * fadePerMinute)
  pace.minutes += 1
}

export class Burst implements Statistic {
  readonly kinds = ['exec'] as const
  readonly rule: StatisticRule = {
    id: 'MF2006',
    name: 'Burst of executions',
    description: 'A container started far more programs within a minute than ever before.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1059'],
  }
  readonly #parameters: StatisticParameters
  readonly #paces = new Followed<Pace>(maxContainers)
  readonly #told = new Told({ lengthUs: toldUs, max: maxContainers })

  constructor(parameters: StatisticParameters) {
    this.#parameters = parameters
  }

  get size(): number {
    return this.#paces.size
  }

  get evicted(): number {
    return this.#paces.evicted + this.#told.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    if (event.kind !== 'exec' || event.process.runtime || event.process.snapshot) return undefined
    const key = containerOf(event)
    const minute = Math.floor(timeUs / minuteUs)
    const weight = this.#parameters['burst.weight']
    const pace = this.#paces.of(key, () => ({
      amounts: beginAmounts(minute),
      minutes: 0,
      mean: 0,
      variance: 0,
      largest: 0,
    }))
    const amount = addAmount(pace.amounts, minute, 1, maxEmpty, (one) =>
      learnMinute(pace, one, weight),
    )
    if (pace.minutes < this.#parameters['burst.learning']) return undefined
    if (amount < this.#parameters['burst.floor']) return undefined
    const limit = pace.mean + this.#parameters['burst.deviations'] * Math.sqrt(pace.variance)
    if (amount <= limit || amount <= overLargest * pace.largest) return undefined
    if (!this.#told.isNews(key, timeUs)) return undefined
    const before = `${pace.mean.toFixed(1)} per minute lately, ${Math.ceil(pace.largest)} at most`
    return {
      key: {},
      reason: `started ${amount} programs within a minute; before it was ${before}`,
    }
  }
}
