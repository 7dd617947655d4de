/** Timers as the parts of this folder take them, so that tests can own time. */

/** Runs the action once, later; returns how to call it off. */
export type Schedule = (delayMs: number, action: () => void) => () => void

/** The real thing; such a timer never keeps the process alive. */
export const scheduleUnref: Schedule = (delayMs, action) => {
  const timer = setTimeout(action, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}
