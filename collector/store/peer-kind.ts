/**
 * What a peer is by its address, port and name alone, and by which pod or node had the address. Pure; called by
 * event-reader.ts and who.ts, and for what needs no names by the live tail. The order of the rules is theirs: a loopback is
 * one whatever runs there, a resolver in a pod is a resolver.
 */
import type { PeerKind } from '#proto/api.ts'
import type { Endpoint } from '#proto/event.ts'
import { type Address, isIn, type Network, parseAddress, parseNetwork } from './addresses.ts'

export const peerKinds: readonly PeerKind[] = [
  'pod',
  'service',
  'node',
  'metadata',
  'api-server',
  'dns',
  'loopback',
  'external',
  'private',
]

/** Who had an address at a time: a node, one workload, one Service, several at once, or nobody that is known. */
export type Holder =
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'pod'; readonly namespace: string; readonly workload: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  | { readonly kind: 'shared' }
  | { readonly kind: 'unknown' }

export interface Peer {
  readonly kind: PeerKind
  readonly workload: string
  readonly namespace?: string
  readonly service?: string
  readonly node?: string
}

export interface PeerQuestion {
  readonly address: string
  /** The peer's port where it is the one that serves; undefined for inbound connections, whose peers have any. */
  readonly port: number | undefined
  /** The name it was looked up by; empty when unknown. */
  readonly name: string
}

const networks = (...texts: readonly string[]): readonly Network[] =>
  texts.map(parseNetwork).filter((network) => network !== undefined)

const loopback = networks('127.0.0.0/8', '::1/128')
/** AWS, Azure, Google and others (IPv4); AWS (IPv6). */
const metadata = networks('169.254.169.254/32', 'fd00:ec2::254/128')
/** Not routed on the Internet: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291; unspecified, multicast and reserved. */
const notPublic = networks(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['0.0.0.0/8', '224.0.0.0/3', '::/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
)

const dnsPort = 53

/** `kubernetes.default.svc` with or without the cluster's domain. */
const isApiServerName = (name: string): boolean => /^kubernetes\.default\.svc(\.|$)/i.test(name)

/** The Service that every cluster reaches its API server by. */
const isApiServerService = (holder: { readonly namespace: string; readonly service: string }) =>
  holder.namespace === 'default' && holder.service === 'kubernetes'

const isInOne = (address: Address | undefined, some: readonly Network[]): boolean =>
  address !== undefined && some.some((network) => isIn(address, network))

const isPublic = (address: Address | undefined): boolean =>
  address !== undefined && !isInOne(address, notPublic)

/** The kind that address, port and name give whoever had the address; undefined where it depends on that. */
export const ownKind = (
  { address, port, name }: PeerQuestion,
  apiServer: Endpoint | undefined,
): PeerKind | undefined => {
  const parsed = parseAddress(address)
  if (isInOne(parsed, loopback)) return 'loopback'
  // Some clouds serve DNS at the metadata service's address.
  if (port === dnsPort) return 'dns'
  if (isInOne(parsed, metadata)) return 'metadata'
  if (address === apiServer?.address && port === apiServer.port) return 'api-server'
  // A container that asks a resolver of its own can give this name to any address, so a public one is not believed.
  return isApiServerName(name) && !isPublic(parsed) ? 'api-server' : undefined
}

const kindByHolder = ({ address }: PeerQuestion, holder: Holder): PeerKind => {
  if (holder.kind === 'pod') return 'pod'
  if (holder.kind === 'service') return isApiServerService(holder) ? 'api-server' : 'service'
  if (holder.kind === 'node' || holder.kind === 'shared') return 'node'
  return isPublic(parseAddress(address)) ? 'external' : 'private'
}

/**
 * Names a node, or a workload only for an address that exactly one had, and never for an address that means another host
 * for each. `apiServer`: where the API server is known to serve, its address as events have it.
 */
export const peerOf = (
  question: PeerQuestion,
  holder: Holder,
  apiServer: Endpoint | undefined,
): Peer => {
  const kind = ownKind(question, apiServer) ?? kindByHolder(question, holder)
  const nobody = { kind, workload: '' }
  if (kind === 'loopback' || kind === 'metadata') return nobody
  if (holder.kind === 'node') return { ...nobody, node: holder.node }
  if (holder.kind === 'service')
    return { ...nobody, namespace: holder.namespace, service: holder.service }
  if (holder.kind !== 'pod' || holder.workload === '') return nobody
  return { kind, workload: holder.workload, namespace: holder.namespace }
}
