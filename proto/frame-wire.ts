/** Frame to message and back, for codec.ts. Throws CodecError for what is outside proto/limits.ts, in either direction. */
import type { SourceHealth } from './api.ts'
import type { Wire } from './codec.ts'
import { atMost, CodecError, whole } from './codec-error.ts'
import {
  type EpochState,
  type Frame,
  type Ledger,
  nackReasons,
  noticeStates,
  type Totals,
} from './frame.ts'
import { limits, ranges } from './limits.ts'

const sourceStates = ['running', 'degraded', 'failed'] as const
const sourceNames = ['ebpf', 'procfs'] as const

const text = (value: string | undefined, field: string): string => {
  const string = value ?? ''
  if (string.length * 3 > limits.frameStringBytes)
    atMost(Buffer.byteLength(string), limits.frameStringBytes, `bytes of ${field}`)
  return string
}

const list = <T>(values: readonly T[] | undefined, field: string): readonly T[] => {
  atMost(values?.length ?? 0, limits.frameListElements, field)
  return values ?? []
}

/** Sequence numbers, epochs, sizes and counts. */
const exact = (value: number | undefined, field: string): number =>
  whole(value ?? 0, ranges.exact, field)

const u32 = (value: number | undefined, field: string): number =>
  whole(value ?? 0, ranges.u32, field)

const place = <T extends string>(values: readonly T[], value: T, field: string): number => {
  const number = values.indexOf(value)
  if (number >= 0) return number
  throw new CodecError('range', `${field}: unknown value ${value}`)
}

const at = <T extends string>(values: readonly T[], number: number, field: string): T => {
  const value = values[number]
  if (value !== undefined) return value
  throw new CodecError('unknown_kind', `${field}: unknown number ${number}`)
}

/** The same checks in both directions: each maps a frame's fields onto themselves or throws. */
const ledger = (counts: Partial<Ledger> | null | undefined): Ledger => ({
  captured: exact(counts?.captured, 'captured'),
  filtered: exact(counts?.filtered, 'filtered'),
  lost: exact(counts?.lost, 'lost'),
  spooled: exact(counts?.spooled, 'spooled'),
  acked: exact(counts?.acked, 'acked'),
})

const totals = (counts: Partial<Totals> | null | undefined): Totals => ({
  captured: exact(counts?.captured, 'captured'),
  filtered: exact(counts?.filtered, 'filtered'),
  unknownGaps: exact(counts?.unknownGaps, 'unknownGaps'),
})

const epochState = (state: Partial<EpochState>): EpochState => ({
  epoch: exact(state.epoch, 'epoch'),
  firstUnackedSeq: exact(state.firstUnackedSeq, 'firstUnackedSeq'),
  lastSeq: exact(state.lastSeq, 'lastSeq'),
  totals: totals(state.totals),
})

