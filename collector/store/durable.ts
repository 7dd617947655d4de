/**
 * How far an epoch is durable, and the repair of what a crash between the rows of an insert and its entry in `acked` left: the
 * last row of each range carries the entry, so it is written as it would have been. Called by clickhouse-store.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { ackedColumns } from './acked-rows.ts'
import { fromStored, storable } from './cells.ts'
import { ingestMark } from './engine/sessions.ts'
import { storeError } from './errors.ts'
import { asNumber, asText, select } from './select.ts'
import { integer, quote } from './sql.ts'
import { send, statement } from './statements.ts'
import type { Durable } from './store.ts'

const what = 'what is durable'

/** Epochs whose rows reach beyond their entries. */
const reachBeyond = (whose: string, rows: string): string =>
  `SELECT agent, epoch, durable.seq FROM (SELECT agent, epoch, max(seq) AS seq FROM events WHERE ${whose} AND ${rows} GROUP BY agent, epoch) AS stored
   LEFT JOIN (SELECT agent, epoch, max(last_seq) AS seq FROM acked WHERE ${whose} GROUP BY agent, epoch) AS durable USING (agent, epoch)
   WHERE stored.seq > durable.seq`

/**
 * Writes the entries that are missing for rows that are stored: of the epochs that `whose` admits, which is a condition on agent
 * and epoch, for the rows that `rows` admits. No insert of these rows may be running. Returns how many were missing. Safe to repeat.
 */
export const repairAcked = async (
  client: ClickHouseClient,
  { whose = '1', rows = '1' }: { readonly whose?: string; readonly rows?: string },
): Promise<number> => {
  const epochs = await select(client, what, `${ingestMark} ${reachBeyond(whose, rows)}`)
  let repaired = 0
  for (const [agent, epoch, lastSeq] of epochs) {
    const found = await select(
      client,
      what,
      `${ingestMark} SELECT DISTINCT acked FROM events WHERE acked != '' AND agent = ${quote(asText(agent))}
       AND epoch = ${integer(asNumber(epoch))} AND seq > ${integer(asNumber(lastSeq))} AND ${rows}`,
    )
    if (found.length === 0) continue
    const entries = found.map(([entry]) => fromStored(asText(entry)))
    try {
      await send(client, statement('acked', ackedColumns, entries.toSorted()))
    } catch (error) {
      throw storeError('cannot repair what is acknowledged', error)
    }
    repaired += entries.length
  }
  return repaired
}

export const readDurable = async (
  client: ClickHouseClient,
  agent: string,
  epoch: number,
): Promise<Durable> => {
  const whose = `agent = ${quote(storable(agent))} AND epoch = ${integer(epoch)}`
  await repairAcked(client, { whose })
  const [row = []] = await select(
    client,
    what,
    `${ingestMark} SELECT max(last_seq), max(captured), max(filtered), max(unknown_gaps) FROM acked WHERE ${whose}`,
  )
  const [seq = 0, captured = 0, filtered = 0, unknownGaps = 0] = row.map(asNumber)
  return { seq, totals: { captured, filtered, unknownGaps } }
}
