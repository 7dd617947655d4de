/**
 * The only place where values become SQL. The embedded engine serialises parameterised queries process-wide, so values
 * are written into the statement: every text goes through `quote`, every number through `integer`.
 */

/**
 * A ClickHouse string literal. Control characters, quotes and backslashes are written as escapes, so that the literal
 * holds no byte that a parser, a log or a line splitter could take for anything else.
 */
export const quote = (text: string): string =>
  `'${text.replace(/[\0-\x1f'\\\x7f]/g, (character) =>
    character === "'" || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )}'`

/** An integer literal; anything that is no finite number is a programmer's error. */
export const integer = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`not an integer: ${value}`)
  return BigInt(Math.trunc(value)).toString()
}

/** `('a','b')`, for IN; the list must not be empty. */
export const quoteList = (values: readonly string[]): string => {
  if (values.length === 0) throw new RangeError('an empty list cannot be written in SQL')
  return `(${values.map(quote).join(',')})`
}

/** A trailing SETTINGS clause: settings are given inside each statement, never on the connection, where they would stick. */
export const settings = (values: Readonly<Record<string, number | string>>): string =>
  `SETTINGS ${Object.entries(values)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? integer(value) : quote(value)}`)
    .join(', ')}`