/** Checks a frame and returns it, with nothing but the fields of its kind. */
const checked = (frame: Frame): Frame => {
  switch (frame.kind) {
    case 'hello':
      return {
        kind: 'hello',
        agent: text(frame.agent, 'agent'),
        node: text(frame.node, 'node'),
        epoch: exact(frame.epoch, 'epoch'),
        protocolVersion: u32(frame.protocolVersion, 'protocolVersion'),
        agentVersion: text(frame.agentVersion, 'agentVersion'),
        capabilities: list(frame.capabilities, 'capabilities').map((word) =>
          text(word, 'capability'),
        ),
        kernel: text(frame.kernel, 'kernel'),
        firstUnackedSeq: exact(frame.firstUnackedSeq, 'firstUnackedSeq'),
        lastUnackedSeq: exact(frame.lastUnackedSeq, 'lastUnackedSeq'),
        backlog: frame.backlog === true,
        oldestProtocolVersion:
          u32(frame.oldestProtocolVersion, 'oldestProtocolVersion') ||
          u32(frame.protocolVersion, 'protocolVersion'),
      }
    case 'welcome':
      return {
        kind: 'welcome',
        resumeFrom: exact(frame.resumeFrom, 'resumeFrom'),
        creditBytes: exact(frame.creditBytes, 'creditBytes'),
        maxFrameBytes: exact(frame.maxFrameBytes, 'maxFrameBytes'),
        maxBatchRawBytes: exact(frame.maxBatchRawBytes, 'maxBatchRawBytes'),
        protocolVersion: u32(frame.protocolVersion, 'protocolVersion'),
        collectorVersion: text(frame.collectorVersion, 'collectorVersion'),
      }
    case 'batch':
      return {
        kind: 'batch',
        firstSeq: exact(frame.firstSeq, 'firstSeq'),
        count: exact(frame.count, 'count'),
        rawBytes: atMost(
          u32(frame.rawBytes, 'rawBytes'),
          limits.batchRawBytes,
          'raw bytes of a batch',
        ),
        payload: frame.payload,
        before: totals(frame.before),
        after: totals(frame.after),
      }
    case 'ack':
      return { kind: 'ack', durableSeq: exact(frame.durableSeq, 'durableSeq') }
    case 'nack':
      return {
        kind: 'nack',
        reason: frame.reason,
        retryAfterMs: u32(frame.retryAfterMs, 'retryAfterMs'),
        detail: text(frame.detail, 'detail'),
      }
    case 'credit':
      return { kind: 'credit', bytes: exact(frame.bytes, 'bytes') }
    case 'status':
      return {
        kind: 'status',
        ledger: ledger(frame.ledger),
        sources: list(frame.sources, 'sources').map(({ name, state, detail }) => ({
          name,
          state,
          detail: text(detail, 'detail'),
        })),
        lastSeq: exact(frame.lastSeq, 'lastSeq'),
        spoolBytes: exact(frame.spoolBytes, 'spoolBytes'),
        epochs: list(frame.epochs, 'epochs').map(epochState),
        kernelUnaccounted: exact(frame.kernelUnaccounted, 'kernelUnaccounted'),
      }
    case 'goodbye':
      return { kind: 'goodbye', reason: text(frame.reason, 'reason') }
    case 'notice':
      return { kind: 'notice', state: frame.state, detail: text(frame.detail, 'detail') }
  }
}

/** The message of a frame. */
export const frameToWire = (frame: Frame): Wire['Frame'] => {
  const { kind, ...fields } = checked(frame)
  if (frame.kind === 'nack')
    return { nack: { ...fields, reason: place(nackReasons, frame.reason, 'reason') } }
  if (frame.kind === 'status')
    return {
      status: {
        ...fields,
        epochs: [...frame.epochs],
        sources: frame.sources.map((source) => ({
          name: source.name,
          state: place(sourceStates, source.state, 'state'),
          detail: source.detail,
        })),
      },
    }
  if (frame.kind === 'notice')
    return { notice: { ...fields, state: place(noticeStates, frame.state, 'notice state') } }
  return { [kind]: fields }
}

const sourceFromWire = (source: {
  readonly name?: string
  readonly state?: number
  readonly detail?: string
}): SourceHealth => ({
  name: at(sourceNames, sourceNames.indexOf(source.name as 'ebpf'), 'source name'),
  state: at(sourceStates, source.state ?? 0, 'source state'),
  detail: source.detail ?? '',
})

/** The frame of a message; CodecError `unknown_kind` when it is none that this version knows. */
export const frameFromWire = (message: Wire['Frame']): Frame => {
  if (message.batch != null) {
    if (message.batch.compression) throw new CodecError('unknown_kind', 'unknown compression')
    const batch = { count: 0, payload: Buffer.alloc(0), ...message.batch }
    if (batch.count < 1) throw new CodecError('malformed', 'a batch without events')
    return checked({ kind: 'batch', ...batch } as Frame)
  }
  if (message.nack != null)
    return checked({
      kind: 'nack',
      ...message.nack,
      reason: at(nackReasons, message.nack.reason ?? 0, 'reason'),
    } as Frame)
  if (message.status != null)
    return checked({
      kind: 'status',
      ...message.status,
      sources: list(message.status.sources, 'sources').map(sourceFromWire),
    } as Frame)
  if (message.notice != null)
    return checked({
      kind: 'notice',
      ...message.notice,
      state: at(noticeStates, message.notice.state ?? 0, 'notice state'),
    } as Frame)
  for (const kind of ['hello', 'welcome', 'ack', 'credit', 'goodbye'] as const) {
    const fields = message[kind]
    if (fields != null) return checked({ kind, ...fields } as Frame)
  }
  throw new CodecError('unknown_kind', 'a frame of a kind that this version does not know')
}
