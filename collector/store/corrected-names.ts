/**
 * Names that the cluster knows better than the agent: rows of `containers` stronger than every agent's. Written for
 * corrections.ts (collector/cluster).
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { type ContainerNames, nameSources } from '#proto/event.ts'
import { storeError } from './errors.ts'
import { containerColumns, containerRow } from './fact-rows.ts'
import { send, statement } from './statements.ts'

/** Above every source that an agent can name. */
export const clusterRank = nameSources.length
/** How sources are shown, by rank. */
export const shownNameSources: readonly string[] = [...nameSources, 'cluster']

export interface CorrectedNames extends Omit<ContainerNames, 'nameSource'> {
  readonly node: string
  readonly containerId: string
  readonly podUid: string
  /** When the names were told, Unix microseconds. */
  readonly timeUs: number
}

/** Throws StoreError; may be repeated. */
export const writeCorrectedNames = async (
  client: ClickHouseClient,
  containers: readonly CorrectedNames[],
): Promise<void> => {
  if (containers.length === 0) return
  const lines = containers.map((one) =>
    containerRow(
      { node: one.node, agent: '', epoch: 0 },
      { ...one, phase: 'named', cgroupPath: '' },
      { seq: 0, rank: clusterRank },
    ),
  )
  try {
    await send(client, statement('containers', containerColumns, lines))
  } catch (error) {
    throw storeError('cannot write names', error)
  }
}
