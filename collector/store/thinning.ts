/**
 * Takes an expired day: whole where no hold wants any of it, else all but what the holds keep. Every step can be repeated after
 * a crash: the record first, then the rows, then the mark that this day has nothing more to give to these holds. Called by
 * retention.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { isListed } from './container-key.ts'
import { storeError } from './errors.ts'
import { nextVersion, recordExpiry } from './expired.ts'
import { heldContainers, heldCoverage, heldRows, holdQuery } from './hold-selection.ts'
import type { StoredHold } from './holds.ts'
import { cancelDeletes, deleteAllBut, dropDay } from './mutations.ts'
import { countRows } from './row-counts.ts'
import { asNumber, select } from './select.ts'
import { integer, quote, settings } from './sql.ts'
import { send, statement } from './statements.ts'
import type { EventQuery } from './store.ts'

/** A set of holds as one text. */
export const holdsKey = (holds: readonly StoredHold[]): string =>
  holds
    .map(({ id }) => id)
    .toSorted()
    .join(' ')

/** Drops a day that nobody holds. */
export const takeDay = async (client: ClickHouseClient, day: string): Promise<void> => {
  await cancelDeletes(client)
  await recordExpiry(client, day, new Map(), await nextVersion(client))
  await dropDay(client, 'events', day)
  await dropDay(client, 'coverage', day)
}

/** What the holds keep: conditions on rows of `events` and of `coverage`. */
interface Kept {
  readonly rows: string
  readonly coverage: string
}

/** Writes down which containers the holds mean now, and says in terms of that what they keep. */
const resolve = async (
  client: ClickHouseClient,
  holds: readonly StoredHold[],
  version: number,
): Promise<Kept> => {
  const rows: string[] = []
  const coverage: string[] = []
  for (const { id, selection } of holds) {
    const query = holdQuery(selection)
    const containers = heldContainers(query)
    if (containers === undefined) {
      rows.push(heldRows(query, undefined))
      coverage.push(heldCoverage(query, undefined))
      continue
    }
    await listContainers(client, containers, id, version)
    const listed = `SELECT node, container_id FROM held WHERE version = ${integer(version)} AND hold = ${quote(id)}`
    rows.push(heldRows(query, listed))
    coverage.push(heldCoverage(await withLifetime(client, query, listed), listed))
  }
  return { rows: rows.join(' OR '), coverage: coverage.join(' OR ') }
}

const listContainers = async (
  client: ClickHouseClient,
  containers: string,
  hold: string,
  version: number,
): Promise<void> => {
  try {
    await client.command({
      query: `INSERT INTO held SELECT ${integer(version)}, ${quote(hold)}, container_id, node FROM (${containers}) ${settings({ max_execution_time: 60 })}`,
    })
  } catch (error) {
    throw storeError('cannot list what is held', error)
  }
}

/** Where a hold on containers gives no times, the coverage that belongs to it is that of their lifetime. */
const withLifetime = async (
  client: ClickHouseClient,
  query: EventQuery,
  listed: string,
): Promise<EventQuery> => {
  const extent = (table: 'events' | 'containers') =>
    `SELECT min(time_us) AS f, max(time_us) + 1 AS t, count() AS n FROM ${table} WHERE ${isListed(listed)}`
  const [row = []] = await select(
    client,
    'how long held containers lived',
    `SELECT min(f), max(t) FROM (${extent('events')} UNION ALL ${extent('containers')}) WHERE n > 0`,
  )
  const [fromUs = 0, toUs = 0] = row.map(asNumber)
  return { ...query, sinceUs: query.sinceUs ?? fromUs, untilUs: query.untilUs ?? toUs }
}

/** Takes all of a day but what the holds keep. */
export const thinDay = async (
  client: ClickHouseClient,
  day: string,
  holds: readonly StoredHold[],
  closed: AbortSignal,
): Promise<void> => {
  // What earlier runs listed is of no more use, unless one was cut off: what is left of its deletion would take all that it no longer
  // finds listed. The next run that was not preceded by one makes room.
  if (!(await cancelDeletes(client))) await client.command({ query: 'TRUNCATE TABLE held' })
  const version = await nextVersion(client)
  const keep = await resolve(client, holds, version)
  const kept = await countRows(client, {
    from: 'events',
    where: `receive_day = ${quote(day)} AND (${keep.rows})`,
  })
  await recordExpiry(client, day, kept, version)
  await deleteAllBut(client, 'events', day, keep.rows, closed)
  await deleteAllBut(client, 'coverage', day, keep.coverage, closed)
  await send(
    client,
    statement(
      'thinned',
      ['receive_day', 'holds', 'version'],
      [`${day}\t${holdsKey(holds)}\t${version}\n`],
    ),
  )
}
