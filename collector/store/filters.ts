/**
 * An EventQuery as SQL conditions. Names are no columns of `events` (they may arrive late), so filters by name resolve
 * to containers (node and id) inside the same statement; an id filter finds rows that have no names yet.
 */
import { eventKinds, isContainerId } from '#proto/event.ts'
import { storable } from './cells.ts'
import { isListed } from './container-key.ts'
import { afterCursor, parseCursor } from './cursor.ts'
import { StoreError } from './errors.ts'
import { integer, quote, quoteList } from './sql.ts'
import type { EventQuery } from './store.ts'

/** Largest page. */
export const maxLimit = 10_000
/** Longest value of a text filter, UTF-16 units; what is longer is refused rather than cut. */
const maxFilterLength = 4_096

/** Throws StoreError `bad_query` for what cannot be asked. Everything here calls it through `checkQuery` first. */
export const checkQuery = (query: EventQuery): void => {
  for (const field of ['namespace', 'workload', 'pod', 'container', 'node', 'text'] as const) {
    if ((query[field]?.length ?? 0) > maxFilterLength) {
      throw new StoreError('bad_query', `${field}: longer than ${maxFilterLength} characters`)
    }
  }
  for (const field of ['sinceUs', 'untilUs'] as const) {
    const value = query[field]
    if (value !== undefined && !(Number.isFinite(value) && Math.abs(value) < 2 ** 62)) {
      throw new StoreError('bad_query', `${field}: not a time`)
    }
  }
  if (!Number.isInteger(query.limit) || query.limit < 1) {
    throw new StoreError('bad_query', `limit: ${query.limit} is not a number of 1 to ${maxLimit}`)
  }
}

/** The conditions on `containers`' joined names, in terms of the tuple columns of `namedContainers`. */
const nameConditions = (query: EventQuery): readonly string[] => {
  const conditions: string[] = []
  for (const name of ['namespace', 'workload', 'pod'] as const) {
    const value = query[name]
    if (value !== undefined) conditions.push(`${name} = ${quote(storable(value))}`)
  }
  return conditions
}

/** Matches a container's own id, in full or by a prefix that is long enough to mean it. */
const idCondition = (container: string): string => {
  const conditions = [`container_id = ${quote(storable(container))}`]
  if (/^[0-9a-f]{6,64}$/.test(container))
    conditions.push(`startsWith(container_id, ${quote(container)})`)
  return conditions.join(' OR ')
}

/**
 * A subquery of the containers whose best-known names match. The inner filter narrows by any name a container ever had, the
 * HAVING decides by the best one: the strongest source, then the latest.
 */
const byBestName = (conditions: readonly string[]): string => {
  const all = conditions.join(' AND ')
  return isListed(`SELECT node, container_id FROM (
    SELECT node, container_id, best.1 AS namespace, best.2 AS workload, best.3 AS pod, best.4 AS container FROM (
      SELECT node, container_id, argMax(tuple(namespace, workload, pod, container), tuple(name_rank, time_us)) AS best
      FROM containers WHERE container_id IN (SELECT container_id FROM containers WHERE ${all})
      GROUP BY node, container_id)) WHERE ${all}`)
}

/** The condition on `node` and `container_id` that namespace, workload, pod and container mean; undefined when none is given. */
export const containerCondition = (query: EventQuery): string | undefined => {
  const byName = nameConditions(query)
  const { container } = query
  if (container === undefined) {
    return byName.length === 0 ? undefined : byBestName(byName)
  }
  const own = `container = ${quote(storable(container))}`
  if (byName.length === 0) {
    const named = !isContainerId(container) ? '' : ` OR ${byBestName([own])}`
    return `(${idCondition(container)}${named})`
  }
  return byBestName([...byName, `(${own} OR ${idCondition(container)})`])
}

/** Time and node: what every table of rows can be narrowed by. */
export const rangeConditions = (query: EventQuery): readonly string[] => {
  const conditions: string[] = []
  if (query.node !== undefined) conditions.push(`node = ${quote(storable(query.node))}`)
  if (query.sinceUs !== undefined) conditions.push(`time_us >= ${integer(query.sinceUs)}`)
  if (query.untilUs !== undefined) conditions.push(`time_us < ${integer(query.untilUs)}`)
  return conditions
}

const textCondition = (text: string): string => {
  const needle = quote(storable(text))
  return `(positionCaseInsensitiveUTF8(exe, ${needle}) > 0 OR positionCaseInsensitiveUTF8(replaceAll(argv, '\\0', ' '), ${needle}) > 0 OR (kind = 'pod' AND positionCaseInsensitiveUTF8(concat(reason, ' ', message), ${needle}) > 0))`
}

/**
 * The full condition of a timeline page. With a container filter the node-wide gaps of the nodes where these containers
 * ran belong to the answer too: they may hide events of exactly these containers.
 */
export const eventCondition = (query: EventQuery): string => {
  const conditions = [...rangeConditions(query)]
  const containers = containerCondition(query)
  if (containers !== undefined) {
    conditions.push(
      `(${containers} OR (container_id = '' AND kind = 'gap' AND node IN (SELECT node FROM containers WHERE ${containers} UNION DISTINCT SELECT node FROM events WHERE ${containers} GROUP BY node)))`,
    )
  }
  if (query.kinds !== undefined) {
    const kinds = query.kinds.filter((kind) => eventKinds.includes(kind))
    conditions.push(kinds.length === 0 ? '0' : `kind IN ${quoteList(kinds)}`)
  }
  if (query.text !== undefined && query.text !== '') conditions.push(textCondition(query.text))
  if (query.cursor !== undefined) {
    conditions.push(afterCursor(parseCursor(query.cursor), query.newestFirst ?? false))
  }
  return conditions.length === 0 ? '1' : conditions.map((one) => `(${one})`).join(' AND ')
}
