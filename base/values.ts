/**
 * The value forms a person writes in flags, environment variables and queries: sizes, spans of time, addresses.
 * Every parser is pure and total: it returns the value, or a sentence that says what to write instead.
 */

export type Parsed<T> = { readonly value: T } | { readonly fix: string }

/** Where a server listens. IPv6 hosts are kept without brackets. */
export interface Listen {
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Longest span accepted: a hundred years. Beyond it a typing error is likelier than a wish. */
const maxDurationMs = 100 * 365 * 86_400_000

/** `500ms`, `30s`, `15m`, `1h30m`, `7d`, `2w` or `0`, as milliseconds. */
export const parseDuration = (text: string): Parsed<number> => {
  const fix = 'write a number and a unit (ms, s, m, h, d, w), such as 30s, 15m or 7d'
  if (text === '0') return { value: 0 }
  if (!/^(?:\d{1,15}(?:ms|[smhdw]))+$/.test(text)) return { fix }
  let totalMs = 0
  for (const [, digits = '', unit = ''] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    totalMs += Number(digits) * (durationUnitsMs[unit] ?? 0)
  }
  return totalMs <= maxDurationMs ? { value: totalMs } : { fix: 'write at most 36500d' }
}

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** `65536`, `64KiB`, `512Mi`, `2GB`, as bytes. */
export const parseBytes = (text: string): Parsed<number> => {
  const match = /^(\d{1,15})\s?([A-Za-z]*)$/.exec(text)
  const factor = match && byteUnits[match[2] ?? '']
  const value = Number(match?.[1]) * (factor ?? Number.NaN)
  return Number.isSafeInteger(value)
    ? { value }
    : { fix: 'write a size, such as 65536, 64KiB, 512MiB or 2GiB' }
}

/** A whole number in decimal digits within [min, max]. */
export const parseInteger = (text: string, min: number, max: number): Parsed<number> => {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max
    ? { value }
    : { fix: `write a whole number from ${min} to ${max}` }
}

/** `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070`, `:7070` (every interface). */
export const parseListen = (text: string): Parsed<Listen> => {
  const fix = 'write host:port, such as 127.0.0.1:7070, [::1]:7070 or :7070 for every interface'
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9_.-]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || !(port <= 65_535)) return { fix }
  return { value: { host: match[1] ?? (match[2] || '::'), port } }
}

/** The inverse of parseListen. */
export const formatListen = ({ host, port }: Listen): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** True when only this machine can reach a server that listens on this host. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) ||
  /^::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(host)

/** An http or https URL without user, password, query or fragment; returned without a trailing slash. */
export const parseHttpUrl = (text: string): Parsed<string> => {
  const fix = 'write http://host:port or https://host:port'
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null
  if (!url) return { fix }
  if (url.username || url.password) return { fix: `${fix}, without a user name or password` }
  if (url.search || url.hash) return { fix: `${fix}, without a query or fragment` }
  return { value: url.origin + url.pathname.replace(/\/+$/, '') }
}

/** RFC 3339 with an offset; fractions of a second are kept to the microsecond. */
const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

/** RFC 3339 (`2026-07-01T12:00:00Z`) or a span that reaches back from now (`15m`); Unix microseconds. */
export const parseTime = (text: string, nowUs: number): Parsed<number> => {
  const match = rfc3339.exec(text)
  if (match) {
    const [, date, time, fraction = '', offset] = match
    const ms = Date.parse(`${date}T${time}${offset?.toUpperCase()}`)
    // Date.parse rolls 30 February over into March: only a date that survives the round trip exists.
    const exists = new Date(`${date}T00:00:00Z`)
    if (!Number.isNaN(ms) && !Number.isNaN(exists.getTime())) {
      if (exists.toISOString().slice(0, 10) === date) {
        return { value: ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) }
      }
    }
  }
  const span = parseDuration(text)
  if ('value' in span) return { value: nowUs - span.value * 1000 }
  return {
    fix: 'write RFC 3339, such as 2026-07-01T12:00:00Z, or a span back from now, such as 15m',
  }
}

/** RFC 3339 in UTC with microseconds: `2026-07-01T12:00:00.000000Z`. */
export const formatTime = (timeUs: number): string => {
  const us = Math.round(timeUs)
  const iso = new Date(Math.floor(us / 1000)).toISOString()
  return `${iso.slice(0, -1)}${String(((us % 1000) + 1000) % 1000).padStart(3, '0')}Z`
}
