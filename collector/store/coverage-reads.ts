/** Reads what coverage.ts merges: for which nodes and times the question is asked, who watched them, which gaps lie there. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Coverage } from '#proto/api.ts'
import type { EventKind, SourceName } from '#proto/event.ts'
import { fromStored, storable } from './cells.ts'
import { type CoverageRow, type GapRow, mergeCoverage, type Range } from './coverage.ts'
import { unknownNumber } from './event-rows.ts'
import { containerCondition, rangeConditions } from './filters.ts'
import { maxListed } from './names.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import type { EventQuery } from './store.ts'

/** The most facts and gaps one answer takes into account. */
const maxRows = 100_000

/** Narrows to these nodes where they fit into a statement; mergeCoverage leaves out what is too much. */
const nodeCondition = (nodes: readonly string[]): string =>
  nodes.length > maxListed ? '1' : `node IN ${quoteList(nodes.map(storable))}`

const kindsOf = (cell: Cell | undefined): readonly EventKind[] =>
  asText(cell).split(',').filter(Boolean) as EventKind[]

/** Adds the rows (node, from, to) of each statement into one range per node. */
const readExtents = async (
  client: ClickHouseClient,
  statements: readonly string[],
): Promise<Map<string, Range>> => {
  const rows = await select(
    client,
    'coverage',
    `SELECT node, min(f), max(t) FROM (${statements.join(' UNION ALL ')}) GROUP BY node`,
  )
  return new Map(
    rows.map(([node, fromUs, toUs]) => [
      fromStored(asText(node)),
      { fromUs: asNumber(fromUs), toUs: asNumber(toUs) },
    ]),
  )
}

/** What Kubernetes tells of pods may name no node, and nobody is expected to have watched none. */
const rowExtents = (table: 'events' | 'containers', conditions: readonly string[]): string =>
  `SELECT node, min(time_us) AS f, max(time_us) + 1 AS t FROM ${table}
   WHERE ${["node != ''", ...conditions].join(' AND ')} GROUP BY node`

const factExtents = (query: EventQuery, conditions: readonly string[]): string => {
  const all = [...conditions]
  if (query.sinceUs !== undefined) all.push(`to_us > ${integer(query.sinceUs)}`)
  if (query.untilUs !== undefined) all.push(`from_us < ${integer(query.untilUs)}`)
  return `SELECT node, min(from_us) AS f, max(to_us) AS t FROM coverage
    WHERE ${['1', ...all].join(' AND ')} GROUP BY node`
}

/**
 * The nodes that the query concerns, each with the range to answer for. Asked by container: the nodes where they ran,
 * and without since and until their own lifetime. Else all nodes, and where since or until is open, all that is known.
 */
const nodeRanges = async (
  client: ClickHouseClient,
  query: EventQuery,
): Promise<ReadonlyMap<string, Range>> => {
  const { sinceUs, untilUs, node } = query
  const onNode = node === undefined ? [] : [`node = ${quote(storable(node))}`]
  const containers = containerCondition(query)
  let known: Map<string, Range>
  if (containers === undefined) {
    const events = rowExtents('events', rangeConditions(query))
    known = await readExtents(client, [factExtents(query, onNode), events])
    if (node !== undefined && sinceUs !== undefined && untilUs !== undefined) {
      known.set(node, { fromUs: sinceUs, toUs: untilUs })
    }
  } else {
    const named = rowExtents('containers', [...onNode, containers])
    const events = rowExtents('events', [...rangeConditions(query), containers])
    known = await readExtents(client, [named, events])
    if (known.size === 0) {
      // Neither names nor events in the range: then the nodes where the containers ran at any other time.
      known = await readExtents(client, [rowExtents('events', [...onNode, containers])])
    }
    if (known.size > 0 && (sinceUs !== undefined || untilUs !== undefined)) {
      const nodes = nodeCondition([...known.keys()])
      const facts = await readExtents(client, [factExtents(query, [nodes])])
      for (const [name, range] of facts) known.set(name, range)
    }
  }
  return new Map(
    [...known].map(([name, { fromUs, toUs }]) => [
      name,
      { fromUs: sinceUs ?? fromUs, toUs: untilUs ?? toUs },
    ]),
  )
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
     WHERE ${nodes} AND from_us < ${integer(range.toUs)} AND to_us > ${integer(range.fromUs)}
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
     WHERE kind = 'gap' AND ${nodes} AND ${whose}
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
  const nodes = nodeCondition([...ranges.keys()])
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
