/**
 * One occurrence of something that does not belong, before it is known whether it is new; and how occurrences become one
 * finding. Pure; called by book.ts.
 */
import { createHash } from 'node:crypto'
import type { TimelineEvent } from '#proto/api.ts'
import type {
  Finding,
  FindingChange,
  FindingEvidence,
  FindingProcess,
  Maturity,
  Risk,
  Severity,
} from '#proto/finding.ts'

/** What a rule, a baseline or a statistic found. */
export interface Occurrence {
  readonly rule: string
  readonly name: string
  readonly severity: Severity
  readonly maturity: Maturity
  readonly mitre: readonly string[]
  /** The event that caused it, with its names. */
  readonly event: TimelineEvent
  readonly image: string
  /** One line of what the event was. */
  readonly text: string
  readonly key: Readonly<Record<string, string>>
  readonly reason: string
  readonly risk: Risk
  readonly ancestry: readonly FindingProcess[]
  /** The event came so long after it happened that nobody was warned in time. */
  readonly late: boolean
  /** RFC 3339. */
  readonly detectedAt: string
}

/** Judged longer after it happened, an event is late: nobody could have been warned in time. */
export const lateUs = 60_000_000

/** A finding, and up to where the events of each container are counted in it: an event that is evaluated again counts once. */
export interface BookedFinding {
  readonly finding: Finding
  /** By agent, epoch and container: highest number counted. */
  readonly counted: Readonly<Record<string, number>>
}

/** Kept of the events that caused a finding: the first ones tell how it began, the latest what it does now. */
export const firstEvidence = 5
export const latestEvidence = 15
/** Pods and nodes named in a finding. */
const maxNames = 10
/** Containers whose numbers are remembered in a finding: more than act within what may be evaluated again. */
const maxCounted = 200
/** Of a container's id, as in `mayfly` elsewhere. */
const idLength = 12
/** What people and the book write down about a finding. */
export const maxChanges = 100

/** Whose it is, as far as it has a name: pods of no workload are told apart, and so are containers of no pod by their node. */
const ownerOf = (event: TimelineEvent): readonly string[] => {
  const { namespace, workload, workloadType, pod, container, node, containerId } = event
  if (workload !== '') return [namespace, workload, workloadType, container]
  if (pod !== '') return [namespace, pod, 'pod', container]
  return [node, container || containerId]
}

/** The finding's id, of rule, workload, container and key: the same occurrence has the same, whichever collector sees it. */
export const findingId = (
  rule: string,
  event: TimelineEvent,
  key: Readonly<Record<string, string>>,
): string => {
  const keys = Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([rule, ...ownerOf(event), keys])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const evidenceOf = ({ event, text }: Occurrence): FindingEvidence => {
  const { kind, time, node, pod, containerId, agent, epoch, seq } = event
  return { kind, time, node, pod, containerId, agent, epoch, seq, text }
}

const countOf = (event: TimelineEvent): number => ('count' in event ? event.count : 1)

/**
 * Within which events are judged in their order. Not so within an epoch: what waits for a container's names is overtaken by
 * other containers of the node.
 */
const orderKey = ({ agent, epoch, containerId }: TimelineEvent): string =>
  `${agent}/${epoch}/${containerId.slice(0, idLength)}`

const latest = (name: string, names: readonly string[]): readonly string[] =>
  name === '' ? names : [name, ...names.filter((one) => one !== name)].slice(0, maxNames)

const earlier = (a: string, b: string): string => (a < b ? a : b)
const later = (a: string, b: string): string => (a > b ? a : b)

/** The first occurrence as a finding. */
export const openFinding = (occurrence: Occurrence): BookedFinding => {
  const { event, rule, name, severity, maturity, mitre, key, reason, risk } = occurrence
  const { namespace, workload, workloadType, container, pod, node, time } = event
  const { image, ancestry, late, detectedAt } = occurrence
  return {
    finding: {
      id: findingId(rule, event, key),
      rule,
      name,
      severity,
      maturity,
      mitre,
      state: 'open',
      namespace,
      workload,
      workloadType,
      container,
      image,
      pods: latest(pod, []),
      nodes: latest(node, []),
      key,
      reason,
      risk,
      firstSeen: time,
      lastSeen: time,
      firstDetected: detectedAt,
      lastDetected: detectedAt,
      count: countOf(event),
      late,
      evidence: [evidenceOf(occurrence)],
      ancestry,
      changes: [],
    },
    counted: { [orderKey(event)]: event.seq },
  }
}

const withEvidence = (
  evidence: readonly FindingEvidence[],
  one: FindingEvidence,
): readonly FindingEvidence[] => {
  const all = [...evidence, one]
  const most = firstEvidence + latestEvidence
  return all.length <= most
    ? all
    : [...all.slice(0, firstEvidence), ...all.slice(all.length - latestEvidence)]
}

const withCounted = (
  counted: Readonly<Record<string, number>>,
  event: TimelineEvent,
): Readonly<Record<string, number>> => {
  const { [orderKey(event)]: _known, ...others } = counted
  const kept = Object.entries(others).slice(-(maxCounted - 1))
  return { ...Object.fromEntries(kept), [orderKey(event)]: event.seq }
}

export const withChange = (finding: Finding, change: FindingChange): readonly FindingChange[] =>
  [...finding.changes, change].slice(-maxChanges)

/**
 * One more occurrence of the same finding; the same object when this event is counted already. Seen again after it was
 * resolved it opens again; acknowledged it stays so. Words and risk are those of the worst occurrence.
 */
export const addOccurrence = (booked: BookedFinding, occurrence: Occurrence): BookedFinding => {
  const { finding, counted } = booked
  const { event, detectedAt } = occurrence
  if (event.seq <= (counted[orderKey(event)] ?? 0)) return booked
  const isWorse = occurrence.risk.score > finding.risk.score
  const reopened: Pick<Finding, 'state' | 'changes'> | undefined =
    finding.state === 'resolved'
      ? {
          state: 'open',
          changes: withChange(finding, {
            time: detectedAt,
            author: 'mayfly',
            action: 'reopened',
            comment: 'seen again',
          }),
        }
      : undefined
  return {
    finding: {
      ...finding,
      ...reopened,
      ...(isWorse && {
        severity: occurrence.severity,
        reason: occurrence.reason,
        risk: occurrence.risk,
        ancestry: occurrence.ancestry,
      }),
      image: occurrence.image || finding.image,
      pods: latest(event.pod, finding.pods),
      nodes: latest(event.node, finding.nodes),
      firstSeen: earlier(finding.firstSeen, event.time),
      lastSeen: later(finding.lastSeen, event.time),
      lastDetected: later(finding.lastDetected, detectedAt),
      count: finding.count + countOf(event),
      late: finding.late && occurrence.late,
      evidence: withEvidence(finding.evidence, evidenceOf(occurrence)),
    },
    counted: withCounted(counted, event),
  }
}
