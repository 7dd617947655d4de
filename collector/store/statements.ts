/**
 * Insert statements: rows of one table in TabSeparated as ONE block, which the engine recognises when it comes again. Made
 * by everything here that writes; a Statement can be sent as often as it takes.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import { settings } from './sql.ts'

/** One statement, ready to be sent as often as it takes. */
export interface Statement {
  readonly table: string
  readonly query: string
  readonly body: Buffer
  readonly rows: number
}

/** Lines carry their newlines. */
export const statement = (
  table: string,
  columns: readonly string[],
  lines: readonly string[],
): Statement => {
  const body = Buffer.from(lines.join(''))
  const token = createHash('sha256').update(table).update(body).digest('hex')
  return {
    table,
    rows: lines.length,
    body,
    query: `INSERT INTO ${table} (${columns.join(', ')}) ${settings({
      async_insert: 0,
      insert_deduplicate: 1,
      insert_deduplication_token: token,
      input_format_tsv_empty_as_default: 1,
      // One block, whatever its size: no parallel parsing, no splitting.
      input_format_parallel_parsing: 0,
      max_insert_block_size: 10_000_000,
      min_insert_block_size_rows: 10_000_000,
      min_insert_block_size_bytes: 1_000_000_000,
      max_insert_threads: 1,
      max_threads: 1,
      max_execution_time: 120,
      max_memory_usage: 600_000_000,
    })} FORMAT TabSeparated`,
  }
}

/** Sends it once; resolves when the rows are synced. */
export const send = async (client: ClickHouseClient, { query, body }: Statement): Promise<void> => {
  const { stream } = await client.exec({
    query,
    values: Readable.from([body], { objectMode: false }),
  })
  stream.resume()
}
