/** Figures as the benches' tables write them. */
import type { Interval } from './statistics.ts'

export const percent = (ratio: number): string => `${(100 * ratio).toFixed(2)} %`

/** A ratio of paired runs as the slow-down it means. */
export const slowdownText = ({ mean, low, high }: Interval): string =>
  `${((mean - 1) * 100).toFixed(1)} % (${((low - 1) * 100).toFixed(1)} … ${((high - 1) * 100).toFixed(1)})`

/** A difference, in the unit it has. */
export const differenceText = ({ mean, low, high }: Interval, unit: string): string =>
  `${mean.toFixed(2)} ${unit} (${low.toFixed(2)} … ${high.toFixed(2)})`
