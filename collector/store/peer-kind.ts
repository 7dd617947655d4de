/**
 * What a peer is by its address, port and name alone, and by what pods had the address. Pure; called by event-reader.ts
 * and who.ts. The order of the rules is theirs: a loopback is one whatever runs there, a resolver in a pod is a resolver.
 */
import type { PeerKind } from '#proto/api.ts'
import { type Address, isIn, type Network, parseAddress, parseNetwork } from './addresses.ts'

export const peerKinds: readonly PeerKind[] = [
  'pod',
  'node',
  'metadata',
  'api-server',
  'dns',
  'loopback',
  'external',
  'private',
]

/** Who had an address at a time: one workload, several at once, or nobody that is known. */
export type Holder =
  | { readonly kind: 'pod'; readonly namespace: string; readonly workload: string }
  | { readonly kind: 'shared' }
  | { readonly kind: 'unknown' }

export interface Peer {
  readonly kind: PeerKind
  readonly workload: string
  readonly namespace?: string
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

const isInOne = (address: Address | undefined, some: readonly Network[]): boolean =>
  address !== undefined && some.some((network) => isIn(address, network))

const kindOf = ({ address, port, name }: PeerQuestion, holder: Holder): PeerKind => {
  const parsed = parseAddress(address)
  const isPublic = parsed !== undefined && !isInOne(parsed, notPublic)
  if (isInOne(parsed, loopback)) return 'loopback'
  // Some clouds serve DNS at the metadata service's address.
  if (port === dnsPort) return 'dns'
  if (isInOne(parsed, metadata)) return 'metadata'
  // A container that asks a resolver of its own can give this name to any address, so a public one is not believed.
  if (isApiServerName(name) && !isPublic) return 'api-server'
  if (holder.kind === 'pod') return 'pod'
  if (holder.kind === 'shared') return 'node'
  return isPublic ? 'external' : 'private'
}

/** Names a workload only for an address that exactly one had, and never for one that means another host for each. */
export const peerOf = (question: PeerQuestion, holder: Holder): Peer => {
  const kind = kindOf(question, holder)
  const isNamed = holder.kind === 'pod' && kind !== 'loopback' && kind !== 'metadata'
  if (!isNamed || holder.workload === '') return { kind, workload: '' }
  return { kind, workload: holder.workload, namespace: holder.namespace }
}
