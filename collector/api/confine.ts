/**
 * Answers for somebody who has the right in one namespace only. The store has narrowed the question by that namespace
 * already; this looks at the answer, so that a mistake in a condition shows nobody another team's arguments. Pure; called
 * by api.ts.
 *
 * What stays although it has no namespace: gaps of a whole node and coverage, which name nobody.
 */
import type {
  ContainerInfo,
  Hold,
  NetworkPolicyInfo,
  TimelineEvent,
  WhoRow,
  WorkloadInfo,
} from '#proto/api.ts'
import type { Baseline } from '#proto/baseline.ts'
import type { Finding } from '#proto/finding.ts'

/** The lists in the answers to questions that can be asked of one namespace. */
interface Lists {
  readonly events?: readonly TimelineEvent[]
  readonly rows?: readonly WhoRow[]
  readonly containers?: readonly ContainerInfo[]
  readonly workloads?: readonly WorkloadInfo[]
  readonly holds?: readonly Hold[]
  readonly policies?: readonly NetworkPolicyInfo[]
  readonly findings?: readonly Finding[]
  readonly baselines?: readonly Baseline[]
}

interface Peer {
  readonly workload: string
  readonly namespace?: string
  readonly service?: string
}

/** The peer without its name, if that is another namespace's: its address and the name it was looked up by are the asker's. */
const ownPeer = <P extends Peer>(peer: P, namespace: string): P => {
  if (peer.namespace === undefined || peer.namespace === namespace) return peer
  const { namespace: _other, service: _service, ...rest } = peer
  return { ...rest, workload: '' } as P
}

const isNodeGap = (event: TimelineEvent): boolean =>
  event.kind === 'gap' && event.containerId === ''

const ownEvent = (event: TimelineEvent, namespace: string): TimelineEvent => {
  const { kind } = event
  if (kind !== 'connect' && kind !== 'accept' && kind !== 'close') return event
  return event.peer === undefined ? event : { ...event, peer: ownPeer(event.peer, namespace) }
}

const ownRow = (row: WhoRow, namespace: string): WhoRow =>
  row.kind === 'connection' ? { ...row, peer: ownPeer(row.peer, namespace) } : row

/** What of an answer belongs to the namespace. */
export const confine = <Answer extends object>(answer: Answer, namespace: string): Answer => {
  const { events, rows, containers, workloads, holds, policies, findings, baselines } =
    answer as Lists
  const isOwn = (one: { readonly namespace: string }): boolean => one.namespace === namespace
  return {
    ...answer,
    ...(events && {
      events: events
        .filter((event) => isOwn(event) || isNodeGap(event))
        .map((event) => ownEvent(event, namespace)),
    }),
    ...(rows && { rows: rows.filter(isOwn).map((row) => ownRow(row, namespace)) }),
    ...(containers && { containers: containers.filter(isOwn) }),
    ...(workloads && { workloads: workloads.filter(isOwn) }),
    ...(policies && { policies: policies.filter(isOwn) }),
    ...(baselines && { baselines: baselines.filter(isOwn) }),
    ...(findings && { findings: findings.filter(isOwn) }),
    ...(holds && { holds: holds.filter(({ selection }) => selection.namespace === namespace) }),
  }
}
