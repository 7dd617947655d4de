/**
 * Retention of the tables that have no TTL: names and hashes must outlive the day they were learnt on, because a
 * container or an executable may live for months. They go when no event is left that could need them. Runs at start and
 * daily; called by clickhouse-store.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { storeError } from './errors.ts'
import { select } from './select.ts'
import { integer } from './sql.ts'

const dayUs = 86_400_000_000
/** Containers whose end was never seen may still run, silently; after this long they are taken for gone. */
const unendedDays = 400

/** Deletes what is older than the retention and belongs to no stored event. The work goes on in the background. */
export const prune = async (
  client: ClickHouseClient,
  nowUs: number,
  retentionDays: number,
): Promise<void> => {
  const before = integer(nowUs - retentionDays * dayUs)
  const unendedBefore = integer(nowUs - Math.max(unendedDays, retentionDays) * dayUs)
  const ended = `container_id IN (SELECT container_id FROM containers WHERE phase = 'ended')`
  await remove(
    client,
    'containers',
    `container_id NOT IN (SELECT container_id FROM events)
      AND (time_us < ${unendedBefore} OR (time_us < ${before} AND ${ended}))`,
  )
  await remove(
    client,
    'files',
    `time_us < ${before} AND (node, boot) NOT IN (SELECT node, boot FROM events GROUP BY node, boot)`,
  )
}

/** A mutation rewrites parts, so it is asked for only where it would remove something. */
const remove = async (client: ClickHouseClient, table: string, where: string): Promise<void> => {
  const what = `expired rows of ${table}`
  const [found] = await select(client, what, `SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`)
  if (found === undefined) return
  try {
    await client.command({
      query: `ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync=0`,
    })
  } catch (error) {
    throw storeError(`cannot remove ${what}`, error)
  }
}
