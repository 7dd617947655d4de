/**
 * Beacons: regular connections of a container to one external destination, scored as RITA does over 24 hours. Per container, not
 * per workload: the replicas' phases together would look like noise. Known peers are left out.
 *
 * RITA looks at a day's log at once; here the latest 256 connections tell of intervals and sizes, and 24 counters of the hours.
 * Scored once per hour and destination, when an hour begins. Times of before the hour that is followed count in theirs;
 * those of another day (a clock that was set, an old backlog) begin anew.
 */
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import { type BeaconScore, beaconScore, durationMinHours } from './beacon-score.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf, countOf, destinationOf, isExternal, isOutbound } from './subject.ts'
import { Followed, Told } from './windows.ts'
import { spanOf, textOf } from './words.ts'

/** Destinations of containers; 4 kB each at most. */
const maxDestinations = 5_000
/** Connections of which time and size are kept. */
const maxKept = 256
const hourUs = 3_600e6
const hoursOfDay = 24
/** RITA: one each second is no beacon but a strobe. */
const strobe = 86_400

interface Connections {
  /** The latest, Unix seconds and bytes, written round. */
  readonly times: number[]
  readonly sizes: number[]
  written: number
  /** By hour of the day since the epoch; the latest 24. */
  readonly hours: number[]
  latestHour: number
}

const begin = (hour: number): Connections => ({
  times: [],
  sizes: [],
  written: 0,
  hours: Array.from({ length: hoursOfDay }, () => 0),
  latestHour: hour,
})

/** When it began and what it sent: told when it ends, or when it fails. Undefined for the rest. */
const beginningOf = (event: TimelineConnection, timeUs: number) => {
  if (event.kind === 'connect')
    return event.outcome === 'established' || event.outcome === 'unknown' || event.snapshot
      ? undefined
      : { atUs: timeUs, sentBytes: 0 }
  if (event.kind !== 'close' || event.ongoing === true) return undefined
  const count = countOf(event)
  const { durationUs, sentBytes } = event
  // Who stays for a day is no beacon, and began before what is followed.
  if ((durationUs ?? 0) / count >= hoursOfDay * hourUs) return undefined
  return { atUs: timeUs - (durationUs ?? 0) / count, sentBytes: (sentBytes ?? 0) / count }
}

const indexOf = (hour: number): number => ((hour % hoursOfDay) + hoursOfDay) % hoursOfDay

export class Beacon implements Statistic {
  readonly kinds = ['connect', 'close'] as const
  readonly rule: StatisticRule = {
    id: 'MF2004',
    name: 'Beacon',
    description: 'A container connects to an external destination as regularly as a machine does.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1071', 'T1029'],
  }
  readonly #least: number
  readonly #destinations = new Followed<Connections>(maxDestinations)
  readonly #told = new Told({ lengthUs: hoursOfDay * hourUs, max: maxDestinations })

  constructor(parameters: StatisticParameters) {
    this.#least = parameters['beacon.score']
  }

  get size(): number {
    return this.#destinations.size
  }

  get evicted(): number {
    return this.#destinations.evicted + this.#told.evicted
  }

  take(event: TimelineEvent, { timeUs, isKnownPeer }: StatisticContext): Hit | undefined {
    if (event.kind !== 'connect' && event.kind !== 'close') return undefined
    const beginning = beginningOf(event, timeUs)
    if (beginning === undefined || !isOutbound(event) || !isExternal(event)) return undefined
    if (isKnownPeer(event)) return undefined
    const destination = destinationOf(event)
    const key = `${containerOf(event)}\0${destination}`
    const hour = Math.floor(beginning.atUs / hourUs)
    const known = this.#destinations.of(key, () => begin(hour))
    const isOtherDay = Math.abs(hour - known.latestHour) >= hoursOfDay
    const connections = isOtherDay ? begin(hour) : known
    if (isOtherDay) this.#destinations.set(key, connections)
    const hit = hour > connections.latestHour ? this.#judge(connections, destination) : undefined
    this.#add(connections, hour, beginning, countOf(event))
    return hit !== undefined && this.#told.isNews(key, timeUs) ? hit : undefined
  }

  #add(
    connections: Connections,
    hour: number,
    { atUs, sentBytes }: { readonly atUs: number; readonly sentBytes: number },
    count: number,
  ): void {
    const { times, sizes, hours, written, latestHour } = connections
    // Counted, not compared: times may be too great for an hour to be added to.
    for (let passed = 1; passed <= hour - latestHour; passed += 1)
      hours[indexOf(latestHour + passed)] = 0
    connections.latestHour = Math.max(hour, latestHour)
    hours[indexOf(hour)] = (hours[indexOf(hour)] ?? 0) + count
    times[written % maxKept] = Math.floor(atUs / 1e6)
    sizes[written % maxKept] = sentBytes
    connections.written = written + 1
  }

  /** Of the 24 hours that end with the latest one. */
  #judge({ times, sizes, hours, latestHour }: Connections, destination: string): Hit | undefined {
    const inOrder = Array.from(hours, (_, index) => hours[indexOf(latestHour + 1 + index)] ?? 0)
    const total = inOrder.reduce((sum, one) => sum + one, 0)
    const key = { destination }
    const to = textOf(destination)
    if (total >= strobe)
      return { key, reason: `connected ${total} times to ${to} within 24 h, once a second or more` }
    const bars = inOrder.filter((one) => one > 0).length
    if (bars < durationMinHours) return undefined
    const sorted = times.toSorted((a, b) => a - b)
    // To the hour: of those that are counted, the seconds of the first are not kept.
    const firstHour = inOrder.findIndex((one) => one > 0)
    const coverage = (hoursOfDay - firstHour) / hoursOfDay
    const score = beaconScore({ times: sorted, sizes, hours: inOrder, coverage })
    if (score === undefined || score.score < this.#least) return undefined
    return { key, reason: reasonOf(score, to, total, bars, sorted) }
  }
}

const reasonOf = (
  { score, intervals, sizes, duration, histogram }: BeaconScore,
  to: string,
  total: number,
  bars: number,
  sorted: readonly number[],
): string => {
  const gaps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? time))
  const every = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0
  const parts = `intervals ${intervals}, sizes ${sizes}, duration ${duration}, hours ${histogram}`
  return `connected ${total} times to ${to} in ${bars} hours of a day, every ${spanOf(every)} as a rule; beacon score ${score} (${parts})`
}
