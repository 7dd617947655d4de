/**
 * Containers' names as they are known now: the strongest source's latest word. Joined to events when they are read, so
 * that names which arrive late show on rows written before.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { ContainerInfo, WorkloadInfo } from '#proto/api.ts'
import { type ContainerType, nameSources, podIdPrefix } from '#proto/event.ts'
import { fromStored, storable } from './cells.ts'
import { containerKey } from './container-key.ts'
import { shownNameSources } from './corrected-names.ts'
import { containerCondition, maxLimit } from './filters.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quote, quoteList } from './sql.ts'
import type { EventQuery } from './store.ts'
import { rfc3339 } from './time.ts'

/** Ids in one IN list: keeps a statement below the server's max_query_size of 256 KiB. */
export const maxListed = 2_000

/** All that is known of each container that `where` admits, one row each. */
const known = (where: string): string => `SELECT node, container_id,
  argMax(tuple(namespace, pod, pod_uid, container, workload, workload_type, image, image_id, type, runtime, labels,
    pod_ips, host_ips, host_network, service_account_token), tuple(name_rank, time_us)) AS best,
  max(name_rank) AS rank, min(time_us) AS first_us, max(time_us) AS last_us,
  maxIf(time_us, phase = 'ended') AS ended_us, maxIf(time_us, phase = 'started') AS started_us
  FROM containers WHERE ${where} GROUP BY node, container_id`

const labelsOf = (cell: Cell | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries((cell ?? {}) as Record<string, string>).map(([key, value]) => [
      fromStored(key),
      fromStored(value),
    ]),
  )

const textsOf = (cell: Cell | undefined): readonly string[] =>
  ((cell ?? []) as readonly string[]).map(fromStored)

const containerOf = (row: readonly Cell[]): ContainerInfo => {
  const [node, containerId, best, rank, firstUs, lastUs, endedUs, startedUs] = row
  const names = best as readonly Cell[]
  const text = (index: number): string => fromStored(asText(names[index]))
  return {
    containerId: fromStored(asText(containerId)),
    node: fromStored(asText(node)),
    namespace: text(0),
    pod: text(1),
    podUid: text(2),
    container: text(3),
    workload: text(4),
    workloadType: text(5),
    image: text(6),
    imageId: text(7),
    type: text(8) as ContainerType,
    runtime: text(9),
    labels: labelsOf(names[10]),
    podIps: textsOf(names[11]),
    hostIps: textsOf(names[12]),
    hostNetwork: asNumber(names[13]) === 1,
    serviceAccountToken: asNumber(names[14]) === 1,
    nameSource: shownNameSources[asNumber(rank)] ?? nameSources[0],
    firstSeen: rfc3339(asNumber(firstUs)),
    lastSeen: rfc3339(asNumber(lastUs)),
    ended: asNumber(endedUs) > asNumber(startedUs) && asNumber(endedUs) > 0,
  }
}

/** The names of these containers, by `containerKey`. Ids must be as stored. */
export const namesOf = async (
  client: ClickHouseClient,
  containerIds: readonly string[],
): Promise<ReadonlyMap<string, ContainerInfo>> => {
  const names = new Map<string, ContainerInfo>()
  for (let start = 0; start < containerIds.length; start += maxListed) {
    const ids = quoteList(containerIds.slice(start, start + maxListed))
    for (const row of await select(client, 'names', known(`container_id IN ${ids}`))) {
      const info = containerOf(row)
      names.set(containerKey(info.node, info.containerId), info)
    }
  }
  return names
}

/** The containers that a query means, alive at some time of its range. What is known of a pod alone is no container. */
const matching = (query: EventQuery): string => {
  const where = [
    `NOT startsWith(container_id, ${quote(podIdPrefix)})`,
    containerCondition(query) ?? '1',
  ]
  if (query.node !== undefined) where.push(`node = ${quote(storable(query.node))}`)
  const range = ['1']
  if (query.untilUs !== undefined) range.push(`first_us < ${integer(query.untilUs)}`)
  if (query.sinceUs !== undefined) {
    range.push(`(ended_us <= started_us OR ended_us >= ${integer(query.sinceUs)})`)
  }
  return `SELECT * FROM (${known(where.join(' AND '))}) WHERE ${range.join(' AND ')}`
}

/** Containers, the latest seen first. `lastSeen` counts their events too. */
export const readContainers = async (
  client: ClickHouseClient,
  query: EventQuery,
): Promise<readonly ContainerInfo[]> => {
  const limit = integer(Math.min(query.limit, maxLimit))
  const rows = await select(
    client,
    'containers',
    `SELECT node, container_id, best, rank, first_us, greatest(last_us, seen.last) AS last_us, ended_us, started_us
     FROM (${matching(query)}) AS found LEFT JOIN (
       SELECT node, container_id, max(time_us) AS last FROM events
       WHERE container_id IN (SELECT container_id FROM (${matching(query)})) GROUP BY node, container_id
     ) AS seen ON found.node = seen.node AND found.container_id = seen.container_id
     ORDER BY last_us DESC, node, container_id LIMIT ${limit}`,
  )
  return rows.map(containerOf)
}

/** Workloads with their number of containers, the latest seen first. Containers without a workload are not listed. */
export const readWorkloads = async (
  client: ClickHouseClient,
  query: EventQuery,
): Promise<readonly WorkloadInfo[]> => {
  const rows = await select(
    client,
    'workloads',
    `SELECT best.1, best.5, best.6, count(), min(first_us), max(last_us) AS last FROM (${matching(query)})
     WHERE best.5 != '' GROUP BY best.1, best.5, best.6
     ORDER BY last DESC, best.1, best.5, best.6 LIMIT ${integer(Math.min(query.limit, maxLimit))}`,
  )
  return rows.map(([namespace, workload, workloadType, containers, firstUs, lastUs]) => ({
    namespace: fromStored(asText(namespace)),
    workload: fromStored(asText(workload)),
    workloadType: fromStored(asText(workloadType)),
    containers: asNumber(containers),
    firstSeen: rfc3339(asNumber(firstUs)),
    lastSeen: rfc3339(asNumber(lastUs)),
  }))
}
