/**
 * Event to message, one function per kind; codec.ts calls eventToWire for each event of a chunk. Values that equal proto3's
 * default stay in the objects: the generated encoder leaves them out. Throws CodecError for what the wire cannot carry.
 */
import { type ChunkWriter, exactDelta, fileToWire, wallTime } from './chunk-writer.ts'
import type { Wire, WireBody } from './codec.ts'
import { whole } from './codec-error.ts'
import { wireEnums } from './enums.ts'
import type {
  CloseEvent,
  ConnectEvent,
  ContainerEvent,
  DnsEvent,
  Endpoint,
  Event,
  ExecEvent,
  ExitEvent,
  GapEvent,
  ListenEvent,
  PodEvent,
} from './event.ts'
import { limits, ranges } from './limits.ts'

/** Boot and wall time of the event before, which the next one is coded against. */
export interface TimeBase {
  bootNs: number
  readonly wallOffsetUs: number
}

/** Wall time minus boot time in microseconds: constant but for clock steps and rounding. */
export const wallOffsetUs = (event: Event): number => event.timeUs - Math.floor(event.bootNs / 1000)

/** A present optional number. */
const optional = (value: number | null, field: string): number | null =>
  value === null ? null : whole(value, ranges.u64, field)

const endpoint = (chunk: ChunkWriter, { address, port }: Endpoint): Wire['Endpoint'] => ({
  address: chunk.text(address),
  port: whole(port, ranges.port, 'port'),
})

const exec = (chunk: ChunkWriter, event: ExecEvent): Wire['Exec'] => ({
  process: chunk.process(event.process),
  parent: chunk.process(event.parent),
  creator: chunk.process(event.creator),
  ancestor: chunk.process(event.ancestor),
  snapshot: event.snapshot,
  entry: wireEnums.entryKind.toWire(event.entry),
  runtime: event.runtime,
  nsPidDelta: chunk.nsPid(event.nsPid),
  credentials: chunk.credentialsOf(event),
  namespaces: chunk.namespaceSet(event.namespaces),
  program: chunk.programOf(event),
  argv: chunk.texts(event.argv, limits.argvElements, 'argv elements'),
  argvBytes: whole(event.argvBytes, ranges.u32, 'argvBytes'),
  argvTruncated: event.argvTruncated,
  argvEscaped: event.argvEscaped,
  argvRedacted: whole(event.argvRedacted, ranges.argvRedacted, 'argvRedacted'),
  script: event.script === undefined ? null : chunk.text(event.script),
  interpreter: event.interpreter === undefined ? null : chunk.text(event.interpreter),
  cwd: chunk.text(event.cwd),
  tty: chunk.text(event.tty),
  stdioSockets: whole(event.stdioSockets, ranges.stdioSockets, 'stdioSockets'),
})

/** What a lifetime is but for rounding: both ends compute it from the same doubles. */
export const expectedLifetimeUs = (bootNs: number, startNs: number): number =>
  Math.floor((bootNs - startNs) / 1000)

const exit = (chunk: ChunkWriter, event: ExitEvent): Wire['Exit'] => {
  const lifetimeUs = optional(event.lifetimeUs, 'lifetimeUs')
  const skewUs =
    lifetimeUs === null
      ? undefined
      : exactDelta(lifetimeUs, expectedLifetimeUs(event.bootNs, event.process.startNs))
  return {
    process: chunk.process(event.process),
    parent: chunk.process(event.parent),
    exe: chunk.text(event.exe),
    nsPidDelta: chunk.nsPid(event.nsPid),
    uid: whole(event.uid, ranges.u32, 'uid'),
    exitCode: event.exitCode === null ? null : exitCode(event.exitCode),
    signal: whole(event.signal, ranges.signal, 'signal'),
    coreDumped: event.coreDumped,
    lifetimeSkewUs: skewUs ?? null,
    lifetimeUs: skewUs === undefined ? lifetimeUs : null,
    userUs: whole(event.userUs, ranges.u64, 'userUs'),
    systemUs: whole(event.systemUs, ranges.u64, 'systemUs'),
    maxRssBytes: whole(event.maxRssBytes, ranges.u64, 'maxRssBytes'),
    maxRssInherited: event.maxRssInherited,
    forked: event.forked,
    runtime: event.runtime,
    inferred: event.inferred,
  }
}

