/**
 * Text from hostile processes, made fit for a terminal: nothing that moves the cursor, changes colours, reverses
 * direction or hides itself gets through; what was there stays readable and unambiguous.
 */

/**
 * Controls, format characters (bidirectional overrides, zero-width), separators that are no plain space, surrogates,
 * private use, unassigned code points, and marks that enclose their neighbours.
 */
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Me}]|(?! )\p{Zs}/gu

const escapeCharacter = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** Names and paths: unfit characters as `\xNN` or `\u{…}`, everything else as it is. */
export const escapeText = (text: string): string => text.replace(unfit, escapeCharacter)

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/**
 * One argument as a shell would take it: bare when it is plain, in quotes when it has spaces or signs, as
 * `$'…'` when it holds what must be escaped. `escaped` says that stray bytes are `\xNN` and backslashes doubled already.
 */
export const quoteArgument = (argument: string, escaped = false): string => {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument
  const isUnfit = argument.search(unfit) >= 0
  const hasEscapes = escaped && argument.includes('\\')
  if (!isUnfit && !hasEscapes) {
    if (!argument.includes("'")) return `'${argument}'`
    // Within double quotes a shell still reads these.
    if (!/["$`\\!]/.test(argument)) return `"${argument}"`
    return `'${argument.replaceAll("'", "'\\''")}'`
  }
  const backslashed = escaped ? argument : argument.replaceAll('\\', '\\\\')
  const inner = backslashed
    .replaceAll("'", "\\'")
    .replace(unfit, (character) => named[character] ?? escapeCharacter(character))
  return `$'${inner}'`
}

/** Arguments joined as a shell line. */
export const quoteArguments = (argv: readonly string[], escaped = false): string =>
  argv.map((argument) => quoteArgument(argument, escaped)).join(' ')

/** Code points that terminals draw two cells wide: East Asian wide and full-width forms, emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const zeroWidth = /\p{Mn}/u

const cellsOf = (character: string): number => {
  if (character >= ' ' && character <= '~') return 1
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** Cells the text takes in a terminal. */
export const textWidth = (text: string): number => {
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

/** The text cut to at most so many cells, with `…` where something is missing. */
export const clip = (text: string, maxCells: number): string => {
  // A cell takes at least one UTF-16 unit, so short texts need no counting.
  if (text.length * 2 <= maxCells || textWidth(text) <= maxCells) return text
  let kept = ''
  let cells = 1
  for (const character of text) {
    cells += cellsOf(character)
    if (cells > maxCells) break
    kept += character
  }
  return maxCells > 0 ? `${kept}…` : ''
}

/** `480µs`, `1.2ms`, `35.0s`, `4m12s`, `3h05m`, `12d04h`. */
export const formatLifetime = (lifetimeUs: number): string => {
  if (lifetimeUs < 1_000) return `${Math.round(lifetimeUs)}µs`
  if (lifetimeUs < 999_950) return `${(lifetimeUs / 1_000).toFixed(1)}ms`
  if (lifetimeUs < 59_950_000) return `${(lifetimeUs / 1_000_000).toFixed(1)}s`
  const seconds = Math.round(lifetimeUs / 1_000_000)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`
  const hours = Math.floor(minutes / 60)
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`
}

/** `1,234,567`. */
export const formatCount = (count: number): string => count.toLocaleString('en-US')

/** `1 gap`, `2 gaps`. */
export const plural = (count: number, singular: string, several = `${singular}s`): string =>
  `${formatCount(count)} ${count === 1 ? singular : several}`

/** Time of day of an RFC 3339 time in UTC, to the millisecond. */
export const timeOfDay = (time: string): string => time.slice(11, 23)
