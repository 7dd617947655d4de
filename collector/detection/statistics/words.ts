/** How reasons write times, sizes and names. Pure; called by the statistics. */

/** Of a text that came from a container: a reason is for people. */
const maxLength = 100

/** Without control characters, and not too long. */
export const textOf = (text: string): string => {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean
}

const one = (value: number): string => String(Math.round(value * 10) / 10)

/** `45 s`, `5 min`, `2.5 h`. */
export const spanOf = (seconds: number): string => {
  if (seconds < 120) return `${one(seconds)} s`
  return seconds < 7_200 ? `${one(seconds / 60)} min` : `${one(seconds / 3_600)} h`
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** `1.5 MB`; powers of a thousand. */
export const sizeOf = (bytes: number): string => {
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)),
  )
  return `${one(bytes / 1_000 ** power)} ${units[power]}`
}
