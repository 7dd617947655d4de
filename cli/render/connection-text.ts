/**
 * Connections, listening sockets and names asked, in words: with whom, how it went, what was carried, who ended it.
 * Called by event-parts.ts for single events and by timeline.ts for the events of one connection.
 */
import type { PeerKind, TimelineConnection, TimelineDns } from '#proto/api.ts'
import type { Endpoint } from '#proto/event.ts'
import type { Description } from './description.ts'
import { formatBytes } from './status.ts'
import { escapeText, formatCount, formatLifetime, plural, quoteArgument } from './text.ts'

/** Connections longer than this tell some of their bytes before their end. */
const toldEveryUs = 30_000_000

/** Kinds that say more than address, port and workload do. */
const remarkableKinds: ReadonlySet<PeerKind> = new Set([
  'node',
  'service',
  'metadata',
  'api-server',
  'external',
])

/** NXDOMAIN is not among them: a resolver with search domains gets several for each name it finds. */
const badRcodes: ReadonlySet<string> = new Set(['', 'SERVFAIL', 'REFUSED', 'FORMERR', 'NOTIMP'])

/** `10.1.2.3:5432`, `[::1]:53`; the address alone where the port is not told. */
const endpointText = ({ address, port }: Endpoint): string => {
  if (port === 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

const words = (parts: readonly string[], separator = ' '): string =>
  parts.filter((part) => part !== '').join(separator)

const inBrackets = (parts: readonly string[]): string => {
  const text = words(parts, ', ')
  return text === '' ? '' : `(${text})`
}

const times = (count: number): string => (count > 1 ? `×${formatCount(count)}` : '')

const isInbound = ({ kind, direction }: TimelineConnection): boolean =>
  kind === 'accept' || direction === 'inbound'

/** Names come from outside: one with spaces or signs is quoted, so that it cannot pass for the words around it. */
const quoted = (name: string): string => (name === '' ? '' : quoteArgument(name))

const udp = (transport: string): string => (transport === 'tcp' ? '' : transport)

const whom = (event: TimelineConnection | undefined): string => {
  if (event === undefined) return ''
  const { peer, local, transport, count } = event
  return words([
    isInbound(event) ? '←' : '→',
    peer ? endpointText(peer) : 'unknown',
    inBrackets([quoted(peer?.name ?? '')]),
    isInbound(event) && local.port !== 0 ? `on port ${local.port}` : '',
    udp(transport),
    times(count),
  ])
}

/** Whose that end is: at the end of the line, because a narrow terminal cuts there. */
const whose = (event: TimelineConnection | undefined): string => {
  const peer = event?.peer
  if (peer === undefined) return ''
  const workload = words([peer.namespace ?? '', peer.workload || (peer.service ?? '')], '/')
  const kind = peer.kind !== undefined && remarkableKinds.has(peer.kind) ? peer.kind : ''
  const machine = words([kind, quoted(peer.node ?? '')])
  return inBrackets([quoted(workload), machine])
}

const openingText = (opening: TimelineConnection | undefined): string => {
  // UDP knows no handshake: that there is a flow is all that can be said.
  if (opening?.transport !== 'tcp') return ''
  if (opening.kind === 'accept') return 'accepted'
  const { outcome = 'unknown', latencyUs, maxLatencyUs, count } = opening
  const state = outcome === 'unknown' ? 'outcome unknown' : outcome
  if (latencyUs === null || latencyUs === undefined) return state
  const after = `${state} ${outcome === 'established' ? 'in' : 'after'} ${formatLifetime(latencyUs)}`
  if (count === 1) return after
  return `${after} on average${maxLatencyUs ? `, at most ${formatLifetime(maxLatencyUs)}` : ''}`
}

/** Null as soon as one part is unknown. */
const total = (parts: readonly (number | null | undefined)[]): number | null =>
  parts.reduce<number | null>(
    (sum, part) => (sum === null || part === null || part === undefined ? null : sum + part),
    0,
  )

const carried = (arrow: string, bytes: number | null, packets: number | null): string => {
  if (bytes === null) return ''
  const datagrams = packets === null ? '' : ` in ${plural(packets, 'datagram')}`
  return `${arrow}${formatBytes(bytes)}${datagrams}`
}

const carriedText = (closes: readonly TimelineConnection[]): string => {
  if (closes.length === 0) return ''
  const sum = (pick: (close: TimelineConnection) => number | null | undefined) =>
    total(closes.map(pick))
  const sent = carried(
    '↑',
    sum(({ sentBytes }) => sentBytes),
    sum(({ sentPackets }) => sentPackets),
  )
  const received = carried(
    '↓',
    sum(({ receivedBytes }) => receivedBytes),
    sum(({ receivedPackets }) => receivedPackets),
  )
  return words([sent, received])
}

const endText = (last: TimelineConnection | undefined): string => {
  if (!last) return ''
  if (last.ongoing) return 'still open'
  const { minDurationUs: min, maxDurationUs: max, count, transport, closedBy } = last
  const range = (shortest: number, longest: number): string =>
    `each open for ${formatLifetime(shortest)} to ${formatLifetime(longest)}, `
  const lasting = count > 1 && min && max ? range(min, max) : ''
  if (transport !== 'tcp') return `${lasting}ended`
  const by = { peer: 'closed by peer', local: 'closed locally', unknown: 'closed' }
  return lasting + by[closedBy ?? 'unknown']
}

/**
 * One connection by its events in time order: its opening, the bytes of each half minute, its end, or some of these. The
 * bytes are summed, and marked as a part when those of earlier events are missing.
 */
export const describeConnection = (events: readonly TimelineConnection[]): Description => {
  const opening = events.find(({ kind }) => kind !== 'close')
  const closes = events.filter(({ kind }) => kind === 'close')
  const last = closes.at(-1)
  const lifeUs = last?.count === 1 ? (last.durationUs ?? null) : null
  const flags: string[] = []
  if (events.some(({ snapshot }) => snapshot)) flags.push('open before')
  if (!opening && lifeUs !== null && lifeUs > toldEveryUs) flags.push('part of its bytes')
  // What was carried matters more than how long the handshake took: a narrow terminal cuts at the end.
  const parts = [carriedText(closes), endText(last), openingText(opening)]
  const outcome = opening?.outcome ?? 'unknown'
  return {
    text: escapeText(
      words([whom(opening ?? events[0]), words(parts, ', '), whose(opening ?? events[0])]),
    ),
    flags,
    lifeUs,
    isBad: outcome !== 'unknown' && outcome !== 'established',
  }
}

/** A socket that began or ceased to wait for connections. */
export const describeListening = (event: TimelineConnection): Description => {
  const { phase, local, transport, snapshot } = event
  const verb = phase === 'stopped' ? 'stopped listening on' : 'listening on'
  return {
    text: escapeText(words([verb, endpointText(local), udp(transport)])),
    flags: snapshot ? ['open before'] : [],
    lifeUs: null,
    isBad: false,
  }
}

const answerText = ({ rcode, answers }: TimelineDns): string => {
  if (rcode === '') return 'unanswered'
  if (answers.length > 0) return `→ ${answers.map(quoted).join(', ')}`
  return rcode === 'NOERROR' ? 'NOERROR without answers' : rcode
}

/** A name asked for, and what came back. */
export const describeLookup = (event: TimelineDns): Description => {
  const { type, name, rcode, latencyUs, peer, count } = event
  const server = peer.port === 53 ? peer.address : endpointText(peer)
  const details = [latencyUs === null ? '' : formatLifetime(latencyUs), `server ${server}`]
  const parts = ['?', type, quoted(name) || '.', answerText(event), times(count)]
  return {
    text: escapeText(words([...parts, inBrackets(details)])),
    flags: [],
    lifeUs: null,
    isBad: badRcodes.has(rcode),
  }
}
