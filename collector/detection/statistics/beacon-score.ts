/**
 * RITA's score of how regularly one talks to another, 0 to 1 (activecm/rita v5, analysis/beacons.go, written anew from its formulas):
 * the mean of four scores, for the intervals between connections, their sizes, how long it went on, and how even the
 * hours are. Pure; called by beacon.ts.
 */
import { madOf, medianOf, quartilesOf, sortedOf } from './robust.ts'

/** RITA: `min_hours_seen`, `ideal_number_of_consistent_hours`. */
export const durationMinHours = 6
const idealHours = 12
/** RITA: `hist_bimodal_min_hours`, `hist_bimodal_outlier_removal`, `hist_mode_sensitivity`. */
const bimodalMinHours = 11
const bimodalOutliers = 1
const modeSensitivity = 0.05
/** Below this spread of the quartiles skewness says nothing. */
const minSpread = 10

export interface BeaconFacts {
  /** When connections began, seconds, sorted. */
  readonly times: readonly number[]
  /** What each sent, bytes. */
  readonly sizes: readonly number[]
  /** Connections by hour (or other equal part) of the stretch that is looked at. */
  readonly hours: readonly number[]
  /** From the first to the last connection, as a part of that stretch. */
  readonly coverage: number
}

export interface BeaconScore {
  readonly score: number
  readonly intervals: number
  readonly sizes: number
  readonly duration: number
  readonly histogram: number
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

/** 1 − |Bowley's skewness|, (Q3 + Q1 − 2 Q2) / (Q3 − Q1): a beacon's jitter goes both ways. */
export const symmetryScore = (sorted: readonly number[]): number => {
  const { q1, q2, q3 } = quartilesOf(sorted)
  const spread = q3 - q1
  if (spread < minSpread || q2 === q1 || q2 === q3) return 1
  return 1 - Math.abs((q3 + q1 - 2 * q2) / spread)
}

/** (median − MAD) / median, never below 0; `otherwise` where the median is below 1. */
export const steadinessScore = (sorted: readonly number[], otherwise: number): number => {
  const median = medianOf(sorted)
  return median < 1 ? otherwise : Math.max(0, (median - madOf(sorted)) / median)
}

const statisticalScore = (sorted: readonly number[], otherwise: number): number =>
  rounded((symmetryScore(sorted) + steadinessScore(sorted, otherwise)) / 2)

/** Of whole seconds between connections, several of one second left out; undefined with fewer than 3. */
export const intervalScore = (times: readonly number[]): number | undefined => {
  const intervals = times
    .map((time, index) => time - (times[index - 1] ?? time))
    .filter((interval) => interval > 0)
  return intervals.length < 3 ? undefined : statisticalScore(sortedOf(intervals), 1)
}

/** Undefined with fewer than 3. */
export const sizeScore = (sizes: readonly number[]): number | undefined =>
  sizes.length < 3 ? undefined : statisticalScore(sortedOf(sizes), 0)

/** Hours in a row with connections, the last hour next to the first. */
export const longestRun = (hours: readonly number[]): number => {
  let longest = 0
  let run = 0
  for (const one of [...hours, ...hours]) {
    run = one > 0 ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return Math.min(longest, hours.length)
}

const barsOf = (hours: readonly number[]): number => hours.filter((one) => one > 0).length

/** How much of the stretch it covers, or how many hours in a row of the ideal; 0 when seen in few hours. */
export const durationScore = (hours: readonly number[], coverage: number): number => {
  if (barsOf(hours) < durationMinHours) return 0
  const consistency = longestRun(hours) / idealHours
  const up = (value: number) => Math.min(1, Math.ceil(value * 1_000) / 1_000)
  return Math.max(up(coverage), up(consistency))
}

/** 1 − coefficient of variation, never below 0: how flat the hours are. */
export const flatnessScore = (hours: readonly number[]): number => {
  const mean = hours.reduce((sum, one) => sum + one, 0) / Math.max(1, hours.length)
  if (mean === 0) return 0
  const variance = hours.reduce((sum, one) => sum + (one - mean) ** 2, 0) / hours.length
  return Math.max(0, rounded(1 - Math.sqrt(variance) / mean))
}

/** The part of the bars that have one of the two commonest heights, up to 5 % of the highest apart. */
export const bimodalScore = (hours: readonly number[], minHours = bimodalMinHours): number => {
  const bars = barsOf(hours)
  if (bars < minHours) return 0
  const step = Math.ceil(Math.max(...hours) * modeSensitivity)
  const heights = new Map<number, number>()
  for (const one of hours.filter((bar) => bar > 0)) {
    const height = Math.floor(one / step)
    heights.set(height, (heights.get(height) ?? 0) + 1)
  }
  const [first = 0, second = 0] = [...heights.values()].sort((a, b) => b - a)
  return Math.min(1, rounded((first + second) / Math.max(1, bars - bimodalOutliers)))
}

/** Undefined when there is too little to tell: fewer than 3 intervals or sizes. */
export const beaconScore = ({
  times,
  sizes,
  hours,
  coverage,
}: BeaconFacts): BeaconScore | undefined => {
  const intervals = intervalScore(times)
  const size = sizeScore(sizes)
  if (intervals === undefined || size === undefined) return undefined
  const duration = durationScore(hours, coverage)
  const histogram = Math.max(flatnessScore(hours), bimodalScore(hours))
  const score = rounded((intervals + size + duration + histogram) / 4)
  return { score, intervals, sizes: size, duration, histogram }
}
