/**
 * Message to event, one function per kind: the mirror of event-to-wire.ts. codec.ts calls eventFromWire for each event of a
 * received chunk. Throws CodecError for whatever a correct sender cannot have sent.
 */
import { type ChunkReader, fileFromWire, wallTime } from './chunk-reader.ts'
import type { Wire } from './codec.ts'
import { atMost, CodecError, whole } from './codec-error.ts'
import { wireEnums } from './enums.ts'
import {
  allButGaps,
  type ContainerEvent,
  type Endpoint,
  type Event,
  type EventKind,
  type ExecEvent,
  type ExitEvent,
  type GapEvent,
  type ProcessKey,
  type SourceName,
  type Transport,
} from './event.ts'
import { expectedLifetimeUs, type TimeBase } from './event-to-wire.ts'
import { limits, ranges } from './limits.ts'

/** The fields of every kind. */
interface Common {
  readonly timeUs: number
  readonly bootNs: number
  readonly source: SourceName
  readonly containerId: string
  readonly podUid: string
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Part of a message that a correct sender always sets. */
const present = <T>(part: T | null | undefined, what: string): T => {
  if (part == null) throw new CodecError('malformed', `${what} is missing`)
  return part
}

const optional = (value: number | null | undefined, field: string): number | null =>
  value == null ? null : whole(value, ranges.u64, field)

const endpoint = (chunk: ChunkReader, message: Wire['Endpoint'] | null): Endpoint => {
  const { address, port } = present(message, 'an endpoint')
  return { address: chunk.text(address), port: whole(port, ranges.port, 'port') }
}

const kinds = (numbers: readonly number[]): readonly EventKind[] => {
  atMost(numbers.length, limits.listElements, 'event kinds')
  return numbers.map((number) => wireEnums.eventKind.fromWire(number))
}

const exec = (chunk: ChunkReader, common: Common, message: Wire['Exec']): ExecEvent => {
  atMost(message.argv.length, limits.argvElements, 'argv elements')
  const credentials = chunk.credentials(message.credentials)
  const program = chunk.program(message.program)
  const parent = chunk.process(message.parent)
  const creator = chunk.process(message.creator)
  const ancestor = chunk.process(message.ancestor)
  const event: Mutable<ExecEvent> = {
    kind: 'exec',
    timeUs: common.timeUs,
    bootNs: common.bootNs,
    source: common.source,
    containerId: common.containerId,
    podUid: common.podUid,
    process: chunk.ownProcess(message.process),
    snapshot: message.snapshot,
    entry: wireEnums.entryKind.fromWire(message.entry),
    runtime: message.runtime,
    nsPid: chunk.nsPid(message.nsPidDelta),
    uid: credentials.uid,
    gid: credentials.gid,
    euid: credentials.euid,
    capabilities: whole(credentials.capabilities, ranges.u64, 'capabilities'),
    namespaces: chunk.namespaceSet(message.namespaces),
    exe: program.exe,
    fileMode: program.fileMode,
    fileOrigin: program.fileOrigin,
    argv: chunk.texts(message.argv),
    argvBytes: message.argvBytes,
    argvTruncated: message.argvTruncated,
    argvEscaped: message.argvEscaped,
    argvRedacted: whole(message.argvRedacted, ranges.argvRedacted, 'argvRedacted'),
    cwd: chunk.text(message.cwd),
    tty: chunk.text(message.tty),
    stdioSockets: whole(message.stdioSockets, ranges.stdioSockets, 'stdioSockets'),
  }
  if (parent !== undefined) event.parent = parent
  if (creator !== undefined) event.creator = creator
  if (ancestor !== undefined) event.ancestor = ancestor
  if (credentials.loginUid != null) event.loginUid = credentials.loginUid
  if (program.file !== undefined) event.file = program.file
  if (message.script != null) event.script = chunk.text(message.script)
  if (message.interpreter != null) event.interpreter = chunk.text(message.interpreter)
  return event
}

const lifetime = (message: Wire['Exit'], bootNs: number, startNs: number): number | null => {
  if (message.lifetimeSkewUs == null) return optional(message.lifetimeUs, 'lifetimeUs')
  return whole(
    expectedLifetimeUs(bootNs, startNs) + message.lifetimeSkewUs,
    ranges.u64,
    'lifetimeUs',
  )
}

const exit = (chunk: ChunkReader, common: Common, message: Wire['Exit']): ExitEvent => {
  const process = chunk.ownProcess(message.process)
  const parent = chunk.process(message.parent)
  const event: Mutable<ExitEvent> = {
    kind: 'exit',
    timeUs: common.timeUs,
    bootNs: common.bootNs,
    source: common.source,
    containerId: common.containerId,
    podUid: common.podUid,
    process,
    exe: chunk.text(message.exe),
    nsPid: chunk.nsPid(message.nsPidDelta),
    uid: message.uid,
    exitCode: message.exitCode ?? null,
    signal: whole(message.signal, ranges.signal, 'signal'),
    coreDumped: message.coreDumped,
    lifetimeUs: lifetime(message, common.bootNs, process.startNs),
    userUs: whole(message.userUs, ranges.u64, 'userUs'),
    systemUs: whole(message.systemUs, ranges.u64, 'systemUs'),
    maxRssBytes: whole(message.maxRssBytes, ranges.u64, 'maxRssBytes'),
    maxRssInherited: message.maxRssInherited,
    forked: message.forked,
    runtime: message.runtime,
    inferred: message.inferred,
  }
  if (parent !== undefined) event.parent = parent
  return event
}

interface Connection extends Common {
  readonly process?: ProcessKey
  readonly transport: Transport
  readonly socket: number
  readonly local: Endpoint
  readonly peer: Endpoint
  readonly peerName: string
  readonly count: number
  readonly exe: string
  readonly snapshot: boolean
}

const connection = (
  chunk: ChunkReader,
  common: Common,
  message: Wire['Connection'] | null,
): Connection => {
  const fields = present(message, 'a connection')
  const process = chunk.process(fields.process)
  return {
    ...common,
    ...(process !== undefined && { process }),
    transport: wireEnums.transport.fromWire(fields.transport),
    socket: whole(fields.socket, ranges.u64, 'socket'),
    local: endpoint(chunk, fields.local),
    peer: endpoint(chunk, fields.peer),
    peerName: chunk.text(fields.peerName),
    count: fields.count,
    exe: chunk.text(fields.exe),
    snapshot: fields.snapshot,
  }
}

const labels = (chunk: ChunkReader, refs: readonly number[]): Record<string, string> => {
  atMost(refs.length, limits.listElements, 'labels')
  if (refs.length % 2 !== 0) throw new CodecError('malformed', 'a label has no value')
  const pairs: [string, string][] = []
  for (let index = 0; index < refs.length; index += 2)
    pairs.push([chunk.text(refs[index] as number), chunk.text(refs[index + 1] as number)])
  // fromEntries defines properties, so a label named __proto__ is only a label.
  return Object.fromEntries(pairs)
}

const container = (
  chunk: ChunkReader,
  common: Common,
  message: Wire['Container'],
): ContainerEvent => ({
  ...common,
  kind: 'container',
  phase: wireEnums.containerPhase.fromWire(message.phase),
  cgroupPath: chunk.text(message.cgroupPath),
  namespace: chunk.text(message.namespace),
  pod: chunk.text(message.pod),
  container: chunk.text(message.container),
  workload: chunk.text(message.workload),
  workloadType: chunk.text(message.workloadType),
  image: chunk.text(message.image),
  imageId: chunk.text(message.imageId),
  type: wireEnums.containerType.fromWire(message.type),
  runtime: chunk.text(message.runtime),
  labels: labels(chunk, message.labels),
  podIps: listOf(chunk, message.podIps, 'pod addresses'),
  hostIps: listOf(chunk, message.hostIps, 'node addresses'),
  hostNetwork: message.hostNetwork,
  serviceAccountToken: message.serviceAccountToken,
  nameSource: wireEnums.nameSource.fromWire(message.nameSource),
})

const listOf = (chunk: ChunkReader, refs: readonly number[], what: string): readonly string[] => {
  atMost(refs.length, limits.listElements, what)
  return chunk.texts(refs)
}

/** The kinds that are rare beside exec and exit. */
const other = (chunk: ChunkReader, common: Common, message: Wire['Event']): Event => {
  if (message.connect != null) {
    const { connection: fields, outcome, latencyUs, maxLatencyUs } = message.connect
    return {
      kind: 'connect',
      ...connection(chunk, common, fields),
      outcome: wireEnums.connectOutcome.fromWire(outcome),
      latencyUs: optional(latencyUs, 'latencyUs'),
      maxLatencyUs: optional(maxLatencyUs, 'maxLatencyUs'),
    }
  }
  if (message.accept != null)
    return { kind: 'accept', ...connection(chunk, common, message.accept.connection) }
  if (message.close != null) {
    const close = message.close
    return {
      kind: 'close',
      ...connection(chunk, common, close.connection),
      ongoing: close.ongoing,
      direction: wireEnums.direction.fromWire(close.direction),
      sentBytes: optional(close.sentBytes, 'sentBytes'),
      receivedBytes: optional(close.receivedBytes, 'receivedBytes'),
      sentPackets: optional(close.sentPackets, 'sentPackets'),
      receivedPackets: optional(close.receivedPackets, 'receivedPackets'),
      durationUs: optional(close.durationUs, 'durationUs'),
      minDurationUs: optional(close.minDurationUs, 'minDurationUs'),
      maxDurationUs: optional(close.maxDurationUs, 'maxDurationUs'),
      closedBy: wireEnums.closedBy.fromWire(close.closedBy),
    }
  }
  if (message.listen != null) {
    const process = chunk.process(message.listen.process)
    return {
      ...common,
      kind: 'listen',
      ...(process !== undefined && { process }),
      transport: wireEnums.transport.fromWire(message.listen.transport),
      local: endpoint(chunk, message.listen.local),
      exe: chunk.text(message.listen.exe),
      phase: wireEnums.listenPhase.fromWire(message.listen.phase),
      snapshot: message.listen.snapshot,
    }
  }
  if (message.dns != null) {
    const process = chunk.process(message.dns.process)
    return {
      ...common,
      kind: 'dns',
      ...(process !== undefined && { process }),
      exe: chunk.text(message.dns.exe),
      peer: endpoint(chunk, message.dns.peer),
      name: chunk.text(message.dns.name),
      type: chunk.text(message.dns.type),
      rcode: chunk.text(message.dns.rcode),
      answers: listOf(chunk, message.dns.answers, 'dns answers'),
      latencyUs: optional(message.dns.latencyUs, 'latencyUs'),
      count: message.dns.count,
    }
  }
  return fact(chunk, common, message)
}

/** The kinds that tell about the record itself. */
const fact = (chunk: ChunkReader, common: Common, message: Wire['Event']): Event => {
  if (message.container != null) return container(chunk, common, message.container)
  if (message.gap != null) {
    const { reason, lost, fromUs, toUs, affects, replaces } = message.gap
    return {
      ...common,
      kind: 'gap',
      reason: wireEnums.gapReason.fromWire(reason),
      lost: optional(lost, 'lost'),
      fromUs: wallTime(fromUs, 'fromUs'),
      toUs: wallTime(toUs, 'toUs'),
      affects: kinds(affects),
      replaces: Math.max(1, whole(replaces, ranges.exact, 'replaces')),
    }
  }
  if (message.pod != null) {
    const { reason, message: text, severity, reporter, count, firstUs, exitCode } = message.pod
    return {
      ...common,
      kind: 'pod',
      reason: chunk.text(reason),
      message: chunk.text(text),
      severity: wireEnums.podSeverity.fromWire(severity),
      reporter: chunk.text(reporter),
      count,
      firstUs: wallTime(firstUs, 'firstUs'),
      exitCode: optional(exitCode, 'exitCode'),
    }
  }
  if (message.file != null) {
    return {
      ...common,
      kind: 'file',
      path: chunk.text(message.file.path),
      file: fileFromWire(present(message.file.file, 'a file key')),
      sizeBytes: whole(message.file.sizeBytes, ranges.u64, 'sizeBytes'),
      sha256: chunk.text(message.file.sha256),
      state: wireEnums.fileState.fromWire(message.file.state),
    }
  }
  if (message.coverage != null) {
    return {
      ...common,
      kind: 'coverage',
      fromUs: wallTime(message.coverage.fromUs, 'fromUs'),
      toUs: wallTime(message.coverage.toUs, 'toUs'),
      complete: kinds(message.coverage.complete),
    }
  }
  throw new CodecError('unknown_kind', 'an event of a kind that this version does not know')
}

/** The event of one message; moves the time base on. */
export const eventFromWire = (
  chunk: ChunkReader,
  message: Wire['Event'],
  base: TimeBase,
): Event => {
  const bootNs = whole(message.bootNs ?? base.bootNs + message.bootDeltaNs, ranges.u64, 'bootNs')
  base.bootNs = bootNs
  const common: Common = {
    timeUs: wallTime(
      message.timeUs ?? Math.floor(bootNs / 1000) + (base.wallOffsetUs + message.timeSkewUs),
      'timeUs',
    ),
    bootNs,
    source: wireEnums.source.fromWire(message.source),
    containerId: chunk.text(message.containerId),
    podUid: chunk.text(message.podUid),
  }
  if (message.exec != null) return exec(chunk, common, message.exec)
  if (message.exit != null) return exit(chunk, common, message.exit)
  try {
    return other(chunk, common, message)
  } catch (error) {
    // A newer sender knows more: what it says of this event is missing here, and nothing else is. (An exec or exit moves the
    // base of pids on, so that one of them not understood makes the chunk worthless.)
    if (error instanceof CodecError && error.code === 'unknown_kind') return notUnderstood(common)
    throw error
  }
}

const notUnderstood = (common: Common): GapEvent => ({
  ...common,
  kind: 'gap',
  reason: 'decode_failed',
  lost: null,
  replaces: 1,
  fromUs: common.timeUs,
  toUs: common.timeUs,
  affects: allButGaps,
})
