/**
 * Rows of `events` as the API's timeline events: the inverse of event-rows.ts, with names and hashes joined in. Pure;
 * called by timeline.ts.
 */
import type { ContainerInfo, TimelineEvent } from '#proto/api.ts'
import {
  type ConnectOutcome,
  type Endpoint,
  type EventKind,
  type GapReason,
  isContainerId,
  isPodId,
  type PodEventSeverity,
} from '#proto/event.ts'
import { containerKey } from './container-key.ts'
import { type EventRow, has, orNull } from './event-row.ts'
import { peerOf } from './peer-kind.ts'
import type { Holders, Sighting } from './peers.ts'
import { bareProcess, execProcess, ownProcess, signalName } from './process-reader.ts'
import { rfc3339 } from './time.ts'

/** What is joined to rows when they are read. */
export interface Joined {
  readonly names: ReadonlyMap<string, ContainerInfo>
  /** By `fileKeyText`: lower-case hex, or null where the file could not be read. */
  readonly hashes: ReadonlyMap<string, string | null>
  readonly holders: Holders
  /** Where the API server serves, if that is known. */
  readonly apiServer: Endpoint | undefined
}

/**
 * When the peer of a connection was chosen: at its opening, as far as the row tells; else when it was seen. Tried in this
 * order, because the opening may lie before the names that are known.
 */
export const sightingsOf = (row: EventRow): readonly Sighting[] => {
  const address = row.text('peer_address')
  const timeUs = row.number('time_us')
  const isOne = row.number('count') === 1
  const column = isOne ? 'duration_us' : 'max_duration_us'
  const longestUs = row.text('kind') === 'close' ? row.number(column) : 0
  return longestUs > 0
    ? [
        { address, timeUs: timeUs - longestUs },
        { address, timeUs },
      ]
    : [{ address, timeUs }]
}

const peer = (row: EventRow, isInbound: boolean, { holders, apiServer }: Joined) => {
  const question = {
    address: row.text('peer_address'),
    port: row.number('peer_port'),
    name: row.text('peer_name'),
  }
  const known = sightingsOf(row).map((one) => holders.at(one))
  const holder = known.find(({ kind }) => kind !== 'unknown') ?? { kind: 'unknown' }
  const asked = { ...question, port: isInbound ? undefined : question.port }
  return { ...question, ...peerOf(asked, holder, apiServer) }
}

const connection = (
  row: EventRow,
  kind: 'connect' | 'accept' | 'close' | 'listen',
  joined: Joined,
) => {
  const isInbound = kind === 'accept' || row.text('direction') === 'inbound'
  const shared = {
    process: bareProcess(row),
    transport: row.text('transport'),
    socket: row.number('socket'),
    local: { address: row.text('local_address'), port: row.number('local_port') },
    snapshot: has(row, 'snapshot'),
  }
  switch (kind) {
    case 'listen':
      return { ...shared, kind, count: 1, phase: row.text('phase') }
    case 'accept':
      return {
        ...shared,
        kind,
        peer: peer(row, isInbound, joined),
        count: row.number('count'),
      }
    case 'connect':
      return {
        ...shared,
        kind,
        peer: peer(row, isInbound, joined),
        count: row.number('count'),
        outcome: row.text('outcome') as ConnectOutcome,
        latencyUs: orNull(row.number('latency_us')),
        maxLatencyUs: orNull(row.number('max_latency_us')),
      }
    case 'close':
      return {
        ...shared,
        kind,
        peer: peer(row, isInbound, joined),
        count: row.number('count'),
        direction: row.text('direction') as 'outbound' | 'inbound',
        ongoing: has(row, 'ongoing'),
        sentBytes: orNull(row.number('sent_bytes')),
        receivedBytes: orNull(row.number('received_bytes')),
        sentPackets: orNull(row.number('sent_packets')),
        receivedPackets: orNull(row.number('received_packets')),
        durationUs: orNull(row.number('duration_us')),
        minDurationUs: orNull(row.number('min_duration_us')),
        maxDurationUs: orNull(row.number('max_duration_us')),
        closedBy: row.text('closed_by') as 'local' | 'peer' | 'unknown',
      }
  }
}

/** One row as the API gives it. */
export const timelineEvent = (row: EventRow, joined: Joined): TimelineEvent => {
  const node = row.text('node')
  const containerId = row.text('container_id')
  const names = joined.names.get(containerKey(node, containerId))
  const base = {
    time: rfc3339(row.number('time_us')),
    source: row.text('source') as TimelineEvent['source'],
    node,
    namespace: names?.namespace ?? '',
    workload: names?.workload ?? '',
    workloadType: names?.workloadType ?? '',
    pod: names?.pod ?? '',
    podUid: row.text('pod_uid') || (names?.podUid ?? ''),
    container:
      names?.container || (isContainerId(containerId) || isPodId(containerId) ? '' : containerId),
    containerId,
    agent: row.text('agent'),
    epoch: row.number('epoch'),
    seq: row.number('seq'),
  }
  const kind = row.text('kind') as EventKind
  switch (kind) {
    case 'exec':
      return { kind, ...base, process: execProcess(row, joined.hashes) }
    case 'exit':
      return {
        kind,
        ...base,
        process: ownProcess(row),
        exitCode: orNull(row.number('exit_code')),
        signal: row.number('signal'),
        signalName: signalName(row.number('signal')),
        coreDumped: has(row, 'coreDumped'),
        lifetimeUs: orNull(row.number('lifetime_us')),
        userUs: row.number('user_us'),
        systemUs: row.number('system_us'),
        maxRssBytes: row.number('max_rss_bytes'),
        maxRssInherited: has(row, 'maxRssInherited'),
        forked: has(row, 'forked'),
        inferred: has(row, 'inferred'),
      }
    case 'connect':
    case 'accept':
    case 'close':
    case 'listen':
      return { ...base, ...connection(row, kind, joined) }
    case 'dns':
      return {
        kind,
        ...base,
        process: bareProcess(row),
        peer: { address: row.text('peer_address'), port: row.number('peer_port') },
        name: row.text('dns_name'),
        type: row.text('dns_type'),
        rcode: row.text('dns_rcode'),
        answers: row.list('dns_answers'),
        latencyUs: orNull(row.number('latency_us')),
        count: row.number('count'),
      }
    case 'container':
      return {
        kind,
        ...base,
        phase: row.text('phase') as 'started' | 'named' | 'ended',
        image: names?.image ?? '',
        imageId: names?.imageId ?? '',
        type: names?.type ?? 'unknown',
        runtime: names?.runtime ?? '',
      }
    case 'pod':
      return {
        kind,
        ...base,
        reason: row.text('reason'),
        message: row.text('message'),
        severity: row.text('severity') as PodEventSeverity,
        reporter: row.text('reporter'),
        count: row.number('count'),
        firstSeen: rfc3339(row.number('from_us')),
        exitCode: orNull(row.number('exit_code')),
      }
    case 'gap':
      return {
        kind,
        ...base,
        reason: row.text('gap_reason') as GapReason,
        lost: orNull(row.number('lost')),
        from: rfc3339(row.number('from_us')),
        to: rfc3339(row.number('to_us')),
        affects: row.text('affects').split(',').filter(Boolean) as EventKind[],
      }
  }
}
