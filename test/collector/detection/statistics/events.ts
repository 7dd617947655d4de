/** Events for the tests of statistics, at times of their own, and what a statistic makes of a row of them. */
import {
  defaultParameters,
  type StatisticParameters,
} from '#collector/detection/statistics/parameters.ts'
import type { Hit, Statistic } from '#collector/detection/statistics/statistic.ts'
import type { TimelineConnection, TimelineDns, TimelineEvent } from '#proto/api.ts'
import { processInfo, timelineBase } from '#test/fixtures/timeline-events.ts'

export const secondUs = 1e6
export const minuteUs = 60e6
export const hourUs = 3_600e6
export const dayUs = 24 * hourUs
/** A day's beginning, so that windows begin here. */
export const startUs = 20_000 * dayUs

/** An external address by number. */
export const external = (number: number): string =>
  `9.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`

type Peer = NonNullable<TimelineConnection['peer']>
type Facts = Omit<Partial<TimelineConnection>, 'peer' | 'kind'> & {
  readonly peer?: Partial<Peer>
  readonly exe?: string
}

const connection = (
  kind: 'connect' | 'close',
  { peer, exe, ...facts }: Facts,
): TimelineConnection => ({
  ...timelineBase,
  kind,
  process: processInfo({ exe: exe ?? '/usr/bin/app' }),
  transport: 'tcp',
  socket: 1,
  local: { address: '10.1.2.3', port: 40_000 },
  peer: { address: external(1), port: 443, name: '', workload: '', ...peer },
  count: 1,
  snapshot: false,
  ...facts,
})

export const connect = (facts: Facts = {}): TimelineConnection =>
  connection('connect', { outcome: 'established', ...facts })

export const close = (facts: Facts = {}): TimelineConnection =>
  connection('close', {
    direction: 'outbound',
    ongoing: false,
    sentBytes: 100,
    receivedBytes: 100,
    durationUs: 0,
    ...facts,
  })

export const dns = (name: string, facts: Partial<TimelineDns> = {}): TimelineDns => ({
  ...timelineBase,
  kind: 'dns',
  process: processInfo({ exe: '/usr/bin/app' }),
  peer: { address: '10.96.0.10', port: 53 },
  name,
  type: 'A',
  rcode: 'NOERROR',
  answers: [],
  latencyUs: 1_000,
  count: 1,
  ...facts,
})

export const withParameters = (some: Partial<StatisticParameters>): StatisticParameters => ({
  ...defaultParameters,
  ...some,
})

export const nobodyKnown = (): boolean => false

/** An event and when it happened, from startUs on. */
export type Timed = readonly [event: TimelineEvent, afterUs: number]

/** The hits, each with the number of the event that caused it. */
export const hitsOf = (
  statistic: Statistic,
  events: Iterable<Timed>,
  isKnownPeer: (event: TimelineConnection) => boolean = nobodyKnown,
): readonly (Hit & { readonly at: number })[] => {
  const hits: (Hit & { at: number })[] = []
  let at = 0
  for (const [event, afterUs] of events) {
    const hit = statistic.take(event, { timeUs: startUs + afterUs, isKnownPeer })
    if (hit !== undefined) hits.push({ ...hit, at })
    at += 1
  }
  return hits
}

/** `count` of them, made by number. */
export const times = (count: number, make: (number: number) => Timed): readonly Timed[] =>
  Array.from({ length: count }, (_, number) => make(number))
