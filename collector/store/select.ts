/** Runs one read: limits inside the statement, rows as arrays, failures as StoreError. Used by every reader here. */
import type { ClickHouseClient } from '@clickhouse/client'
import { storeError } from './errors.ts'
import { settings } from './sql.ts'

/** A read may take this long; the engine itself ends it then (an abort would not). */
export const readTimeoutSeconds = 20
const readMemoryBytes = 400_000_000

const readSettings = (timeoutSeconds: number): string =>
  settings({
    max_execution_time: timeoutSeconds,
    max_memory_usage: readMemoryBytes,
    max_bytes_before_external_group_by: readMemoryBytes / 2,
    max_bytes_before_external_sort: readMemoryBytes / 2,
    max_threads: 2,
    output_format_json_quote_64bit_integers: 0,
    use_skip_indexes: 1,
  })

export type Cell = string | number | readonly Cell[] | { readonly [key: string]: Cell }

/** The rows of a statement without SETTINGS and FORMAT of its own, as arrays of cells in the order of its columns. */
export const select = async (
  client: ClickHouseClient,
  what: string,
  sql: string,
  timeoutSeconds: number = readTimeoutSeconds,
): Promise<readonly (readonly Cell[])[]> => {
  try {
    const result = await client.query({
      query: `${sql} ${readSettings(timeoutSeconds)}`,
      format: 'JSONCompactEachRow',
    })
    return (await result.json()) as readonly (readonly Cell[])[]
  } catch (error) {
    throw storeError(`cannot read ${what}`, error)
  }
}

/** A Map(String, UInt64). */
export const asNumbers = (cell: Cell | undefined): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries((cell ?? {}) as Record<string, Cell>).map(([name, value]) => [
      name,
      asNumber(value),
    ]),
  )

export const asNumber = (cell: Cell | undefined): number => Number(cell ?? 0)
export const asText = (cell: Cell | undefined): string => (typeof cell === 'string' ? cell : '')
