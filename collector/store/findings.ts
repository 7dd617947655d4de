/**
 * Findings in the store: written as whole versions, read as their newest. Called by clickhouse-store.ts for the book of
 * findings (collector/detection/findings/book.ts) and for the API.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Finding, FindingState, Severity } from '#proto/finding.ts'
import { cell, fromStored, storable } from './cells.ts'
import { storeError } from './errors.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import { send, statement } from './statements.ts'
import type { Evaluated } from './store.ts'

/** A finding with what only the book needs: see BookedFinding. */
export interface StoredFinding {
  readonly finding: Finding
  readonly counted: Readonly<Record<string, number>>
  /** Grows with every change of this finding. */
  readonly version: number
}

/** Which findings: every given field narrows. Times are Unix microseconds. */
export interface FindingQuery {
  readonly ids?: readonly string[]
  readonly namespace?: string
  readonly workload?: string
  readonly container?: string
  readonly rule?: string
  readonly states?: readonly FindingState[]
  readonly severities?: readonly Severity[]
  /** Last seen at or after. */
  readonly sinceUs?: number
  /** First seen before. */
  readonly untilUs?: number
  readonly limit: number
}

const columns =
  'id version rule severity state namespace workload container first_seen_us last_seen_us last_detected_us risk body counted'.split(
    ' ',
  )

const micros = (time: string): number => Math.trunc(Date.parse(time) * 1000)

const lineOf = ({ finding, counted, version }: StoredFinding): string => {
  const { id, rule, severity, state, namespace, workload, container, risk } = finding
  const texts = [rule, severity, state, namespace, workload, container].map(cell)
  const times = [finding.firstSeen, finding.lastSeen, finding.lastDetected].map(micros)
  const bodies = [finding, counted].map((value) => cell(JSON.stringify(value)))
  return `${[cell(id), integer(version), ...texts, ...times, risk.score, ...bodies].join('\t')}\n`
}

/** Writes the findings as they are from now on. Throws StoreError; may be repeated with the same arguments. */
export const writeFindings = async (
  client: ClickHouseClient,
  findings: readonly StoredFinding[],
): Promise<void> => {
  if (findings.length === 0) return
  const lines = findings.map(lineOf)
  try {
    await send(client, statement('findings', columns, lines))
  } catch (error) {
    throw storeError('cannot write findings', error)
  }
}

const conditionsOf = (query: FindingQuery): readonly string[] => {
  const conditions: string[] = []
  for (const name of ['namespace', 'workload', 'container', 'rule'] as const) {
    const value = query[name]
    if (value !== undefined) conditions.push(`${name} = ${quote(storable(value))}`)
  }
  const oneOf = (column: string, values: readonly string[] | undefined): void => {
    if (values === undefined) return
    conditions.push(values.length === 0 ? '0' : `${column} IN ${quoteList(values.map(storable))}`)
  }
  oneOf('id', query.ids)
  oneOf('state', query.states)
  oneOf('severity', query.severities)
  if (query.sinceUs !== undefined) conditions.push(`last_seen_us >= ${integer(query.sinceUs)}`)
  if (query.untilUs !== undefined) conditions.push(`first_seen_us < ${integer(query.untilUs)}`)
  return conditions
}

/** Places only ever move on: the later one counts. */
export const writeEvaluated = async (
  client: ClickHouseClient,
  places: readonly Evaluated[],
  nowUs: number,
): Promise<void> => {
  if (places.length === 0) return
  const lines = places.map(
    ({ agent, epoch, seq }) =>
      `${[cell(agent), integer(epoch), integer(seq), integer(nowUs)].join('\t')}\n`,
  )
  try {
    await send(client, statement('evaluated', ['agent', 'epoch', 'seq', 'time_us'], lines))
  } catch (error) {
    throw storeError('cannot write what is evaluated', error)
  }
}

const placesOf = (rows: readonly (readonly Cell[])[]): readonly Evaluated[] =>
  rows.map(([agent, epoch, seq]) => ({
    agent: fromStored(asText(agent)),
    epoch: asNumber(epoch),
    seq: asNumber(seq),
  }))

export const readEvaluated = async (client: ClickHouseClient): Promise<readonly Evaluated[]> =>
  placesOf(
    await select(
      client,
      'what is evaluated',
      'SELECT agent, epoch, max(seq) FROM evaluated GROUP BY agent, epoch',
    ),
  )

/** Where every epoch ends that is durable. */
export const readDurableEpochs = async (client: ClickHouseClient): Promise<readonly Evaluated[]> =>
  placesOf(
    await select(
      client,
      'what is durable',
      'SELECT agent, epoch, max(last_seq) FROM acked GROUP BY agent, epoch',
    ),
  )

/** The latest seen first; at most `limit`. */
export const readFindings = async (
  client: ClickHouseClient,
  query: FindingQuery,
): Promise<readonly StoredFinding[]> => {
  const conditions = conditionsOf(query)
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const rows = await select(
    client,
    'findings',
    `SELECT body, counted, version FROM findings FINAL ${where}
     ORDER BY last_seen_us DESC, id LIMIT ${integer(query.limit)}`,
  )
  return rows.map(([body, counted, version]) => ({
    finding: JSON.parse(fromStored(asText(body))) as Finding,
    counted: JSON.parse(fromStored(asText(counted))) as Readonly<Record<string, number>>,
    version: asNumber(version),
  }))
}
