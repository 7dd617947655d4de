/**
 * What an activity has besides its processes: small values, and how they are read from an event. Called by activity.ts; condition.ts
 * tells the CEL library of the classes.
 */
import { LRUCache } from 'lru-cache'
import type { TimelineEvent } from '#proto/api.ts'
import { peerOf } from '../store/peer-kind.ts'
import type { Activity } from './activity.ts'
import { maxText } from './seen-process.ts'

/** Peers whose kind is remembered; some 100 bytes each. */
const maxAddresses = 10_000

/**
 * The parts are classes, because the CEL library knows a value's type by its class and wraps plain objects anew on every
 * evaluation.
 */
const partClass = <V extends object>() =>
  class {
    constructor(values: V) {
      Object.assign(this, values)
    }
  } as unknown as new (
    values: V,
  ) => V

export const EventPart = partClass<Activity['event']>()
export const ContainerPart = partClass<Activity['container']>()
export const PodPart = partClass<Activity['pod']>()
export const WorkloadPart = partClass<Activity['workload']>()
export const ConnectionPart = partClass<Activity['connection']>()
export const DnsPart = partClass<Activity['dns']>()

export const noConnection = new ConnectionPart({
  transport: '',
  outcome: '',
  address: '',
  port: 0n,
  name: '',
  kind: '',
})
export const noDns = new DnsPart({ name: '', type: '', rcode: '' })

const isInbound = (event: TimelineEvent): boolean =>
  event.kind === 'accept' || (event.kind === 'close' && event.direction === 'inbound')

/** Kinds that an address, a port and a name have whoever holds the address. */
const ownKinds: readonly string[] = ['loopback', 'dns', 'metadata', 'api-server']

/** Of addresses alone; workloads talk to the same peers again and again. */
const kindsByAddress = new LRUCache<string, string>({ max: maxAddresses })

/**
 * The same for an event as it comes and for one read back, which knows by then who had the address: a rule must not depend on which
 * of them it sees.
 */
const peerKind = (peer?: { readonly address: string; readonly kind?: string }): string => {
  if (peer === undefined || peer.address === '') return ''
  if (peer.kind !== undefined && ownKinds.includes(peer.kind)) return peer.kind
  const { address } = peer
  const known = kindsByAddress.get(address)
  if (known !== undefined) return known
  const question = { address, port: undefined, name: '' }
  const { kind } = peerOf(question, { kind: 'unknown' }, undefined)
  kindsByAddress.set(address, kind)
  return kind
}

export const connectionOf = (event: TimelineEvent): Activity['connection'] => {
  switch (event.kind) {
    case 'connect':
    case 'accept':
    case 'close': {
      const { peer, local, transport } = event
      return new ConnectionPart({
        transport,
        outcome: event.outcome ?? '',
        address: peer?.address ?? '',
        port: BigInt(isInbound(event) ? local.port : (peer?.port ?? 0)),
        name: (peer?.name ?? '').slice(0, maxText),
        kind: peerKind(peer),
      })
    }
    case 'listen':
      return new ConnectionPart({
        ...noConnection,
        transport: event.transport,
        address: event.local.address,
        port: BigInt(event.local.port),
      })
    default:
      return noConnection
  }
}

export const dnsOf = (event: TimelineEvent): Activity['dns'] =>
  event.kind === 'dns'
    ? new DnsPart({
        name: event.name.toLowerCase().replace(/\.$/, '').slice(0, maxText),
        type: event.type,
        rcode: event.rcode,
      })
    : noDns
