/**
 * Keeps a flood of identical short connections from flooding the pipe. Within one drain the first events go as they are;
 * of what follows, identical ones become one event with an exact count, sums and extremes. Nothing is held back over a
 * drain, so that the ring's position, committed with the drain's events, still covers all that was read.
 */
import type { AcceptEvent, CloseEvent, ConnectEvent, Endpoint, Event } from '#proto/event.ts'

export type ConnectionEvent = ConnectEvent | AcceptEvent | CloseEvent

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Events of a drain that keep all their details: more than a busy node makes in 25 ms, less than a flood. */
const individualMax = 64
/** A close that stands for several is of connections no longer than this. */
const shortUs = 1_000_000
/** More than a drain has records; the rest would go as they are. */
const groupsMax = 16_384

/** The end that says which connections are alike: a client's own port, or its peer's, is new each time. */
const servedEnd = (event: ConnectionEvent): string => {
  const isInbound =
    event.kind === 'accept' || (event.kind === 'close' && event.direction === 'inbound')
  return isInbound
    ? `<${event.peer.address} ${event.local.port}`
    : `>${event.peer.address} ${event.peer.port}`
}

const result = (event: ConnectionEvent): string => {
  if (event.kind === 'connect') return event.outcome
  return event.kind === 'close' ? event.closedBy : ''
}

const keyOf = (event: ConnectionEvent): string =>
  `${event.kind} ${event.transport} ${event.containerId} ${event.process?.pid}:${event.process?.startNs} ${servedEnd(event)} ${result(event)} ${event.peerName}`

/** True for what may lose its ports and its tie to other events. */
const isPlain = (event: ConnectionEvent): boolean => {
  if (event.snapshot) return false
  if (event.kind !== 'close') return true
  return !event.ongoing && event.durationUs !== null && event.durationUs <= shortUs
}

const withoutPort = ({ address }: Endpoint): Endpoint => ({ address, port: 0 })

const larger = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)
const smaller = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)
/** Of what is known of both; one unknown part makes the sum unknown. */
const sum = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one + other

const add = (group: Mutable<ConnectionEvent>, event: ConnectionEvent): void => {
  group.count += event.count
  if (group.kind === 'connect' && event.kind === 'connect') {
    // The mean of all, from the mean of the others and one more.
    if (group.latencyUs !== null && event.latencyUs !== null)
      group.latencyUs += (event.latencyUs - group.latencyUs) / group.count
    group.maxLatencyUs = larger(group.maxLatencyUs, event.maxLatencyUs)
  }
  if (group.kind === 'close' && event.kind === 'close') {
    group.sentBytes = sum(group.sentBytes, event.sentBytes)
    group.receivedBytes = sum(group.receivedBytes, event.receivedBytes)
    group.sentPackets = sum(group.sentPackets, event.sentPackets)
    group.receivedPackets = sum(group.receivedPackets, event.receivedPackets)
    group.durationUs = sum(group.durationUs, event.durationUs)
    group.minDurationUs = smaller(group.minDurationUs, event.minDurationUs)
    group.maxDurationUs = larger(group.maxDurationUs, event.maxDurationUs)
  }
}

export class ConnectionMerger {
  readonly #groups = new Map<string, Mutable<ConnectionEvent>>()
  #individual = 0
  #merged = 0

  /** Events that became part of another one, since the start. */
  get merged(): number {
    return this.#merged
  }

  /** The event to hand on, or undefined when one that was handed on in this drain now stands for it too. */
  take(event: ConnectionEvent): Event | undefined {
    if (!isPlain(event)) return event
    if (this.#individual < individualMax) {
      this.#individual += 1
      return event
    }
    const key = keyOf(event)
    const known = this.#groups.get(key)
    if (known !== undefined) {
      // It loses what its connections do not share only now: one of its kind stays as it is.
      if (known.count === 1) this.#generalise(known)
      add(known, event)
      this.#merged += 1
      return undefined
    }
    const group = { ...event }
    if (this.#groups.size < groupsMax) this.#groups.set(key, group)
    return group
  }

  #generalise(group: Mutable<ConnectionEvent>): void {
    group.socket = 0
    const isInbound =
      group.kind === 'accept' || (group.kind === 'close' && group.direction === 'inbound')
    if (isInbound) group.peer = withoutPort(group.peer)
    else group.local = withoutPort(group.local)
  }

  /** The drain is over: what was handed on may not change any more. */
  endDrain(): void {
    // Latencies are whole microseconds on the wire.
    for (const group of this.#groups.values())
      if (group.kind === 'connect' && group.latencyUs !== null)
        group.latencyUs = Math.round(group.latencyUs)
    this.#groups.clear()
    this.#individual = 0
  }
}
