/** The few figures a benchmark may quote: median of repeated runs, and the interval of a paired ratio or difference. */

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; 1.96 beyond (Fisher and Yates, table III). */
const studentT95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
]

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly pairs: number
}

/** @throws RangeError for fewer than two values: one value has no interval. */
const interval95 = (values: readonly number[]): Interval => {
  if (values.length < 2) throw new RangeError('an interval needs at least two pairs')
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  const t = studentT95[values.length - 2] ?? 1.96
  const half = t * Math.sqrt(variance / values.length)
  return { mean, low: mean - half, high: mean + half, pairs: values.length }
}

/**
 * Mean and 95 % confidence interval of the ratio of paired runs, through the logarithms of the ratios (a ratio and its inverse are
 * then treated alike).
 * @throws RangeError for fewer than two pairs: one pair has no interval.
 */
export const pairedRatio = (pairs: readonly (readonly [number, number])[]): Interval => {
  const logs = interval95(pairs.map(([with_, without]) => Math.log(with_ / without)))
  return {
    mean: Math.exp(logs.mean),
    low: Math.exp(logs.low),
    high: Math.exp(logs.high),
    pairs: logs.pairs,
  }
}

/**
 * Mean and 95 % confidence interval of the difference of paired runs, in their unit.
 * @throws RangeError for fewer than two pairs.
 */
export const pairedDifference = (pairs: readonly (readonly [number, number])[]): Interval =>
  interval95(pairs.map(([with_, without]) => with_ - without))

/** The least value that at least this share of the values does not exceed (nearest rank). `share` above 0, up to 1. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
