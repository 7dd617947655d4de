/**
 * "Who else?": rows of events gathered by what matched, workload and executable, the latest seen first. Names are joined
 * when asked, so one that came late counts. Called by clickhouse-store.ts; conditions: who-conditions.ts.
 *
 * Each statement gathers twice: by container over `events`, which takes away nearly all rows, and by workload after names
 * are joined. Snapshots of a process whose execution is recorded do not count again.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { WhoRow } from '#proto/api.ts'
import { type Endpoint, hostContainerId } from '#proto/event.ts'
import { flagBits } from './event-rows.ts'
import { maxLimit } from './filters.ts'
import { peerOf } from './peer-kind.ts'
import { readHolders } from './peers.ts'
import { type Cell, select } from './select.ts'
import { integer, quote } from './sql.ts'
import type { WhoQuery } from './store.ts'
import { direction, servedPort, whoCondition } from './who-conditions.ts'
import { whoKinds } from './who-question.ts'
import { connectionRow, dnsRow, execRow, type Found } from './who-rows.ts'

/** How rows of one kind are gathered. */
interface Gathering {
  /** By container: node, container_id, exe, first_us, last_us, the keys and the measures. */
  readonly byContainer: (where: string) => string
  /** Columns of it that tell answers apart. */
  readonly keys: readonly string[]
  /** Measures summed up by workload. */
  readonly sums: readonly string[]
  readonly row: (cells: readonly Cell[]) => Found
}

const isSnapshot = `bitAnd(flags, ${flagBits.snapshot}) != 0`
const isOver = `kind = 'close' AND bitAnd(flags, ${flagBits.ongoing}) = 0`
const seen = 'min(time_us) AS first_us, max(time_us) AS last_us'

/** -1 where no source could tell. */
const sumOfKnown = (sum: string, known: string): string => `if(sum(${known}) = 0, -1, sum(${sum}))`

const connections: Gathering = {
  byContainer: (where) => `
    SELECT node, container_id, exe, ${direction} AS way, transport, peer_address, peer_name, ${servedPort} AS served,
      ${seen}, sumIf(count, kind != 'close' AND NOT ${isSnapshot}) AS opened, sumIf(count, ${isOver}) AS ended,
      sumMapIf(map(toString(outcome), toUInt64(count)), kind = 'connect' AND NOT ${isSnapshot}) AS outcomes,
      sumIf(sent_bytes, kind = 'close' AND sent_bytes >= 0) AS sent,
      countIf(kind = 'close' AND sent_bytes >= 0) AS sent_known,
      sumIf(received_bytes, kind = 'close' AND received_bytes >= 0) AS received,
      countIf(kind = 'close' AND received_bytes >= 0) AS received_known
    FROM events WHERE ${where}
    GROUP BY node, container_id, exe, way, transport, peer_address, peer_name, served`,
  keys: ['way', 'transport', 'peer_address', 'peer_name', 'served'],
  sums: [
    'sum(opened)',
    'sum(ended)',
    'sumMap(outcomes)',
    sumOfKnown('sent', 'sent_known'),
    sumOfKnown('received', 'received_known'),
  ],
  row: connectionRow,
}

const questions: Gathering = {
  byContainer: (where) => `
    SELECT node, container_id, exe, lower(trim(TRAILING '.' FROM dns_name)) AS name, ${seen}, sum(count) AS asked,
      sumMap(map(if(dns_rcode = '', 'unanswered', toString(dns_rcode)), toUInt64(count))) AS outcomes
    FROM events WHERE ${where} GROUP BY node, container_id, exe, name`,
  keys: ['name'],
  sums: ['sum(asked)', 'sumMap(outcomes)'],
  row: dnsRow,
}

/** A process and what it runs; start times in the 10 ms ticks of /proc, which sampled and exact sightings share. */
const processKey = '(node, boot, pid, intDiv(start_ns, 10000000), exe)'

/** Executions that are recorded, of the processes that were found running too. */
const recorded = (where: string): string =>
  `SELECT ${processKey} FROM events WHERE ${where} AND NOT ${isSnapshot}
     AND pid IN (SELECT pid FROM events WHERE ${where} AND ${isSnapshot})`

