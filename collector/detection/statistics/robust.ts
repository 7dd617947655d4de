/** Order statistics: what a few wild values do not move. Pure; used by beacon-score.ts and bytes-out.ts. */

/** Of sorted values; 0 of none. */
export const medianOf = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

export const sortedOf = (values: readonly number[]): readonly number[] =>
  values.toSorted((a, b) => a - b)

/** Median absolute deviation from the median. */
export const madOf = (sorted: readonly number[]): number => {
  const median = medianOf(sorted)
  return medianOf(sortedOf(sorted.map((value) => Math.abs(value - median))))
}

export interface Quartiles {
  readonly q1: number
  readonly q2: number
  readonly q3: number
}

/** By Tukey's halves without the median, as RITA has them. */
export const quartilesOf = (sorted: readonly number[]): Quartiles => {
  const half = sorted.length >> 1
  return {
    q1: medianOf(sorted.slice(0, half)),
    q2: medianOf(sorted),
    q3: medianOf(sorted.slice(sorted.length - half)),
  }
}

/**
 * The value whose modified z, 0.6745 (x − median) / MAD, is `score` (Iglewicz and Hoaglin 1993). Where more than half of the history
 * is one value, MAD is 0 and the mean absolute deviation stands for it, (x − median) / (1.253314 meanAD), as they advise;
 * where all of it is, whatever is more is beyond.
 */
export const modifiedZLimit = (history: readonly number[], score: number): number => {
  const sorted = sortedOf(history)
  const median = medianOf(sorted)
  const mad = madOf(sorted)
  if (mad > 0) return median + (score * mad) / 0.6745
  const deviations = sorted.reduce((sum, value) => sum + Math.abs(value - median), 0)
  return median + score * 1.253314 * (deviations / Math.max(1, sorted.length))
}
