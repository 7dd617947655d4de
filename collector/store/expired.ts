/**
 * The record of what retention takes, written before it takes it: what a day had of each epoch, counted while all of it was
 * there, and what is kept of that. Both are absolute, so that a step that was interrupted is repeated without counting anything
 * twice. Called by retention.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { tallyCells } from './acked-rows.ts'
import { rowCountKey } from './audit-rows.ts'
import { cell, fromStored } from './cells.ts'
import { storeError } from './errors.ts'
import { countRows, type RowCounts } from './row-counts.ts'
import { asNumber, asNumbers, asText, select } from './select.ts'
import { integer, quote } from './sql.ts'
import { send, statement } from './statements.ts'
import { emptyTally, type Tally } from './tally.ts'

const columns =
  'receive_day agent epoch units lost lost_unknown kept_units kept_lost kept_lost_unknown version'.split(
    ' ',
  )

interface DayTotal extends Tally {
  readonly agent: string
  readonly epoch: number
}

/** What the day had when retention first came to it; undefined if it has not. */
const readTotals = async (
  client: ClickHouseClient,
  day: string,
): Promise<ReadonlyMap<string, DayTotal>> => {
  const rows = await select(
    client,
    'what has expired',
    `SELECT agent, epoch, units, lost, lost_unknown FROM expired FINAL WHERE receive_day = ${quote(day)}`,
  )
  return new Map(
    rows.map(([agentCell, epochCell, units, lost, lostUnknown]) => {
      const agent = fromStored(asText(agentCell))
      const epoch = asNumber(epochCell)
      const tally = {
        units: asNumbers(units),
        lost: asNumbers(lost),
        lostUnknown: asNumbers(lostUnknown),
      }
      return [rowCountKey(agent, epoch), { agent, epoch, ...tally }]
    }),
  )
}

/** A number above all that were used, for rows that replace earlier ones: no clock is needed for it. */
export const nextVersion = async (client: ClickHouseClient): Promise<number> => {
  const [row = []] = await select(
    client,
    'what has expired',
    'SELECT greatest((SELECT max(version) FROM expired), (SELECT max(version) FROM thinned)) + 1',
  )
  return asNumber(row[0])
}

/** Records what of a day is kept; all the rest is about to go. */
export const recordExpiry = async (
  client: ClickHouseClient,
  day: string,
  kept: RowCounts,
  version: number,
): Promise<void> => {
  const recorded = await readTotals(client, day)
  const present = await countRows(client, {
    from: 'events',
    where: `receive_day = ${quote(day)}`,
  })
  const totals = new Map<string, DayTotal>([...present, ...recorded])
  const lines = [...totals].map(([key, total]) => {
    const { agent, epoch } = total
    return `${[
      ...[day, cell(agent), epoch, ...tallyCells(total)],
      ...[...tallyCells(kept.get(key) ?? emptyTally), integer(version)],
    ].join('\t')}\n`
  })
  if (lines.length === 0) return
  try {
    await send(client, statement('expired', columns, lines))
  } catch (error) {
    throw storeError('cannot record what expires', error)
  }
}
