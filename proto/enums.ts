/**
 * The closed string unions of event.ts as numbers of the wire: a value's number is its place in its list. The lists'
 * order is therefore part of the protocol; proto/mayfly/v1/event.proto repeats it and a test compares the two.
 */
import { CodecError } from './codec-error.ts'
import {
  connectOutcomes,
  containerTypes,
  entryKinds,
  eventKinds,
  fileOrigins,
  gapReasons,
  nameSources,
  podEventSeverities,
  transports,
} from './event.ts'

/** One union: both directions, and what it is called in messages. */
export interface WireEnum<T extends string> {
  readonly values: readonly T[]
  /** CodecError `range` for what is not in the list. */
  toWire(value: T): number
  /** CodecError `unknown_kind` for a number beyond the list: a newer sender. */
  fromWire(value: number): T
}

const wireEnum = <T extends string>(name: string, values: readonly T[]): WireEnum<T> => ({
  values,
  toWire: (value) => {
    const number = values.indexOf(value)
    if (number < 0) throw new CodecError('range', `${name}: unknown value ${value}`)
    return number
  },
  fromWire: (number) => {
    const value = values[number]
    if (value === undefined)
      throw new CodecError('unknown_kind', `${name}: unknown number ${number}`)
    return value
  },
})

export const wireEnums = {
  source: wireEnum('Source', ['ebpf', 'procfs']),
  eventKind: wireEnum('EventKind', eventKinds),
  fileOrigin: wireEnum('FileOrigin', fileOrigins),
  entryKind: wireEnum('EntryKind', entryKinds),
  connectOutcome: wireEnum('ConnectOutcome', connectOutcomes),
  transport: wireEnum('Transport', transports),
  direction: wireEnum('Direction', ['outbound', 'inbound']),
  closedBy: wireEnum('ClosedBy', ['unknown', 'local', 'peer']),
  listenPhase: wireEnum('ListenPhase', ['started', 'stopped']),
  containerType: wireEnum('ContainerType', containerTypes),
  nameSource: wireEnum('NameSource', nameSources),
  containerPhase: wireEnum('ContainerPhase', ['started', 'named', 'ended']),
  gapReason: wireEnum('GapReason', gapReasons),
  podSeverity: wireEnum('PodSeverity', podEventSeverities),
  fileState: wireEnum('FileState', ['hashed', 'missed', 'skipped']),
} as const
