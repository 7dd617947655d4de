/**
 * What an activity has besides its processes: small values, and how they are read from an event. Called by activity.ts; condition.ts
 * tells the CEL library of the classes.
 */
import { LRUCache } from 'lru-cache'
import type { TimelineEvent } from '#proto/api.ts'
import { peerOf } from '../store/peer-kind.ts'
import type { Activity } from './fields.ts'
import { maxText } from './seen-process.ts'

/** Peers whose kind is remembered; some 100 bytes each. */
const maxAddresses = 10_000

/*
 * The parts are classes, because the CEL library knows a value's type by its class and wraps plain objects anew on every
 * evaluation. Each assigns its fields by name: one is made for every event, and Object.assign() takes several times as long.
 */

export class EventPart {
  readonly kind: string
  readonly late: boolean

  constructor({ kind, late }: Activity['event']) {
    this.kind = kind
    this.late = late
  }
}

export class ContainerPart {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly serviceAccountToken: boolean

  constructor({ id, name, image, serviceAccountToken }: Activity['container']) {
    this.id = id
    this.name = name
    this.image = image
    this.serviceAccountToken = serviceAccountToken
  }
}

export class PodPart {
  readonly name: string
  readonly namespace: string

  constructor({ name, namespace }: Activity['pod']) {
    this.name = name
    this.namespace = namespace
  }
}

export class WorkloadPart {
  readonly name: string
  readonly type: string
  readonly namespace: string

  constructor({ name, type, namespace }: Activity['workload']) {
    this.name = name
    this.type = type
    this.namespace = namespace
  }
}

export class ConnectionPart {
  readonly transport: string
  readonly outcome: string
  readonly address: string
  readonly port: bigint
  readonly name: string
  readonly kind: string

  constructor({ transport, outcome, address, port, name, kind }: Activity['connection']) {
    this.transport = transport
    this.outcome = outcome
    this.address = address
    this.port = port
    this.name = name
    this.kind = kind
  }
}

export class DnsPart {
  readonly name: string
  readonly type: string
  readonly rcode: string

  constructor({ name, type, rcode }: Activity['dns']) {
    this.name = name
    this.type = type
    this.rcode = rcode
  }
}

export const noContainer = { name: '', image: '', serviceAccountToken: false } as const
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
