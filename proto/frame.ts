/** The frames of the WebSocket as values; proto/mayfly/v1/frame.proto says what each field means, docs/wire.md the order. */
import type { SourceHealth } from './api.ts'

export interface Hello {
  readonly kind: 'hello'
  readonly agent: string
  readonly node: string
  readonly epoch: number
  readonly protocolVersion: number
  readonly agentVersion: string
  readonly capabilities: readonly string[]
  readonly kernel: string
  readonly firstUnackedSeq: number
  readonly lastUnackedSeq: number
  /** True on the connection that delivers an older epoch beside the current one's. */
  readonly backlog: boolean
  readonly oldestProtocolVersion: number
}

/** What an epoch has counted until some place in its sequence, in units of events' counts; all only grow. */
export interface Totals {
  /** Seen by the sources or known to be lost: all that the other numbers of the ledger have to account for. */
  readonly captured: number
  /** Left out on purpose. */
  readonly filtered: number
  /** Gaps of which nobody knows how much they hide: whoever gives up a stretch has to own up to those in it as well. */
  readonly unknownGaps: number
}

/** Where an epoch begins. */
export const noTotals: Totals = { captured: 0, filtered: 0, unknownGaps: 0 }

export interface Welcome {
  readonly kind: 'welcome'
  readonly resumeFrom: number
  readonly creditBytes: number
  readonly maxFrameBytes: number
  readonly maxBatchRawBytes: number
  readonly protocolVersion: number
  readonly collectorVersion: string
}

export interface Batch {
  readonly kind: 'batch'
  readonly firstSeq: number
  /** Sequence numbers covered, at least 1: the number of events, or more where gaps stand for lost ones. */
  readonly count: number
  readonly rawBytes: number
  /** zstd of a ChunkList. */
  readonly payload: Uint8Array
  /** The epoch's totals before the first and after the last event. */
  readonly before: Totals
  readonly after: Totals
}

export interface Ack {
  readonly kind: 'ack'
  readonly durableSeq: number
}

/** The order is the wire's numbering. */
export const nackReasons = [
  'unspecified',
  'busy',
  'hole',
  'conflict',
  'version',
  'protocol',
  'identity',
] as const
export type NackReason = (typeof nackReasons)[number]

export interface Nack {
  readonly kind: 'nack'
  readonly reason: NackReason
  readonly retryAfterMs: number
  readonly detail: string
}

export interface Credit {
  readonly kind: 'credit'
  readonly bytes: number
}

/** Counts of events since the agent started. */
export interface Ledger {
  readonly captured: number
  readonly filtered: number
  readonly lost: number
  readonly spooled: number
  readonly acked: number
}

/** An epoch of which the agent holds events, or the current one. */
export interface EpochState {
  readonly epoch: number
  readonly firstUnackedSeq: number
  readonly lastSeq: number
  readonly totals: Totals
}

export interface Status {
  readonly kind: 'status'
  readonly ledger: Ledger
  readonly sources: readonly SourceHealth[]
  readonly lastSeq: number
  readonly spoolBytes: number
  readonly epochs: readonly EpochState[]
  readonly kernelUnaccounted: number
}

export interface Goodbye {
  readonly kind: 'goodbye'
  readonly reason: string
}

/** The order is the wire's numbering. */
export const noticeStates = ['well', 'store_failing'] as const
export type NoticeState = (typeof noticeStates)[number]

export interface Notice {
  readonly kind: 'notice'
  readonly state: NoticeState
  readonly detail: string
}

export type Frame = Hello | Welcome | Batch | Ack | Nack | Credit | Status | Goodbye | Notice
