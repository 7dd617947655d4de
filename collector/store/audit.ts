/**
 * Reads what audit-rows.ts holds against each other. Cheap: `acked` and `expired`, a row per epoch. Deep: every row of `events` up
 * to what was durable when `acked` was read, as inserts go on meanwhile. Called by clickhouse-store.ts, not while retention
 * takes rows away.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { AgentInfo, AuditAnswer } from '#proto/api.ts'
import { readAgents } from './agents.ts'
import {
  auditRows,
  type EpochLedger,
  hasOverlap,
  type RowCount,
  rowCountKey,
} from './audit-rows.ts'
import { fromStored, storable } from './cells.ts'
import { StoreError } from './errors.ts'
import { countRows, countStatement, type RowSource } from './row-counts.ts'
import { asNumber, asNumbers, asText, type Cell, select } from './select.ts'
import { integer, quote } from './sql.ts'
import { emptyTally } from './tally.ts'

/** More epochs are refused rather than left out silently. */
const maxEpochs = 50_000
/** Epochs of one counting statement: keeps it below the server's max_query_size of 256 KiB. */
const epochsPerCount = 1_000

const expiredSum = (name: string): string =>
  `sumMap(mapSubtract(${name}, kept_${name})) AS expired_${name}`

/** What the cheap audit reads. One row per epoch; `expired` is what retention took of it. */
export const ledgerStatement = `SELECT agent, epoch, node, first_day, last_day, first_seq, last_seq, numbers,
  captured_before, filtered_before, captured, filtered, units, lost, lost_unknown,
  expired_units, expired_lost, expired_lost_unknown
FROM (SELECT agent, epoch, anyLast(node) AS node, min(first_day) AS first_day, max(last_day) AS last_day,
    min(first_seq) AS first_seq, max(last_seq) AS last_seq, sum(numbers) AS numbers,
    min(captured_before) AS captured_before, min(filtered_before) AS filtered_before,
    max(captured) AS captured, max(filtered) AS filtered,
    sumMap(units) AS units, sumMap(lost) AS lost, sumMap(lost_unknown) AS lost_unknown
  FROM acked GROUP BY agent, epoch) AS durable
LEFT JOIN (SELECT agent, epoch, ${['units', 'lost', 'lost_unknown'].map(expiredSum).join(', ')}
  FROM expired FINAL GROUP BY agent, epoch) AS gone USING (agent, epoch)
ORDER BY node, agent, first_day, epoch LIMIT ${maxEpochs + 1}`

const ledgerOf = (cells: readonly Cell[]): EpochLedger => {
  const [agent, epoch, node, firstDay, lastDay, firstSeq, lastSeq, numbers, ...rest] = cells
  const [capturedBefore, filteredBefore, captured, filtered, ...maps] = rest
  const [units, lost, lostUnknown, goneUnits, goneLost, goneLostUnknown] = maps.map(asNumbers)
  return {
    agent: fromStored(asText(agent)),
    node: fromStored(asText(node)),
    epoch: asNumber(epoch),
    firstDay: asText(firstDay),
    lastDay: asText(lastDay),
    firstSeq: asNumber(firstSeq),
    lastSeq: asNumber(lastSeq),
    numbers: asNumber(numbers),
    before: { captured: asNumber(capturedBefore), filtered: asNumber(filteredBefore) },
    after: { captured: asNumber(captured), filtered: asNumber(filtered) },
    acked: { units: units ?? {}, lost: lost ?? {}, lostUnknown: lostUnknown ?? {} },
    expired: {
      units: goneUnits ?? {},
      lost: goneLost ?? {},
      lostUnknown: goneLostUnknown ?? {},
    },
  }
}

const readLedgers = async (client: ClickHouseClient): Promise<readonly EpochLedger[]> => {
  const rows = await select(client, 'the ledger', ledgerStatement)
  if (rows.length > maxEpochs)
    throw new StoreError('limit', `the ledger has more than ${maxEpochs} epochs`)
  return rows.map(ledgerOf)
}

/** The rows of these epochs up to what is durable. */
const rowsOf = (ledgers: readonly EpochLedger[]): RowSource => {
  const epochs = ledgers.map(
    ({ agent, epoch, lastSeq }) =>
      `(${quote(storable(agent))}, ${integer(epoch)}, ${integer(lastSeq)})`,
  )
  return {
    from: `events INNER JOIN values('agent String, epoch UInt64, last_seq UInt64', ${epochs.join(', ')}) AS durable USING (agent, epoch)`,
    where: 'seq <= last_seq',
  }
}

/** The live agents' words, and of the others what they said last. */
const allAgents = async (
  client: ClickHouseClient,
  live: readonly AgentInfo[],
): Promise<readonly AgentInfo[]> => {
  const isLive = new Set(live.map(({ agent }) => agent))
  return [...live, ...(await readAgents(client)).filter(({ agent }) => !isLive.has(agent))]
}

/** The answer. Throws StoreError `limit` when counting takes too long. */
export const readAudit = async (
  client: ClickHouseClient,
  options: { readonly deep: boolean; readonly agents: readonly AgentInfo[] },
): Promise<AuditAnswer> => {
  const { deep } = options
  const ledgers = await readLedgers(client)
  const agents = await allAgents(client, options.agents)
  const toCount = deep ? ledgers : ledgers.filter(hasOverlap)
  // An epoch without a single row is counted too: there is nothing of it.
  const counts = new Map<string, RowCount>(
    toCount.map(({ agent, epoch }) => [
      rowCountKey(agent, epoch),
      { ...emptyTally, duplicates: 0 },
    ]),
  )
  const statements: string[] = []
  for (let start = 0; start < toCount.length; start += epochsPerCount) {
    const source = rowsOf(toCount.slice(start, start + epochsPerCount))
    statements.push(countStatement(source))
    for (const [key, count] of await countRows(client, source)) counts.set(key, count)
  }
  return {
    rows: auditRows({ ledgers, agents, counts, deep }),
    query: deep && statements.length > 0 ? statements.join(';\n') : ledgerStatement,
    deep,
  }
}
