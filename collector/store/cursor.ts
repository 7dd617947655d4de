/**
 * Paging by key: a cursor is the sort key of the last row given, so that pages neither repeat nor skip rows while new
 * ones arrive. Opaque to callers, checked when it comes back.
 */
import { storable } from './cells.ts'
import { StoreError } from './errors.ts'
import { integer, quote } from './sql.ts'

/** What rows are ordered by: time, then the node's own order, then what makes a row unique. */
export const sortKey = ['time_us', 'boot_ns', 'agent', 'epoch', 'seq'] as const

export interface Cursor {
  readonly timeUs: number
  readonly bootNs: number
  readonly agent: string
  readonly epoch: number
  readonly seq: number
}

export const formatCursor = (cursor: Cursor): string =>
  Buffer.from(
    JSON.stringify([cursor.timeUs, cursor.bootNs, cursor.agent, cursor.epoch, cursor.seq]),
  ).toString('base64url')

/** Throws StoreError `bad_query` for anything that `formatCursor` did not make. */
export const parseCursor = (text: string): Cursor => {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    value = undefined
  }
  if (!Array.isArray(value) || value.length !== 5) throw badCursor()
  const [timeUs, bootNs, agent, epoch, seq]: unknown[] = value
  if (!isInteger(timeUs) || !isInteger(bootNs) || !isInteger(epoch) || !isInteger(seq)) {
    throw badCursor()
  }
  if (typeof agent !== 'string') throw badCursor()
  return { timeUs, bootNs, agent, epoch, seq }
}

const isInteger = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63

const badCursor = (): StoreError =>
  new StoreError(
    'bad_query',
    'cursor: not one that this server gave; use `next` of the previous page, or leave it out',
  )

/** The rows behind the cursor, as a condition. The plain comparison of time lets the index skip. */
export const afterCursor = (cursor: Cursor, newestFirst: boolean): string => {
  const sign = newestFirst ? '<' : '>'
  const time = integer(cursor.timeUs)
  return `time_us ${sign}= ${time} AND (${sortKey.join(', ')}) ${sign} (${time}, ${integer(cursor.bootNs)}, ${quote(storable(cursor.agent))}, ${integer(cursor.epoch)}, ${integer(cursor.seq)})`
}
