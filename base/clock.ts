/** Time, injected everywhere so that tests can own it. Only main files make the real one. */
export interface Clock {
  /** Unix microseconds. */
  nowUs(): number
  /** CLOCK_MONOTONIC milliseconds, for intervals. */
  monotonicMs(): number
}

/** Where wall and monotonic time drift apart by more than this, the wall clock was set, or the machine slept. */
const stepMs = 20

/**
 * Wall time to the microsecond out of a wall clock that counts whole milliseconds: runs on with the monotonic clock, which
 * NTP slews alike, and follows a wall clock that was set, as on machines whose time comes from the network after boot.
 * `startMs` is the wall time at which the monotonic clock was zero, where it is known better than to the millisecond.
 */
export const followWallClock = (
  wallMs: () => number,
  monotonicMs: () => number,
  startMs = wallMs() - monotonicMs(),
): Clock => {
  let originMs = startMs
  return {
    nowUs: () => {
      const passedMs = monotonicMs()
      const wallNowMs = wallMs()
      if (Math.abs(wallNowMs - originMs - passedMs) > stepMs) originMs = wallNowMs - passedMs
      return Math.round((originMs + passedMs) * 1000)
    },
    monotonicMs,
  }
}

export const systemClock: Clock = followWallClock(
  Date.now,
  () => performance.now(),
  performance.timeOrigin,
)
