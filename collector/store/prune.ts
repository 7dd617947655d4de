/**
 * Retention of what does not go with its day: names and hashes must outlive the day they were learnt on, because a container or
 * an executable may live for months, and the ledger must outlive the events it accounts for. They go when no event is left
 * that could need them, so what a hold keeps has its names. Runs at start and daily; called by upkeep.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { storeError } from './errors.ts'
import { dayOf } from './inserter.ts'
import { select } from './select.ts'
import { integer, quote } from './sql.ts'

const dayUs = 86_400_000_000
/** Containers whose end was never seen may still run, silently; after this long they are taken for gone. */
const unendedDays = 400
/** The ledger of an epoch and the last word of an agent are kept for so long after the last sign of them. */
const ledgerDays = 400

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
  await remove(client, 'addresses', `is_over = 1 AND to_us < ${before}`)
  await pruneLedger(client, nowUs - Math.max(ledgerDays, retentionDays) * dayUs)
}

/** Whole epochs, so that what is left of the ledger still adds up. */
const pruneLedger = async (client: ClickHouseClient, beforeUs: number): Promise<void> => {
  const before = quote(dayOf(beforeUs))
  await remove(
    client,
    'acked',
    `(agent, epoch) IN (SELECT agent, epoch FROM acked GROUP BY agent, epoch HAVING max(last_day) < ${before})
      AND (agent, epoch) NOT IN (SELECT agent, epoch FROM events GROUP BY agent, epoch)`,
  )
  await remove(
    client,
    'expired',
    `receive_day < ${before} AND (agent, epoch) NOT IN (SELECT agent, epoch FROM acked GROUP BY agent, epoch)`,
  )
  await remove(client, 'agents', `last_seen_us < ${integer(beforeUs)}`)
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
