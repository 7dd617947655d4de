/** Total readers of JSON that a server sent: whatever is not what it should be is empty. Called by the parsers here. */

export type Json = Readonly<Record<string, unknown>>

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Cut to a length; empty for what is no text. */
export const asText = (value: unknown, maxLength = 253): string =>
  typeof value === 'string' ? value.slice(0, maxLength) : ''

/** Unix microseconds of an RFC 3339 time with up to nanoseconds; undefined for anything else. */
export const asTimeUs = (value: unknown): number | undefined => {
  if (typeof value !== 'string') return undefined
  const ms = Date.parse(value)
  if (!Number.isFinite(ms)) return undefined
  // Date knows milliseconds; MicroTime has three digits more.
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? ''
  const micros = Number(fraction.padEnd(6, '0').slice(3, 6)) || 0
  return Math.floor(ms) * 1_000 + micros
}
