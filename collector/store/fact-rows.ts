/**
 * Rows of the small tables: containers' names, file hashes, coverage. They are idempotent by their sorting key
 * (ReplacingMergeTree), so that writing one twice changes nothing. Called by inserter.ts.
 */
import type { ContainerEvent, CoverageFact, FileFact } from '#proto/event.ts'
import { arrayCell, cell, mapCell } from './cells.ts'
import { integer } from './sql.ts'
import type { AgentChunk } from './store.ts'

export const containerColumns: readonly string[] =
  'node container_id time_us phase name_rank pod_uid namespace pod container workload workload_type image image_id type runtime labels pod_ips host_ips host_network service_account_token cgroup_path agent epoch seq'.split(
    ' ',
  )

/** What of a container event is stored. */
export type ContainerFacts = Omit<ContainerEvent, 'kind' | 'nameSource' | 'bootNs' | 'source'>

/** `rank`: of the source of the names, see nameSources. */
export const containerRow = (
  { node, agent, epoch }: Pick<AgentChunk, 'node' | 'agent' | 'epoch'>,
  event: ContainerFacts,
  { seq, rank }: { readonly seq: number; readonly rank: number },
): string =>
  `${cell(node)}\t${cell(event.containerId)}\t${event.timeUs}\t${event.phase}\t${rank}\t${cell(event.podUid)}\t${cell(event.namespace)}\t${cell(event.pod)}\t${cell(event.container)}\t${cell(event.workload)}\t${cell(event.workloadType)}\t${cell(event.image)}\t${cell(event.imageId)}\t${event.type}\t${cell(event.runtime)}\t${mapCell(event.labels)}\t${arrayCell(event.podIps)}\t${arrayCell(event.hostIps)}\t${event.hostNetwork ? 1 : 0}\t${event.serviceAccountToken ? 1 : 0}\t${cell(event.cgroupPath)}\t${cell(agent)}\t${epoch}\t${seq}\n`

export const fileColumns: readonly string[] =
  'node boot device inode ctime_us path size_bytes sha256 state state_rank time_us'.split(' ')

/** Weakest first: a hash, once known, is not replaced by a later failure to read the file. */
const fileStates: readonly FileFact['state'][] = ['missed', 'skipped', 'hashed']

export const fileRow = (chunk: AgentChunk, fact: FileFact): string =>
  `${cell(chunk.node)}\t${cell(chunk.boot)}\t${fact.file.device}\t${integer(fact.file.inode)}\t${fact.file.ctimeUs}\t${cell(fact.path)}\t${fact.sizeBytes}\t${cell(fact.sha256)}\t${fact.state}\t${fileStates.indexOf(fact.state)}\t${fact.timeUs}\n`

export const coverageColumns: readonly string[] =
  'receive_day node source agent epoch complete from_us to_us'.split(' ')

export const coverageRow = (chunk: AgentChunk, fact: CoverageFact, receiveDay: string): string =>
  `${receiveDay}\t${cell(chunk.node)}\t${fact.source}\t${cell(chunk.agent)}\t${chunk.epoch}\t${fact.complete.toSorted().join(',')}\t${fact.fromUs}\t${fact.toUs}\n`