const executions: Gathering = {
  byContainer: (where) => `
    SELECT node, container_id, exe, first_us, last_us, runs,
      multiIf(file.state = 'hashed', file.hash, file.state = '', '', 'unreadable') AS sha256
    FROM (
      SELECT node, container_id, exe, boot, file_device, file_inode, file_ctime_us, ${seen},
        countIf(NOT ${isSnapshot}) + uniqExactIf(${processKey}, ${isSnapshot} AND ${processKey} NOT IN (${recorded(where)})) AS runs
      FROM events WHERE ${where}
      GROUP BY node, container_id, exe, boot, file_device, file_inode, file_ctime_us
    ) AS run
    LEFT JOIN (
      SELECT node, boot, device, inode, ctime_us, argMax(state, state_rank) AS state, argMax(sha256, state_rank) AS hash
      FROM files WHERE inode IN (SELECT file_inode FROM events WHERE ${where}) GROUP BY node, boot, device, inode, ctime_us
    ) AS file ON run.node = file.node AND run.boot = file.boot AND run.file_device = file.device
      AND run.file_inode = file.inode AND run.file_ctime_us = file.ctime_us`,
  keys: ['sha256'],
  sums: ['sum(runs)'],
  row: execRow,
}

const gatherings = { connection: connections, dns: questions, exec: executions } as const

const host = quote(hostContainerId)

/** The answer's rows: the columns that who-rows.ts reads first, then keys, then sums. */
const byWorkload = (
  where: string,
  { byContainer, keys, sums }: Gathering,
  limit: number,
): string => {
  const groups = ['namespace', 'workload', 'workload_type', 'container', 'exe', ...keys].join(', ')
  return `
    SELECT min(first_us), max(last_us) AS latest, uniqExactIf((namespace, pod), pod != ''),
      uniqExactIf((node, container_id), container_id NOT IN ('', ${host})), uniqExact(node),
      argMax(tuple(node, pod, container_id), last_us), ${groups}, ${sums.join(', ')}
    FROM (
      SELECT found.*, best.1 AS namespace, best.2 AS workload, best.3 AS workload_type, best.5 AS pod,
        if(best.4 = '' AND found.container_id = ${host}, ${host}, best.4) AS container
      FROM (${byContainer(where)}) AS found
      LEFT JOIN (
        SELECT node, container_id,
          argMax(tuple(namespace, workload, workload_type, container, pod), tuple(name_rank, time_us)) AS best
        FROM containers WHERE container_id IN (SELECT container_id FROM events WHERE ${where})
        GROUP BY node, container_id
      ) AS named ON found.node = named.node AND found.container_id = named.container_id
    )
    GROUP BY ${groups} ORDER BY latest DESC, ${groups} LIMIT ${integer(limit)}`
}

/** Gives peers their kinds and, where one workload or node had the address, its name. */
const withPeers = async (
  client: ClickHouseClient,
  found: readonly Found[],
  apiServer: Endpoint | undefined,
): Promise<readonly WhoRow[]> => {
  const sightings = ({ row, firstUs, lastUs }: Found) =>
    row.kind === 'connection'
      ? [firstUs, lastUs].map((timeUs) => ({ address: row.peer.address, timeUs }))
      : []
  const holders = await readHolders(client, found.flatMap(sightings))
  return found.map((one) => {
    const { row } = one
    if (row.kind !== 'connection') return row
    const { address, name } = row.peer
    const port = row.direction === 'outbound' ? row.port : undefined
    const holder = holders.throughout(sightings(one))
    const peer = peerOf({ address, name, port }, holder, apiServer)
    return { ...row, peer: { address, name, ...peer } }
  })
}

/** Who did what is asked, at most the query's limit. The question is one that `whoQuestion` gave. */
export const readWho = async (
  client: ClickHouseClient,
  query: WhoQuery,
  apiServer: Endpoint | undefined,
): Promise<readonly WhoRow[]> => {
  const limit = Math.min(query.limit, maxLimit)
  const parts = await Promise.all(
    whoKinds(query).map(async (kind) => {
      const sql = byWorkload(whoCondition(query, kind), gatherings[kind], limit)
      return (await select(client, 'who', sql)).map(gatherings[kind].row)
    }),
  )
  const latestFirst = parts.flat().sort((a, b) => b.lastUs - a.lastUs)
  return withPeers(client, latestFirst.slice(0, limit), apiServer)
}
