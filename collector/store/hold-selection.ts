/**
 * What a hold keeps, as SQL: the rows that a timeline with the same filters shows, with the gaps and the coverage that belong to
 * it. Called by holds.ts, which counts them, and by thinning.ts, which deletes all others.
 */
import { parseTime } from '#base/values.ts'
import type { HoldSelection } from '#proto/api.ts'
import { storable } from './cells.ts'
import { isListed } from './container-key.ts'
import { StoreError } from './errors.ts'
import { checkQuery, containerCondition } from './filters.ts'
import { integer, quote } from './sql.ts'
import type { EventQuery } from './store.ts'

const names = ['namespace', 'workload', 'pod', 'container', 'node'] as const

const timeOf = (field: 'since' | 'until', text: string): number => {
  // Absolute: a span back from now would mean something else every hour.
  const parsed = /^\d{4}-/.test(text) ? parseTime(text, 0) : { fix: 'write RFC 3339' }
  if ('value' in parsed) return parsed.value
  throw new StoreError('bad_query', `hold: ${field}: ${parsed.fix}`)
}

/** The query whose answer is to be kept. Throws StoreError `bad_query` for one that would keep everything or nothing. */
export const holdQuery = (selection: HoldSelection): EventQuery => {
  const { since, until, ...filters } = selection
  const query: EventQuery = {
    ...filters,
    limit: 1,
    ...(since === undefined ? {} : { sinceUs: timeOf('since', since) }),
    ...(until === undefined ? {} : { untilUs: timeOf('until', until) }),
  }
  const given = names.filter((name) => query[name] !== undefined)
  const empty = given.find((name) => query[name] === '')
  if (empty !== undefined) throw new StoreError('bad_query', `hold: ${empty} is empty`)
  const { sinceUs, untilUs } = query
  if (given.length === 0 && sinceUs === undefined && untilUs === undefined)
    throw new StoreError('bad_query', 'hold: it would keep everything; say what to keep')
  if (sinceUs !== undefined && untilUs !== undefined && sinceUs >= untilUs)
    throw new StoreError('bad_query', 'hold: since is not before until, so it would keep nothing')
  checkQuery(query)
  return query
}

const onNode = ({ node }: EventQuery): readonly string[] =>
  node === undefined ? [] : [`node = ${quote(storable(node))}`]

const all = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '1' : `(${conditions.join(' AND ')})`

/** Rows of `events`. `listed`: a subquery of the (node, container_id) that are held. A gap belongs to the range if it lies there by its time or by what it hides. */
export const heldRows = (query: EventQuery, listed: string | undefined): string => {
  const { sinceUs, untilUs } = query
  const at: string[] = []
  const overlaps = ["kind = 'gap'"]
  if (sinceUs !== undefined) {
    at.push(`time_us >= ${integer(sinceUs)}`)
    overlaps.push(`to_us >= ${integer(sinceUs)}`)
  }
  if (untilUs !== undefined) {
    at.push(`time_us < ${integer(untilUs)}`)
    overlaps.push(`from_us < ${integer(untilUs)}`)
  }
  const whose =
    listed === undefined
      ? []
      : [
          `(${isListed(listed)} OR (container_id = '' AND kind = 'gap' AND node IN (SELECT node FROM (${listed}))))`,
        ]
  const when = at.length === 0 ? [] : [`(${all(at)} OR ${all(overlaps)})`]
  return all([...onNode(query), ...whose, ...when])
}

/** Rows of `coverage`. */
export const heldCoverage = (query: EventQuery, listed: string | undefined): string => {
  const { sinceUs, untilUs } = query
  return all([
    ...onNode(query),
    ...(listed === undefined ? [] : [`node IN (SELECT node FROM (${listed}))`]),
    ...(sinceUs === undefined ? [] : [`to_us > ${integer(sinceUs)}`]),
    ...(untilUs === undefined ? [] : [`from_us < ${integer(untilUs)}`]),
  ])
}

/** A subquery of the (container_id, node) that the query means; undefined when it does not speak of containers. */
export const heldContainers = (query: EventQuery): string | undefined => {
  const whose = containerCondition(query)
  if (whose === undefined) return undefined
  const where = all([...onNode(query), whose])
  return `SELECT container_id, node FROM containers WHERE ${where} GROUP BY container_id, node
    UNION DISTINCT SELECT container_id, node FROM events WHERE ${where} GROUP BY container_id, node`
}
