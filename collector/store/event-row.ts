/**
 * One row of `events` as it comes back, read by column name. Columns and their encoding: event-rows.ts.
 */
import { fromStored, fromStoredList } from './cells.ts'
import { flagBits, unknownNumber } from './event-rows.ts'
import { asNumber, asText, type Cell } from './select.ts'

/** A row by column name. */
export interface EventRow {
  number(column: string): number
  /** Decoded text of a String column. */
  text(column: string): string
  list(column: string): readonly string[]
}

/** Makes rows of arrays whose cells are in the order of `columns`. */
export const eventRowReader = (
  columns: readonly string[],
): ((cells: readonly Cell[]) => EventRow) => {
  const index = new Map(columns.map((name, place) => [name, place]))
  return (cells) => {
    const at = (column: string): Cell | undefined => cells[index.get(column) ?? -1]
    return {
      number: (column) => asNumber(at(column)),
      text: (column) => fromStored(asText(at(column))),
      list: (column) => fromStoredList(asText(at(column))),
    }
  }
}

/** Identity of an executable's content, as text: the key between exec rows and the `files` table. */
export const fileKeyText = (
  node: string,
  boot: string,
  device: number,
  inode: number,
  ctimeUs: number,
): string => `${node}\0${boot}\0${device}\0${inode}\0${ctimeUs}`

export const fileKeyOf = (row: EventRow): string =>
  fileKeyText(
    row.text('node'),
    row.text('boot'),
    row.number('file_device'),
    row.number('file_inode'),
    row.number('file_ctime_us'),
  )

/** A stored number that may stand for null. */
export const orNull = (value: number): number | null => (value === unknownNumber ? null : value)
/** Whether a bit of the `flags` column is set. */
export const has = (row: EventRow, flag: keyof typeof flagBits): boolean =>
  (row.number('flags') & flagBits[flag]) !== 0