const exitCode = (code: number): number =>
  code < 0 ? -whole(-code, 0x8000_0000, 'exitCode') : whole(code, 0x7fff_ffff, 'exitCode')

type ConnectionEvent = Extract<Event, { readonly kind: 'connect' | 'accept' | 'close' }>

const connection = (chunk: ChunkWriter, event: ConnectionEvent): Wire['Connection'] => ({
  process: chunk.process(event.process),
  transport: wireEnums.transport.toWire(event.transport),
  socket: whole(event.socket, ranges.u64, 'socket'),
  local: endpoint(chunk, event.local),
  peer: endpoint(chunk, event.peer),
  peerName: chunk.text(event.peerName),
  count: whole(event.count, ranges.u32, 'count'),
  exe: chunk.text(event.exe),
  snapshot: event.snapshot,
})

const connect = (chunk: ChunkWriter, event: ConnectEvent): Wire['Connect'] => ({
  connection: connection(chunk, event),
  outcome: wireEnums.connectOutcome.toWire(event.outcome),
  latencyUs: optional(event.latencyUs, 'latencyUs'),
  maxLatencyUs: optional(event.maxLatencyUs, 'maxLatencyUs'),
})

const close = (chunk: ChunkWriter, event: CloseEvent): Wire['Close'] => ({
  connection: connection(chunk, event),
  ongoing: event.ongoing,
  direction: wireEnums.direction.toWire(event.direction),
  sentBytes: optional(event.sentBytes, 'sentBytes'),
  receivedBytes: optional(event.receivedBytes, 'receivedBytes'),
  sentPackets: optional(event.sentPackets, 'sentPackets'),
  receivedPackets: optional(event.receivedPackets, 'receivedPackets'),
  durationUs: optional(event.durationUs, 'durationUs'),
  minDurationUs: optional(event.minDurationUs, 'minDurationUs'),
  maxDurationUs: optional(event.maxDurationUs, 'maxDurationUs'),
  closedBy: wireEnums.closedBy.toWire(event.closedBy),
})

const listen = (chunk: ChunkWriter, event: ListenEvent): Wire['Listen'] => ({
  process: chunk.process(event.process),
  transport: wireEnums.transport.toWire(event.transport),
  local: endpoint(chunk, event.local),
  exe: chunk.text(event.exe),
  phase: wireEnums.listenPhase.toWire(event.phase),
  snapshot: event.snapshot,
})

const dns = (chunk: ChunkWriter, event: DnsEvent): Wire['Dns'] => ({
  process: chunk.process(event.process),
  exe: chunk.text(event.exe),
  peer: endpoint(chunk, event.peer),
  name: chunk.text(event.name),
  type: chunk.text(event.type),
  rcode: chunk.text(event.rcode),
  answers: chunk.texts(event.answers, limits.listElements, 'dns answers'),
  latencyUs: optional(event.latencyUs, 'latencyUs'),
  count: whole(event.count, ranges.u32, 'count'),
})

const container = (chunk: ChunkWriter, event: ContainerEvent): Wire['Container'] => ({
  phase: wireEnums.containerPhase.toWire(event.phase),
  cgroupPath: chunk.text(event.cgroupPath),
  namespace: chunk.text(event.namespace),
  pod: chunk.text(event.pod),
  container: chunk.text(event.container),
  workload: chunk.text(event.workload),
  workloadType: chunk.text(event.workloadType),
  image: chunk.text(event.image),
  imageId: chunk.text(event.imageId),
  type: wireEnums.containerType.toWire(event.type),
  runtime: chunk.text(event.runtime),
  labels: chunk.texts(Object.entries(event.labels).flat(), limits.listElements, 'labels'),
  podIps: chunk.texts(event.podIps, limits.listElements, 'pod addresses'),
  nameSource: wireEnums.nameSource.toWire(event.nameSource),
  hostIps: chunk.texts(event.hostIps, limits.listElements, 'node addresses'),
  hostNetwork: event.hostNetwork,
  serviceAccountToken: event.serviceAccountToken,
})

