/** Whose events are counted together, and with whom they speak; shared by the statistics. Pure but for one cache. */
import { LRUCache } from 'lru-cache'
import type { TimelineConnection, TimelineEvent } from '#proto/api.ts'
import { peerOf } from '../../store/peer-kind.ts'

/** Texts in keys and reasons come from containers: a DNS name has 255 bytes at most, a path up to 4,096. */
const maxText = 255

/** One container, whatever it is called. */
export const containerOf = ({ node, containerId }: TimelineEvent): string =>
  `${node}\0${containerId}`

/**
 * All replicas of one container of a workload. Before the names are known, which takes a second or two, the pod stands for the
 * workload, and without a pod the container.
 */
export const workloadOf = (event: TimelineEvent): string => {
  const { namespace, workload, workloadType, container, podUid } = event
  if (workload !== '') return [namespace, workloadType, workload, container].join('\0')
  return podUid === '' ? containerOf(event) : podUid
}

export const exeOf = (event: TimelineEvent): string =>
  'process' in event ? (event.process?.exe ?? '').slice(0, maxText) : ''

/** How many occurrences an event stands for. */
export const countOf = (event: TimelineEvent): number =>
  'count' in event && event.count > 1 ? event.count : 1

/** Addresses whose nature is remembered, so that not every event has one parsed. */
const publicAddresses = new LRUCache<string, boolean>({ max: 10_000 })

const isPublic = (address: string): boolean => {
  const known = publicAddresses.get(address)
  if (known !== undefined) return known
  const { kind } = peerOf({ address, port: undefined, name: '' }, { kind: 'unknown' }, undefined)
  publicAddresses.set(address, kind === 'external')
  return kind === 'external'
}

/**
 * The peer is on the Internet: a public address of nobody in the cluster, as far as can be told. Fresh events have no kind where it
 * takes a look at who had the address, so a node's or Service's public address passes for external there.
 */
export const isExternal = ({ peer }: TimelineConnection): boolean =>
  peer !== undefined &&
  (peer.kind === undefined || peer.kind === 'external') &&
  isPublic(peer.address)

/** The container opened it, or tried to. */
export const isOutbound = (event: TimelineConnection): boolean =>
  event.kind === 'connect' || (event.kind === 'close' && event.direction === 'outbound')

/** The name it was looked up by, else the address: one service behind many addresses is one destination. */
export const destinationOf = ({ peer }: TimelineConnection): string =>
  (peer?.name || peer?.address || '').toLowerCase().replace(/\.$/, '').slice(0, maxText)

const failures: readonly string[] = ['refused', 'reset', 'timeout', 'unreachable', 'aborted']

/** How an attempt at a TCP connection ended; undefined when nobody can tell. Who gives up early scans fast. */
export const attemptOf = (event: TimelineEvent): 'success' | 'failure' | undefined => {
  if (event.kind !== 'connect' || event.transport !== 'tcp' || event.snapshot) return undefined
  if (event.outcome === 'established') return 'success'
  return failures.includes(event.outcome ?? '') ? 'failure' : undefined
}
