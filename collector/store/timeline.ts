/**
 * Reading the timeline: one page of events with names and hashes joined, each event once. Called by clickhouse-store.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { TimelineEvent } from '#proto/api.ts'
import type { Endpoint } from '#proto/event.ts'
import { storable } from './cells.ts'
import { type Cursor, formatCursor, sortKey } from './cursor.ts'
import { type Joined, sightingsOf, timelineEvent } from './event-reader.ts'
import { type EventRow, eventRowReader, fileKeyOf, fileKeyText } from './event-row.ts'
import { eventColumns, flagBits } from './event-rows.ts'
import { eventCondition, maxLimit } from './filters.ts'
import { maxListed, namesOf } from './names.ts'
import { readHolders } from './peers.ts'
import { asNumber, asText, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import type { DetectionStore, EventPage, EventQuery } from './store.ts'

/** Rows dropped while reading (doubles, repeated snapshots) are made up for by reading on, at most this often. */
const maxRounds = 8

/** Columns that only the ledger reads. */
const ledgerColumns = ['receive_day', 'replaces', 'acked']
const readColumns = eventColumns.filter((name) => !ledgerColumns.includes(name))
const readRow = eventRowReader(readColumns)

const cursorOf = (row: EventRow): Cursor => ({
  timeUs: row.number('time_us'),
  bootNs: row.number('boot_ns'),
  agent: row.text('agent'),
  epoch: row.number('epoch'),
  seq: row.number('seq'),
})

/** One page of the timeline. Shorter than its limit only at the end, or where very much was left out. */
export const readEvents = async (
  client: ClickHouseClient,
  query: EventQuery,
  apiServer: Endpoint | undefined,
): Promise<EventPage> => {
  const join = (rows: readonly EventRow[]) => joinAll(client, rows, apiServer)
  const limit = Math.min(query.limit, maxLimit)
  const kept: EventRow[] = []
  let cursor = query.cursor
  let last: string | undefined
  for (let round = 0; round < maxRounds; round += 1) {
    const wanted = limit - kept.length
    const rows = await readRows(
      client,
      { ...query, ...(cursor === undefined ? {} : { cursor }) },
      wanted + 1,
    )
    const more = rows.length > wanted
    const page = rows.slice(0, wanted)
    for (const row of await withoutRepeats(client, page)) {
      const key = formatCursor(cursorOf(row))
      if (key !== last) kept.push(row)
      last = key
    }
    const end = page.at(-1)
    if (!more || end === undefined) return { events: await join(kept), next: null }
    cursor = formatCursor(cursorOf(end))
    if (kept.length === limit) break
  }
  return { events: await join(kept), next: cursor ?? null }
}

const readRows = async (
  client: ClickHouseClient,
  query: EventQuery,
  limit: number,
): Promise<readonly EventRow[]> => {
  const direction = query.newestFirst ? 'DESC' : 'ASC'
  const order = sortKey.map((column) => `${column} ${direction}`).join(', ')
  const cells = await select(
    client,
    'events',
    `SELECT ${readColumns.join(', ')} FROM events WHERE ${eventCondition(query)} ORDER BY ${order} LIMIT ${integer(limit)}`,
  )
  return cells.map(readRow)
}

/** Events of an epoch beyond a number, in its order, each once. */
export const readStoredAfter = async (
  client: ClickHouseClient,
  { agent, epoch, afterSeq, limit }: Parameters<DetectionStore['storedAfter']>[0],
  apiServer: Endpoint | undefined,
): Promise<readonly TimelineEvent[]> => {
  const cells = await select(
    client,
    'events',
    `SELECT ${readColumns.join(', ')} FROM events WHERE agent = ${quote(storable(agent))} AND epoch = ${integer(epoch)}
     AND seq > ${integer(afterSeq)} ORDER BY seq LIMIT 1 BY seq LIMIT ${integer(limit)}`,
  )
  return joinAll(client, cells.map(readRow), apiServer)
}

/** The latest executions, the oldest first. */
export const readRecentExecs = async (
  client: ClickHouseClient,
  limit: number,
  apiServer: Endpoint | undefined,
): Promise<readonly TimelineEvent[]> => {
  const cells = await select(
    client,
    'events',
    `SELECT ${readColumns.join(', ')} FROM events WHERE kind = 'exec' ORDER BY time_us DESC LIMIT ${integer(limit)}`,
  )
  return joinAll(client, cells.map(readRow).reverse(), apiServer)
}

