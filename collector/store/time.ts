/** Times as the API writes them. */

/** Dates outside ±100,000,000 days have no text; a hostile clock is shown as the nearest that has. */
const maxUs = 8.64e18

/** RFC 3339 in UTC with microseconds, from Unix microseconds. */
export const rfc3339 = (timeUs: number): string => {
  const us = Math.max(-maxUs, Math.min(maxUs, Math.trunc(timeUs)))
  const ms = Math.floor(us / 1000)
  const micros = (((us % 1000) + 1000) % 1000).toString().padStart(3, '0')
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}Z`
}
