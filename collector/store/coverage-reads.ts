/** Reads what coverage.ts merges: for which nodes and times the question is asked, who watched them, which gaps lie there. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Coverage } from '#proto/api.ts'
import type { EventKind, SourceName } from '#proto/event.ts'
import { fromStored, storable } from './cells.ts'
import { type CoverageRow, type GapRow, mergeCoverage, type Range } from './coverage.ts'
import { unknownNumber } from './event-rows.ts'
import { containerCondition, rangeConditions } from './filters.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import type { EventQuery } from './store.ts'

/** The most facts and gaps one answer takes into account. */
const maxRows = 100_000

const kindsOf = (cell: Cell | undefined): readonly EventKind[] =>
  asText(cell).split(',').filter(Boolean) as EventKind[]

/**
 * The nodes that the query concerns, each with the range to answer for. Asked by container: the nodes where they ran,
 * and without since or until their own lifetime. Else all nodes, and without since or until all that is known of each.
 */
const nodeRanges = async (
  client: ClickHouseClient,
  query: EventQuery,
): Promise<ReadonlyMap<string, Range>> => {
  const containers = containerCondition(query)
  const events = [...rangeConditions(query), containers ?? '1'].join(' AND ')
  const node = query.node === undefined ? '1' : `node = ${quote(storable(query.node))}`
  const overlap = `to_us > ${integer(query.sinceUs ?? 0)}${
    query.untilUs === undefined ? '' : ` AND from_us < ${integer(query.untilUs)}`
  }`
  const facts =
    containers === undefined
      ? `SELECT node, min(from_us) AS f, max(to_us) AS t FROM coverage WHERE ${node} AND ${overlap} GROUP BY node`
      : `SELECT node, min(time_us) AS f, max(time_us) + 1 AS t FROM containers WHERE ${events} GROUP BY node`
  const rows = await select(
    client,
    'coverage',
    `SELECT node, min(f), max(t) FROM (${facts} UNION ALL
       SELECT node, min(time_us) AS f, max(time_us) + 1 AS t FROM events WHERE ${events} GROUP BY node
     ) GROUP BY node`,
  )
  const ranges = new Map<string, Range>()
  for (const [name, fromUs, toUs] of rows) {
    ranges.set(fromStored(asText(name)), {
      fromUs: query.sinceUs ?? asNumber(fromUs),
      toUs: query.untilUs ?? asNumber(toUs),
    })
  }
  if (query.node !== undefined && query.sinceUs !== undefined && query.untilUs !== undefined) {
    if (containers === undefined && !ranges.has(query.node)) {
      ranges.set(query.node, { fromUs: query.sinceUs, toUs: query.untilUs })
    }
  }
  return ranges
}

const readFacts = async (
  client: ClickHouseClient,
  nodes: string,
  range: Range,
): Promise<readonly CoverageRow[]> => {
  const rows = await select(
    client,
    'coverage',
    `SELECT node, source, complete, from_us, max(to_us) AS t FROM coverage
     WHERE node IN ${nodes} AND from_us < ${integer(range.toUs)} AND to_us > ${integer(range.fromUs)}
     GROUP BY node, source, agent, epoch, complete, from_us LIMIT ${maxRows}`,
  )
  return rows.map(([node, source, complete, fromUs, toUs]) => ({
    node: fromStored(asText(node)),
    source: asText(source) as SourceName,
    complete: kindsOf(complete),
    fromUs: asNumber(fromUs),
    toUs: asNumber(toUs),
  }))
}

const readGaps = async (
  client: ClickHouseClient,
  nodes: string,
  range: Range,
  containers: string | undefined,
): Promise<readonly GapRow[]> => {
  const whose = containers === undefined ? '1' : `(container_id = '' OR ${containers})`
  const rows = await select(
    client,
    'gaps',
    `SELECT node, source, lost, from_us, to_us FROM events
     WHERE kind = 'gap' AND node IN ${nodes} AND ${whose}
       AND from_us < ${integer(range.toUs)} AND to_us >= ${integer(range.fromUs)}
     ORDER BY from_us LIMIT 1 BY agent, epoch, seq LIMIT ${maxRows}`,
  )
  return rows.map(([node, source, lost, fromUs, toUs]) => ({
    node: fromStored(asText(node)),
    source: asText(source) as SourceName,
    lost: asNumber(lost) === unknownNumber ? null : asNumber(lost),
    fromUs: asNumber(fromUs),
    toUs: asNumber(toUs),
  }))
}

/** Who watched what the query asks about. */
export const readCoverage = async (
  client: ClickHouseClient,
  query: EventQuery,
): Promise<readonly Coverage[]> => {
  const ranges = await nodeRanges(client, query)
  if (ranges.size === 0) return []
  const nodes = quoteList([...ranges.keys()].map(storable))
  const all = [...ranges.values()].reduce((sum, { fromUs, toUs }) => ({
    fromUs: Math.min(sum.fromUs, fromUs),
    toUs: Math.max(sum.toUs, toUs),
  }))
  const [facts, gaps] = await Promise.all([
    readFacts(client, nodes, all),
    readGaps(client, nodes, all, containerCondition(query)),
  ])
  return mergeCoverage({ ranges, facts, gaps })
}
