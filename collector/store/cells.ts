/**
 * Text cells: how a JavaScript string survives ClickHouse unchanged. Two layers: `storable` makes any UTF-16 string
 * valid UTF-8 without NUL and back (lone surrogates come from hostile senders only), `cell` escapes for TabSeparated.
 * Rule: `fromStored(storable(s)) === s` for every string.
 */

/** U+FDD0 is a noncharacter, permanently without meaning: it introduces an escaped code unit of four hex digits. */
const mark = '\ufdd0'
const unstorable =
  /[\0\ufdd0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** The string with NUL, lone surrogates and the mark itself written as mark + four hex digits. */
export const storable = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') && !text.includes(mark)
    ? text
    : text.replace(unstorable, (unit) => mark + unit.charCodeAt(0).toString(16).padStart(4, '0'))

/** The inverse of `storable`. */
export const fromStored = (text: string): string =>
  text.includes(mark)
    ? text.replace(/\ufdd0([0-9a-f]{4})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text

/** Whatever needs a closer look; one scan decides for nearly all strings that nothing does. */
const special = /[\\\t\n\r\0\b\f'\ufdd0\ud800-\udfff]/
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  "'": "\\'",
}

/** A String cell of TabSeparated. */
export const cell = (text: string): string =>
  special.test(text)
    ? storable(text).replace(/[\\\t\n\r\0\b\f']/g, (character) => escapes[character] ?? '')
    : text

/** An Array(String) cell. */
export const arrayCell = (values: readonly string[]): string =>
  values.length === 0 ? '[]' : `['${values.map(cell).join("','")}']`

/** A Map(String, String) cell. */
export const mapCell = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([key, value]) => `'${cell(key)}':'${cell(value)}'`)
    .join(',')}}`

/**
 * A list of strings as one String column: each element followed by NUL, as the kernel keeps argv. One stream on
 * disk instead of an Array(String)'s two, and one search for free text instead of one per element.
 */
export const listCell = (values: readonly string[]): string =>
  values.length === 0 ? '' : values.map((value) => `${cell(value)}\\0`).join('')

/** The inverse of `listCell`, from the column's value. */
export const fromStoredList = (text: string): readonly string[] =>
  text === '' ? [] : text.slice(0, -1).split('\0').map(fromStored)
