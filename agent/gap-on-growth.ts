/** From counters of what went missing to gaps: main has what this returns called after each drain, or about once a second. */

export interface GrowthOptions {
  /** What went missing so far; only grows. */
  readonly count: () => number
  /** Wall time, Unix microseconds. */
  readonly nowUs: () => number
  /** `lost` went missing between these wall times. */
  readonly gap: (lost: number, fromUs: number, toUs: number) => void
}

/** Reports what is new since the last call; what was there at first was somebody else's to report. */
export const gapOnGrowth = ({ count, nowUs, gap }: GrowthOptions): (() => void) => {
  let before = count()
  let checkedUs = nowUs()
  return () => {
    const [now, us] = [count(), nowUs()]
    if (now > before) gap(now - before, checkedUs, us)
    before = now
    checkedUs = us
  }
}