/** Start time in the 10 ms ticks of /proc, which sampled and exact sightings of one process share. */
const startTick = (startNs: number): number => Math.floor(startNs / 10_000_000)

/**
 * Without snapshot rows whose process is recorded already with the same executable: by its real exec, or by an earlier
 * snapshot (each start of an agent takes one).
 */
const withoutRepeats = async (
  client: ClickHouseClient,
  rows: readonly EventRow[],
): Promise<readonly EventRow[]> => {
  const isSnapshot = (row: EventRow): boolean =>
    row.text('kind') === 'exec' && (row.number('flags') & flagBits.snapshot) !== 0
  const snapshots = rows.filter(isSnapshot)
  if (snapshots.length === 0) return rows
  const first = new Map<string, readonly [number, number, number]>()
  for (let start = 0; start < snapshots.length; start += maxListed) {
    const some = snapshots.slice(start, start + maxListed)
    const ids = quoteList([...new Set(some.map((row) => storable(row.text('container_id'))))])
    const pids = [...new Set(some.map((row) => integer(row.number('pid'))))].join(',')
    const found = await select(
      client,
      'earlier executions',
      `SELECT node, boot, pid, intDiv(start_ns, 10000000) AS tick, exe,
         min(tuple(bitAnd(flags, ${flagBits.snapshot}), time_us, seq)) FROM events
       WHERE container_id IN ${ids} AND pid IN (${pids}) AND kind = 'exec' GROUP BY node, boot, pid, tick, exe`,
    )
    for (const [node, boot, pid, tick, exe, earliest] of found) {
      first.set(
        [node, boot, pid, tick, exe].join('\0'),
        earliest as unknown as readonly [number, number, number],
      )
    }
  }
  return rows.filter((row) => {
    if (!isSnapshot(row)) return true
    const tick = startTick(row.number('start_ns'))
    const identity = [row.text('node'), row.text('boot')].map(storable)
    const key = [...identity, row.number('pid'), tick, storable(row.text('exe'))].join('\0')
    const earliest = first.get(key)
    if (earliest === undefined) return true
    const [snapshot, timeUs, seq] = earliest
    return snapshot !== 0 && timeUs === row.number('time_us') && seq === row.number('seq')
  })
}

const joinAll = async (
  client: ClickHouseClient,
  rows: readonly EventRow[],
  apiServer: Endpoint | undefined,
): Promise<readonly TimelineEvent[]> => {
  const ids = new Set(rows.map((row) => row.text('container_id')).filter(Boolean))
  const connections = rows.filter((row) =>
    ['connect', 'accept', 'close'].includes(row.text('kind')),
  )
  const [names, hashes, holders] = await Promise.all([
    namesOf(client, [...ids].map(storable)),
    hashesOf(client, rows),
    readHolders(client, connections.flatMap(sightingsOf)),
  ])
  const joined: Joined = { names, hashes, holders, apiServer }
  return rows.map((row) => timelineEvent(row, joined))
}

const hashesOf = async (
  client: ClickHouseClient,
  rows: readonly EventRow[],
): Promise<ReadonlyMap<string, string | null>> => {
  const hashes = new Map<string, string | null>()
  const execs = rows.filter((row) => row.text('kind') === 'exec' && row.number('file_inode') !== 0)
  const wanted = new Set(execs.map(fileKeyOf))
  const inodes = [...new Set(execs.map((row) => integer(row.number('file_inode'))))]
  for (let start = 0; start < inodes.length; start += maxListed) {
    const found = await select(
      client,
      'file hashes',
      `SELECT node, boot, device, inode, ctime_us, argMax(state, state_rank), argMax(sha256, state_rank) FROM files
       WHERE inode IN (${inodes.slice(start, start + maxListed).join(',')}) GROUP BY node, boot, device, inode, ctime_us`,
    )
    for (const [node, boot, device, inode, ctimeUs, state, sha256] of found) {
      const key = fileKeyText(
        asText(node),
        asText(boot),
        asNumber(device),
        asNumber(inode),
        asNumber(ctimeUs),
      )
      if (wanted.has(key)) hashes.set(key, state === 'hashed' ? asText(sha256) : null)
    }
  }
  return hashes
}
