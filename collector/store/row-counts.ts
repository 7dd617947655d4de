/**
 * Counts what is stored, row by row: the only place that says in SQL what proto/units.ts says of events. Called by the deep
 * audit, by the cheap one where two collectors stored the same, and by retention before it takes rows away.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { type RowCount, rowCountKey } from './audit-rows.ts'
import { fromStored, storable } from './cells.ts'
import { maxListed } from './names.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quote } from './sql.ts'
import { emptyTally, type Tally } from './tally.ts'

/** Units of a row of `events`. */
export const unitsSql =
  "multiIf(kind IN ('exec', 'exit', 'listen'), 1, kind IN ('connect', 'accept', 'close', 'dns'), count, kind = 'gap', greatest(lost, 0), 0)"

/** Which rows: what stands after FROM, and a condition. */
export interface RowSource {
  readonly from: string
  readonly where: string
}

/** `(agent, epoch)` as SQL. */
export const epochSql = ({ agent, epoch }: { readonly agent: string; readonly epoch: number }) =>
  `(${quote(storable(agent))}, ${integer(epoch)})`

/** A count of all rows may take this long. */
export const countTimeoutSeconds = 120

/** What Kubernetes told comes from no agent, and is in no ledger. */
const ofAgents = "agent != ''"

/**
 * Per agent, epoch, kind and reason. Distinct numbers are counted in bitmaps, which take a bit per number however many rows
 * there are.
 */
export const countStatement = ({ from, where }: RowSource): string =>
  `SELECT agent, epoch, kind, gap_reason, count() AS rows, groupBitmap(seq) AS numbers,
     sum(${unitsSql}) AS units, countIf(kind = 'gap' AND lost < 0) AS unknown
   FROM ${from} WHERE ${where} AND ${ofAgents} GROUP BY agent, epoch, kind, gap_reason`

/** The same with each number once: much slower, so only where some are there twice. */
const distinctStatement = ({ from, where }: RowSource): string =>
  `SELECT agent, epoch, row.1 AS kind, row.2 AS gap_reason, count() AS rows, rows AS numbers, sum(row.3) AS units,
     countIf(kind = 'gap' AND row.4 < 0) AS unknown
   FROM (SELECT agent, epoch, seq, any(tuple(kind, gap_reason, ${unitsSql}, lost)) AS row
     FROM ${from} WHERE ${where} AND ${ofAgents} GROUP BY agent, epoch, seq)
   GROUP BY agent, epoch, kind, gap_reason`

/** Epochs as counted, by `rowCountKey`. */
export type RowCounts = ReadonlyMap<string, CountedEpoch>

export interface CountedEpoch extends RowCount {
  readonly agent: string
  readonly epoch: number
}

/** One kind, or gaps of one reason. */
interface Part extends Tally {
  readonly agent: string
  readonly epoch: number
  readonly duplicates: number
}

const partOf = (cells: readonly Cell[]): Part => {
  const [agent, epoch, kind, reason, rows, numbers, units, unknown] = cells
  const isGap = kind === 'gap'
  const counts = (name: Cell | undefined, count: Cell | undefined) =>
    asNumber(count) === 0 ? {} : { [asText(name)]: asNumber(count) }
  return {
    agent: fromStored(asText(agent)),
    epoch: asNumber(epoch),
    duplicates: asNumber(rows) - asNumber(numbers),
    ...emptyTally,
    ...(isGap
      ? { lost: counts(reason, units), lostUnknown: counts(reason, unknown) }
      : { units: counts(kind, units) }),
  }
}

const merge = (parts: readonly Part[]): Map<string, CountedEpoch> => {
  const epochs = new Map<string, CountedEpoch>()
  for (const part of parts) {
    const key = rowCountKey(part.agent, part.epoch)
    const before = epochs.get(key)
    epochs.set(key, {
      ...part,
      // Each part has names of its own.
      units: { ...before?.units, ...part.units },
      lost: { ...before?.lost, ...part.lost },
      lostUnknown: { ...before?.lostUnknown, ...part.lostUnknown },
      duplicates: (before?.duplicates ?? 0) + part.duplicates,
    })
  }
  return epochs
}

const read = async (client: ClickHouseClient, sql: string): Promise<Map<string, CountedEpoch>> =>
  merge((await select(client, 'the rows to count', sql, countTimeoutSeconds)).map(partOf))

/** Each number once, however often it is stored. */
export const countRows = async (
  client: ClickHouseClient,
  source: RowSource,
): Promise<RowCounts> => {
  const counts = await read(client, countStatement(source))
  const double = [...counts.values()].filter(({ duplicates }) => duplicates > 0)
  for (let start = 0; start < double.length; start += maxListed) {
    const some = double.slice(start, start + maxListed).map(epochSql)
    const where = `${source.where} AND (agent, epoch) IN (${some.join(',')})`
    for (const [key, once] of await read(client, distinctStatement({ ...source, where })))
      counts.set(key, { ...once, duplicates: counts.get(key)?.duplicates ?? 0 })
  }
  return counts
}
