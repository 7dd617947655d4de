/** Holds: the table, and what each keeps now. Called by clickhouse-store.ts; retention asks which there are. */
import { randomBytes } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Hold, HoldSelection } from '#proto/api.ts'
import { cell, fromStored } from './cells.ts'
import { StoreError, storeError } from './errors.ts'
import { heldContainers, heldRows, holdQuery } from './hold-selection.ts'
import { dayOf } from './inserter.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { quote } from './sql.ts'
import { send, statement } from './statements.ts'
import type { NewHold } from './store.ts'
import { rfc3339 } from './time.ts'

/** The most at one time: each is a part of the condition by which retention deletes. */
export const maxHolds = 100

const columns = 'id created_us reason selection is_late released'.split(' ')
/** How null is stored. */
const notAsked = -1

/** As written; what only counting can tell is asked later. */
export type StoredHold = Omit<Hold, 'events'>

const write = async (
  client: ClickHouseClient,
  hold: StoredHold,
  released: 0 | 1,
): Promise<void> => {
  const { id, createdAt, reason, selection, isLate } = hold
  const createdUs = Date.parse(createdAt) * 1000
  const late = isLate === null ? notAsked : Number(isLate)
  const line = `${[cell(id), createdUs, cell(reason), cell(JSON.stringify(selection)), late, released].join('\t')}\n`
  try {
    await send(client, statement('holds', columns, [line]))
  } catch (error) {
    throw storeError('cannot record the hold', error)
  }
}

const holdOf = ([id, createdUs, reason, selection, late]: readonly Cell[]): StoredHold => ({
  id: asText(id),
  createdAt: rfc3339(asNumber(createdUs)),
  reason: fromStored(asText(reason)),
  selection: JSON.parse(fromStored(asText(selection))) as HoldSelection,
  isLate: asNumber(late) === notAsked ? null : asNumber(late) === 1,
})

/** All that are not released, the oldest first. */
export const readHolds = async (client: ClickHouseClient): Promise<readonly StoredHold[]> =>
  (
    await select(
      client,
      'holds',
      `SELECT id, created_us, reason, selection, is_late FROM holds FINAL WHERE NOT released ORDER BY created_us, id`,
    )
  ).map(holdOf)

/** With the number of rows that each keeps. */
export const countHolds = (
  client: ClickHouseClient,
  holds: readonly StoredHold[],
): Promise<readonly Hold[]> =>
  Promise.all(
    holds.map(async (hold) => {
      const query = holdQuery(hold.selection)
      const [row = []] = await select(
        client,
        'what a hold keeps',
        `SELECT count() FROM events WHERE ${heldRows(query, heldContainers(query))}`,
      )
      return { ...hold, events: asNumber(row[0]) }
    }),
  )

/** Whether retention took something that was received on the day of `since` or later: what the hold means may be among it. */
const isLate = async (client: ClickHouseClient, sinceUs: number): Promise<boolean> => {
  const rows = await select(
    client,
    'what has expired',
    `SELECT 1 FROM expired FINAL WHERE receive_day >= ${quote(dayOf(sinceUs))} AND (units != kept_units OR lost != kept_lost) LIMIT 1`,
  )
  return rows.length > 0
}

/** Throws StoreError `bad_query`. Retention must not be running. */
export const addHold = async (
  client: ClickHouseClient,
  { reason, selection }: NewHold,
  nowUs: number,
): Promise<Hold> => {
  const { sinceUs } = holdQuery(selection)
  if ((await readHolds(client)).length >= maxHolds)
    throw new StoreError('bad_query', `hold: there are ${maxHolds} already; release one first`)
  const hold: StoredHold = {
    id: randomBytes(4).toString('hex'),
    // To the millisecond, as it is read back.
    createdAt: rfc3339(Math.floor(nowUs / 1000) * 1000),
    reason,
    selection,
    isLate: sinceUs === undefined ? null : await isLate(client, sinceUs),
  }
  await write(client, hold, 0)
  const [counted] = await countHolds(client, [hold])
  return counted ?? { ...hold, events: 0 }
}

export const releaseHold = async (client: ClickHouseClient, id: string): Promise<boolean> => {
  const hold = (await readHolds(client)).find((one) => one.id === id)
  if (hold === undefined) return false
  await write(client, hold, 1)
  return true
}
