/** Time, injected everywhere so that tests can own it. Only main files make the real one. */
export interface Clock {
  /** Unix microseconds. */
  nowUs(): number
  /** CLOCK_MONOTONIC milliseconds, for intervals. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
}
