/** How much of a workload is in the timeline: sums over its events, held against what the programs say. Called by connections.ts. */
import type { TimelineConnection, TimelineDns, TimelineEvent } from '#proto/api.ts'

/** What a workload did, in the words of its programs. */
export interface Done {
  /** Connections, queries, megabytes or datagrams. */
  readonly operations: number
  /** Payload of the client; 0 where nobody counts it. */
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly durationMs: number
}

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Shares by what they are of, such as `connects`: 1 is all and exact; above 1 is invented. */
export type Shares = Readonly<Record<string, number>>

const isSame = (one: Endpoint | undefined, other: Endpoint): boolean =>
  one?.address === other.address && one.port === other.port

const sum = <T>(items: readonly T[], value: (item: T) => number | null | undefined): number =>
  items.reduce((total, item) => total + (value(item) ?? 0), 0)

const connections = (
  events: readonly TimelineEvent[],
  kind: TimelineConnection['kind'],
): readonly TimelineConnection[] =>
  events.filter((event): event is TimelineConnection => event.kind === kind)

const outboundCloses = (
  events: readonly TimelineEvent[],
  server: Endpoint,
): readonly TimelineConnection[] =>
  connections(events, 'close').filter(
    ({ peer, direction }) => direction === 'outbound' && isSame(peer, server),
  )

/** Connections to a server that was reached: both ends' openings, the client's closes and its bytes both ways. */
export const stormShares = (
  events: readonly TimelineEvent[],
  server: Endpoint,
  done: Done,
): Shares => {
  const connects = connections(events, 'connect').filter(
    ({ peer, outcome }) => outcome === 'established' && isSame(peer, server),
  )
  const accepts = connections(events, 'accept').filter(({ local }) => isSame(local, server))
  // What goes on is told by deltas before the close: it is one connection, and all of its bytes.
  const closes = outboundCloses(events, server)
  const ended = closes.filter(({ ongoing }) => ongoing !== true)
  const bytes = sum(
    closes,
    ({ sentBytes, receivedBytes }) => (sentBytes ?? 0) + (receivedBytes ?? 0),
  )
  return {
    connects: sum(connects, ({ count }) => count) / done.operations,
    accepts: sum(accepts, ({ count }) => count) / done.operations,
    closes: sum(ended, ({ count }) => count) / done.operations,
    bytes: bytes / (done.sentBytes + done.receivedBytes),
  }
}

/** Queries below a domain that were answered. */
export const dnsShares = (events: readonly TimelineEvent[], domain: string, done: Done): Shares => {
  const answered = events.filter(
    (event): event is TimelineDns =>
      event.kind === 'dns' && event.name.endsWith(`.${domain}`) && event.rcode === 'NOERROR',
  )
  return { queries: sum(answered, ({ count }) => count) / done.operations }
}

/** Bytes that clients sent to a server, and for UDP their datagrams. */
export const bulkShares = (
  events: readonly TimelineEvent[],
  server: Endpoint,
  done: Done,
  transport: 'tcp' | 'udp',
): Shares => {
  const closes = outboundCloses(events, server).filter((close) => close.transport === transport)
  const bytes = sum(closes, ({ sentBytes }) => sentBytes) / done.sentBytes
  if (transport === 'tcp') return { bytes }
  return { bytes, datagrams: sum(closes, ({ sentPackets }) => sentPackets) / done.operations }
}
