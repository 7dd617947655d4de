/**
 * Deleting rows of one day by mutation. The engine rewrites the parts concerned in the background, with their projections, and
 * goes on with it after a restart; a part has either all of its rows or those that are kept. Called by thinning.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { StoreError, storeError } from './errors.ts'
import { asNumber, asText, select } from './select.ts'
import { quote } from './sql.ts'

export type DayTable = 'events' | 'coverage'

const pollMs = 100
/** A day that takes longer is left to the engine, and looked at again at the next run. */
const maxWaitMs = 1_800_000
/** How long a deletion that was ended may go on. */
const maxCancelMs = 60_000

const unfinished = async (client: ClickHouseClient): Promise<readonly [number, string]> => {
  const [row = []] = await select(
    client,
    'what is being deleted',
    `SELECT count(), any(latest_fail_reason) FROM system.mutations
     WHERE database = currentDatabase() AND table IN ('events', 'coverage') AND NOT is_done`,
  )
  return [asNumber(row[0]), asText(row[1])]
}

const command = async (client: ClickHouseClient, query: string): Promise<void> => {
  try {
    await client.command({ query })
  } catch (error) {
    throw storeError('cannot delete what has expired', error)
  }
}

/** Parts that are being rewritten for a mutation now, also for one that was ended. */
const rewriting = async (client: ClickHouseClient): Promise<number> => {
  const [row = []] = await select(
    client,
    'what is being rewritten',
    `SELECT count() FROM system.merges
     WHERE database = currentDatabase() AND table IN ('events', 'coverage') AND is_mutation`,
  )
  return asNumber(row[0])
}

/**
 * Ends what an interrupted run left: it might delete what has been put on hold since. True when there was something: the engine forgets
 * the mutation at once, but a task of it that was on its way may go on for a moment, and still read what its condition names.
 */
export const cancelDeletes = async (client: ClickHouseClient): Promise<boolean> => {
  const [running] = await unfinished(client)
  if (running === 0) return false
  await command(
    client,
    "KILL MUTATION WHERE database = currentDatabase() AND table IN ('events', 'coverage') AND NOT is_done SYNC",
  )
  const deadlineMs = performance.now() + maxCancelMs
  do {
    if (performance.now() > deadlineMs)
      throw new StoreError('limit', 'an interrupted deletion does not end')
    // Also once when nothing is seen: a task that has just been taken from the queue is not listed yet.
    await sleep(pollMs)
  } while ((await rewriting(client)) > 0)
  return true
}

/** Whether the day has rows that `keep` does not admit. */
const hasOthers = async (
  client: ClickHouseClient,
  table: DayTable,
  day: string,
  keep: string,
): Promise<boolean> => {
  const where = `receive_day = ${quote(day)} AND NOT (${keep})`
  const sql = `SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`
  return (await select(client, `expired rows of ${table}`, sql)).length > 0
}

/** Resolves when no row of the day is left that `keep` does not admit. */
export const deleteAllBut = async (
  client: ClickHouseClient,
  table: DayTable,
  day: string,
  keep: string,
  closed: AbortSignal,
): Promise<void> => {
  if (!(await hasOthers(client, table, day, keep))) return
  // Without waiting: the statement would hold up the writer until the day is rewritten.
  await command(
    client,
    `ALTER TABLE ${table} DELETE IN PARTITION ${quote(day)} WHERE NOT (${keep}) SETTINGS mutations_sync=0`,
  )
  await finished(client, closed)
  if (await hasOthers(client, table, day, keep))
    throw new StoreError('unreachable', `deleting what has expired of ${table} was cut off`)
}

const finished = async (client: ClickHouseClient, closed: AbortSignal): Promise<void> => {
  const deadlineMs = performance.now() + maxWaitMs
  for (;;) {
    const [running, failure] = await unfinished(client)
    if (running === 0) return
    if (failure !== '')
      throw new StoreError('rejected', `cannot delete what has expired: ${failure}`)
    if (closed.aborted) throw new StoreError('closed', 'the store was closed')
    if (performance.now() > deadlineMs)
      throw new StoreError('limit', 'deleting what has expired takes too long')
    await sleep(pollMs)
  }
}

/** Nothing of the day is left when it resolves. */
export const dropDay = async (
  client: ClickHouseClient,
  table: DayTable,
  day: string,
): Promise<void> => command(client, `ALTER TABLE ${table} DROP PARTITION ${quote(day)}`)
