/**
 * A finding as the API gives it and the store keeps it: something that does not belong, why, and what became of it. One finding
 * stands for every occurrence with the same rule, workload, container and key. docs/detection.md.
 */
import type { EventKind } from './event.ts'

/** From what a team looks at when it has time to what wakes somebody. */
export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/**
 * How far a rule can be trusted to be quiet. `stable`: no finding in the benign recordings. `incubating`: not proven yet.
 * `sandbox`: being tried out.
 */
export const maturities = ['stable', 'incubating', 'sandbox'] as const
export type Maturity = (typeof maturities)[number]

/**
 * `acknowledged`: somebody has it; it stays quiet for its key. `resolved`: seen again, it opens again. `suppressed`: an exception for
 * exactly this rule, workload, container and key; it is still counted, and stays so until somebody reopens it.
 */
export const findingStates = ['open', 'acknowledged', 'resolved', 'suppressed'] as const
export type FindingState = (typeof findingStates)[number]

export const findingActions = [
  'acknowledged',
  'resolved',
  'reopened',
  'commented',
  'suppressed',
] as const
export type FindingAction = (typeof findingActions)[number]

/** One addend of the risk score. */
export interface RiskTerm {
  readonly name: string
  /** At least 1; terms are only ever added. */
  readonly points: number
  /** Why it applies, for a person. */
  readonly because: string
}

export interface Risk {
  /** 0 to 100: the sum of the terms, at most 100. */
  readonly score: number
  readonly terms: readonly RiskTerm[]
}

/** An event that caused the finding: enough to find it, and one line of what it was. */
export interface FindingEvidence {
  readonly kind: EventKind
  /** RFC 3339. */
  readonly time: string
  readonly node: string
  readonly pod: string
  readonly containerId: string
  /** Place in the agent's sequence. */
  readonly agent: string
  readonly epoch: number
  readonly seq: number
  readonly text: string
}

/** A process of the line that leads to what was found, the nearest first. */
export interface FindingProcess {
  readonly id: string
  readonly pid: number
  readonly exe: string
  readonly argv: readonly string[]
}

export interface FindingChange {
  /** RFC 3339. */
  readonly time: string
  /** Who did it, as the collector knows people; `mayfly` where nobody did. */
  readonly author: string
  readonly action: FindingAction
  readonly comment: string
}

export interface Finding {
  /** Of rule, workload, container and key: the same for every occurrence, wherever it is computed. 16 hex digits. */
  readonly id: string
  readonly rule: string
  readonly name: string
  readonly severity: Severity
  readonly maturity: Maturity
  /** MITRE ATT&CK techniques. */
  readonly mitre: readonly string[]
  readonly state: FindingState
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  /** Name of the container within its pod; `host` outside containers. */
  readonly container: string
  readonly image: string
  /** The latest first, at most some. */
  readonly pods: readonly string[]
  readonly nodes: readonly string[]
  /** What tells occurrences apart beside rule, workload and container. */
  readonly key: Readonly<Record<string, string>>
  /** Plain words: what happened, and why it is worth a look. */
  readonly reason: string
  readonly risk: Risk
  /** When the events happened, RFC 3339. */
  readonly firstSeen: string
  readonly lastSeen: string
  /** When the collector evaluated them, RFC 3339. */
  readonly firstDetected: string
  readonly lastDetected: string
  /** Occurrences, events that stand for several counted as such. */
  readonly count: number
  /** Every occurrence was evaluated late: it came out of an outage. */
  readonly late: boolean
  /** The first ones and the latest ones, in order. */
  readonly evidence: readonly FindingEvidence[]
  readonly ancestry: readonly FindingProcess[]
  readonly changes: readonly FindingChange[]
}

export interface FindingsAnswer {
  readonly findings: readonly Finding[]
  /** There are more than were asked for. */
  readonly truncated: boolean
}