const gap = (event: GapEvent): Wire['Gap'] => ({
  reason: wireEnums.gapReason.toWire(event.reason),
  lost: optional(event.lost, 'lost'),
  fromUs: wallTime(event.fromUs, 'fromUs'),
  toUs: wallTime(event.toUs, 'toUs'),
  affects: event.affects.map((kind) => wireEnums.eventKind.toWire(kind)),
  // 1 is the rule and takes no room.
  replaces: event.replaces === 1 ? 0 : whole(event.replaces, ranges.exact, 'replaces'),
})

const pod = (chunk: ChunkWriter, event: PodEvent): Wire['Pod'] => ({
  reason: chunk.text(event.reason),
  message: chunk.text(event.message),
  severity: wireEnums.podSeverity.toWire(event.severity),
  reporter: chunk.text(event.reporter),
  count: whole(event.count, ranges.u32, 'count'),
  firstUs: wallTime(event.firstUs, 'firstUs'),
  exitCode: event.exitCode === null ? null : whole(event.exitCode, ranges.u32, 'exitCode'),
})

const body = (chunk: ChunkWriter, event: Event): WireBody => {
  switch (event.kind) {
    case 'exec':
      return { exec: exec(chunk, event) }
    case 'exit':
      return { exit: exit(chunk, event) }
    case 'connect':
      return { connect: connect(chunk, event) }
    case 'accept':
      return { accept: { connection: connection(chunk, event) } }
    case 'close':
      return { close: close(chunk, event) }
    case 'listen':
      return { listen: listen(chunk, event) }
    case 'dns':
      return { dns: dns(chunk, event) }
    case 'container':
      return { container: container(chunk, event) }
    case 'gap':
      return { gap: gap(event) }
    case 'pod':
      return { pod: pod(chunk, event) }
    case 'file':
      return {
        file: {
          path: chunk.text(event.path),
          file: fileToWire(event.file),
          sizeBytes: whole(event.sizeBytes, ranges.u64, 'sizeBytes'),
          sha256: chunk.text(event.sha256),
          state: wireEnums.fileState.toWire(event.state),
        },
      }
    case 'coverage':
      return {
        coverage: {
          fromUs: wallTime(event.fromUs, 'fromUs'),
          toUs: wallTime(event.toUs, 'toUs'),
          complete: event.complete.map((kind) => wireEnums.eventKind.toWire(kind)),
        },
      }
  }
}

/** Wall times are coded against boot times: the receiver adds in the same order, so exactness is tried, not assumed. */
const timeSkewUs = (event: Event, base: TimeBase): number | undefined => {
  const skewUs = exactDelta(wallOffsetUs(event), base.wallOffsetUs)
  if (skewUs === undefined) return undefined
  const givenBackUs = Math.floor(event.bootNs / 1000) + (base.wallOffsetUs + skewUs)
  return givenBackUs === event.timeUs ? skewUs : undefined
}

/** The message of one event; moves the time base on. */
export const eventToWire = (chunk: ChunkWriter, event: Event, base: TimeBase): Wire['Event'] => {
  whole(event.bootNs, ranges.u64, 'bootNs')
  wallTime(event.timeUs, 'timeUs')
  const bootDeltaNs = exactDelta(event.bootNs, base.bootNs)
  const skewUs = timeSkewUs(event, base)
  base.bootNs = event.bootNs
  return {
    bootDeltaNs: bootDeltaNs ?? 0,
    bootNs: bootDeltaNs === undefined ? event.bootNs : null,
    timeSkewUs: skewUs ?? 0,
    timeUs: skewUs === undefined ? event.timeUs : null,
    source: wireEnums.source.toWire(event.source),
    containerId: chunk.text(event.containerId),
    podUid: chunk.text(event.podUid),
    ...body(chunk, event),
  }
}
