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
}

export interface Welcome {
  readonly kind: 'welcome'
  readonly resumeFrom: number
  readonly creditBytes: number
  readonly maxFrameBytes: number
  readonly maxBatchRawBytes: number
}

export interface Batch {
  readonly kind: 'batch'
  readonly firstSeq: number
  /** Sequence numbers covered, at least 1: the number of events, or more where gaps stand for lost ones. */
  readonly count: number
  readonly rawBytes: number
  /** zstd of a ChunkList. */
  readonly payload: Uint8Array
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

export interface Status {
  readonly kind: 'status'
  readonly ledger: Ledger
  readonly sources: readonly SourceHealth[]
  readonly lastSeq: number
  readonly spoolBytes: number
}

export interface Goodbye {
  readonly kind: 'goodbye'
  readonly reason: string
}

export type Frame = Hello | Welcome | Batch | Ack | Nack | Credit | Status | Goodbye
