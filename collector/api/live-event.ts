/** Turns an event as it travels into an event as the API shows it, for the live tail; pure. */
import type { ProcessInfo, TimelineEvent } from '#proto/api.ts'
import {
  type AcceptEvent,
  type CloseEvent,
  type ConnectEvent,
  type Endpoint,
  type Event,
  type ExecEvent,
  type ExitEvent,
  type ProcessKey,
  processId,
} from '#proto/event.ts'
import type { Names } from '../names.ts'
import { ownKind } from '../store/peer-kind.ts'
import { signalName } from '../store/process-reader.ts'
import type { AgentChunk } from '../store/store.ts'
import { rfc3339 } from '../store/time.ts'

const stdioNames = ['stdin', 'stdout', 'stderr'] as const

const identity = (boot: string, key: ProcessKey, parent: ProcessKey | undefined) => ({
  id: processId(boot, key),
  parentId: parent ? processId(boot, parent) : null,
  pid: key.pid,
  parentPid: parent?.pid ?? null,
})

const creatorOf = (boot: string, { creator, parent }: ExecEvent) => {
  const same = creator?.pid === parent?.pid && creator?.startNs === parent?.startNs
  return creator && !same ? { creatorId: processId(boot, creator) } : {}
}

const ancestorOf = (boot: string, { ancestor }: ExecEvent) =>
  ancestor ? { ancestorId: processId(boot, ancestor) } : {}

const execProcess = (boot: string, event: ExecEvent): ProcessInfo => ({
  ...identity(boot, event.process, event.parent),
  ...creatorOf(boot, event),
  ...ancestorOf(boot, event),
  nsPid: event.nsPid,
  uid: event.uid,
  gid: event.gid,
  euid: event.euid,
  ...(event.loginUid !== undefined && { loginUid: event.loginUid }),
  exe: event.exe,
  argv: event.argv,
  argvBytes: event.argvBytes,
  argvTruncated: event.argvTruncated,
  argvEscaped: event.argvEscaped,
  argvRedacted: event.argvRedacted,
  ...(event.script !== undefined && { script: event.script }),
  ...(event.interpreter !== undefined && { interpreter: event.interpreter }),
  cwd: event.cwd,
  tty: event.tty,
  entry: event.entry,
  runtime: event.runtime,
  snapshot: event.snapshot,
  fileOrigin: event.fileOrigin,
  fileMode: event.fileMode,
  capabilities: `0x${event.capabilities.toString(16)}`,
  namespaces: { ...event.namespaces },
  stdioSockets: stdioNames.filter((_, bit) => event.stdioSockets & (1 << bit)),
})

const exitProcess = (boot: string, event: ExitEvent): ProcessInfo => ({
  ...identity(boot, event.process, event.parent),
  nsPid: event.nsPid,
  uid: event.uid,
  exe: event.exe,
  runtime: event.runtime,
})

/** Connections and DNS name their process by key only; who it is stands in its exec. */
const otherProcess = (
  boot: string,
  event: { readonly process?: ProcessKey; readonly exe: string },
): ProcessInfo | null =>
  event.process ? { ...identity(boot, event.process, undefined), uid: null, exe: event.exe } : null

const shared = (chunk: AgentChunk, seq: number, event: Event, names: Names) => ({
  time: rfc3339(event.timeUs),
  source: event.source,
  node: chunk.node,
  namespace: names.namespace,
  workload: names.workload,
  workloadType: names.workloadType,
  pod: names.pod,
  podUid: event.podUid,
  container: names.container,
  containerId: event.containerId,
  agent: chunk.agent,
  epoch: chunk.epoch,
  seq,
})

/** The peer's kind, where it does not take a look at who had the address. */
const kindOfPeer = (event: ConnectEvent | AcceptEvent | CloseEvent, apiServer?: Endpoint) => {
  const isInbound =
    event.kind === 'accept' || (event.kind === 'close' && event.direction === 'inbound')
  const { address, port } = event.peer
  const question = { address, port: isInbound ? undefined : port, name: event.peerName }
  const kind = ownKind(question, apiServer)
  return kind === undefined ? {} : { kind }
}

/** The event as /api/v1 shows it; null for the records that are no events (file hashes, coverage). */
export const toTimelineEvent = (
  chunk: AgentChunk,
  index: number,
  names: Names,
  apiServer?: Endpoint,
): TimelineEvent | null => {
  const event = chunk.events[index]
  if (!event) return null
  const base = shared(chunk, chunk.firstSeq + index, event, names)
  const { boot } = chunk
  switch (event.kind) {
    case 'exec':
      return { ...base, kind: event.kind, process: execProcess(boot, event) }
    case 'exit': {
      const { exitCode, signal, coreDumped, lifetimeUs, userUs, systemUs } = event
      const { maxRssBytes, maxRssInherited, forked, inferred } = event
      return {
        ...base,
        kind: event.kind,
        process: exitProcess(boot, event),
        exitCode,
        signal,
        signalName: signalName(signal),
        coreDumped,
        lifetimeUs,
        userUs,
        systemUs,
        maxRssBytes,
        maxRssInherited,
        forked,
        inferred,
      }
    }
    case 'connect':
    case 'accept':
    case 'close': {
      const { transport, socket, local, peer, peerName, count, snapshot } = event
      const connection = {
        ...base,
        process: otherProcess(boot, event),
        transport,
        socket,
        local,
        peer: { ...peer, name: peerName, workload: '', ...kindOfPeer(event, apiServer) },
        count,
        snapshot,
      }
      if (event.kind === 'accept') return { ...connection, kind: event.kind }
      if (event.kind === 'connect') {
        const { kind, outcome, latencyUs, maxLatencyUs } = event
        return { ...connection, kind, outcome, latencyUs, maxLatencyUs }
      }
      const { kind, direction, ongoing, sentBytes, receivedBytes, closedBy } = event
      const { sentPackets, receivedPackets, durationUs, minDurationUs, maxDurationUs } = event
      return {
        ...connection,
        kind,
        direction,
        ongoing,
        sentBytes,
        receivedBytes,
        sentPackets,
        receivedPackets,
        durationUs,
        minDurationUs,
        maxDurationUs,
        closedBy,
      }
    }
    case 'listen': {
      const { kind, transport, local, phase, snapshot } = event
      const process = otherProcess(boot, event)
      return { ...base, kind, process, transport, socket: 0, local, count: 1, snapshot, phase }
    }
    case 'dns': {
      const { kind, peer, name, type, rcode, answers, latencyUs, count } = event
      const process = otherProcess(boot, event)
      return { ...base, kind, process, peer, name, type, rcode, answers, latencyUs, count }
    }
    case 'container': {
      const { kind, phase, image, imageId, type, runtime } = event
      return { ...base, kind, phase, image, imageId, type, runtime }
    }
    case 'pod': {
      const { kind, reason, message, severity, reporter, count, firstUs, exitCode } = event
      const firstSeen = rfc3339(firstUs)
      return { ...base, kind, reason, message, severity, reporter, count, firstSeen, exitCode }
    }
    case 'gap': {
      const { kind, reason, lost, fromUs, toUs, affects } = event
      const [from, to] = [rfc3339(fromUs), rfc3339(toUs)]
      return { ...base, kind, reason, lost, from, to, affects }
    }
    case 'file':
    case 'coverage':
      return null
  }
}
