/**
 * What events add to the counters of their workload: which events count, and which series each of them raises. Summed per
 * container by workload-counts.ts before a metric is touched, because a metric's lookup of labels costs more than all else.
 */
import {
  type AcceptEvent,
  type CloseEvent,
  type ConnectEvent,
  connectOutcomes,
  type DnsEvent,
  type Event,
  type ExecEvent,
  type ExitEvent,
  transports,
} from '#proto/event.ts'
import { Observations } from './weighted-histogram.ts'

export const workloadCounters = [
  'execs',
  'exits',
  'connections',
  'sentBytes',
  'receivedBytes',
  'lookups',
] as const
export type WorkloadCounter = (typeof workloadCounters)[number]

/** Counters whose series begin together at 0, when a workload first has an event of theirs. */
export const families = ['processes', 'connections', 'lookups'] as const
export type Family = (typeof families)[number]

/** One series of a workload: a counter and the labels it has beside the workload's. Compared by identity. */
export interface Cell {
  readonly family: Family
  readonly counter: WorkloadCounter
  readonly labels: Readonly<Record<string, string>>
}

export const exitOutcomes = ['ok', 'error', 'signal', 'unknown'] as const
export type ExitOutcome = (typeof exitOutcomes)[number]

export const directions = ['outbound', 'inbound'] as const

/** The rest is `other`: rcodes come from whoever answers. */
export const lookupOutcomes = [
  'NOERROR',
  'NXDOMAIN',
  'SERVFAIL',
  'REFUSED',
  'unanswered',
  'other',
] as const
type LookupOutcome = (typeof lookupOutcomes)[number]

/** Half decades, seconds. A SYN is sent again after 1 s and 3 s: above these bounds it was lost once, twice. */
export const connectLatencyBuckets = [
  0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30,
] as const

const byKey = <K extends string, V>(keys: readonly K[], value: (key: K) => V) =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>

const execs: Cell = { family: 'processes', counter: 'execs', labels: {} }
const exits = byKey(
  exitOutcomes,
  (outcome): Cell => ({ family: 'processes', counter: 'exits', labels: { outcome } }),
)
const connections = (labels: Cell['labels']): Cell => ({
  family: 'connections',
  counter: 'connections',
  labels,
})
const tcpConnects = byKey(connectOutcomes, (outcome) =>
  connections({ direction: 'outbound', transport: 'tcp', outcome }),
)
const tcpAccepts = connections({
  direction: 'inbound',
  transport: 'tcp',
  outcome: 'established',
})
// UDP knows no handshake.
const flows = byKey(directions, (direction) =>
  connections({ direction, transport: 'udp', outcome: 'unknown' }),
)
const bytes = (counter: 'sentBytes' | 'receivedBytes') =>
  byKey(directions, (direction) =>
    byKey(
      transports,
      (transport): Cell => ({
        family: 'connections',
        counter,
        labels: { direction, transport },
      }),
    ),
  )
const sentBytes = bytes('sentBytes')
const receivedBytes = bytes('receivedBytes')
const lookups = byKey(
  lookupOutcomes,
  (rcode): Cell => ({ family: 'lookups', counter: 'lookups', labels: { rcode } }),
)

/** All series that a workload can have. */
export const cellsOf: Readonly<Record<Family, readonly Cell[]>> = {
  processes: [execs, ...Object.values(exits)],
  connections: [
    ...Object.values(tcpConnects),
    tcpAccepts,
    ...Object.values(flows),
    ...[sentBytes, receivedBytes].flatMap((counter) =>
      Object.values(counter).flatMap((byTransport) => Object.values(byTransport)),
    ),
  ],
  lookups: Object.values(lookups),
}

const exitOutcome = ({ exitCode, signal }: ExitEvent): ExitOutcome => {
  if (signal !== 0) return 'signal'
  if (exitCode === null) return 'unknown'
  return exitCode === 0 ? 'ok' : 'error'
}

const lookupOutcome = ({ rcode }: DnsEvent): LookupOutcome => {
  if (rcode === '') return 'unanswered'
  return lookupOutcomes.find((outcome) => outcome === rcode) ?? 'other'
}

type CountedEvent = ExecEvent | ExitEvent | ConnectEvent | AcceptEvent | CloseEvent | DnsEvent

/**
 * What was there before Mayfly looked did not begin now; what the runtime does to set a container up is not its
 * workload's doing.
 */
export const isCounted = (event: Event): event is CountedEvent => {
  switch (event.kind) {
    case 'exec':
      return !event.snapshot && !event.runtime
    case 'exit':
      return !event.runtime
    case 'connect':
    case 'accept':
      return !event.snapshot
    default:
      return event.kind === 'close' || event.kind === 'dns'
  }
}

/** Sums for one container. */
export class Tally {
  readonly amounts = new Map<Cell, number>()
  /** SYN to established, seconds; undefined where there is none. */
  latency: Observations | undefined
  events = 0
  /** True for what only a living container does; sockets are closed, and lookups given up, after its end. */
  showsLife = false

  add(event: CountedEvent): void {
    this.events += 1
    this.showsLife ||= event.kind === 'close' ? event.ongoing : event.kind !== 'dns'
    switch (event.kind) {
      case 'exec':
        this.#raise(execs, 1)
        break
      case 'exit':
        this.#raise(exits[exitOutcome(event)], 1)
        break
      case 'connect':
        this.#raise(
          event.transport === 'udp' ? flows.outbound : tcpConnects[event.outcome],
          event.count,
        )
        if (event.outcome === 'established') this.#observe(event)
        break
      case 'accept':
        this.#raise(event.transport === 'udp' ? flows.inbound : tcpAccepts, event.count)
        break
      case 'close':
        // Of a connection that goes on, these are what was carried since its previous event.
        this.#raise(sentBytes[event.direction][event.transport], event.sentBytes ?? 0)
        this.#raise(receivedBytes[event.direction][event.transport], event.receivedBytes ?? 0)
        break
      case 'dns':
        this.#raise(lookups[lookupOutcome(event)], event.count)
        break
    }
  }

  merge(other: Tally): void {
    for (const [cell, amount] of other.amounts) this.#raise(cell, amount)
    this.events += other.events
    this.showsLife ||= other.showsLife
    if (other.latency === undefined) return
    if (this.latency === undefined) this.latency = other.latency
    else this.latency.merge(other.latency)
  }

  #raise(cell: Cell, amount: number): void {
    if (amount > 0) this.amounts.set(cell, (this.amounts.get(cell) ?? 0) + amount)
  }

  /**
   * Of connections merged into one event only the mean and the longest are known: the longest counts as itself, so that a
   * slow one is not hidden, the others as the mean of the rest. Their number and sum are exact.
   */
  #observe({ latencyUs, maxLatencyUs, count }: ConnectEvent): void {
    if (latencyUs === null) return
    this.latency ??= new Observations(connectLatencyBuckets)
    const longestUs = Math.max(latencyUs, maxLatencyUs ?? 0)
    const others = count - 1
    this.latency.add((others === 0 ? latencyUs : longestUs) / 1e6, 1)
    if (others > 0) {
      const restUs = Math.max(0, (latencyUs * count - longestUs) / others)
      this.latency.add(restUs / 1e6, others)
    }
  }
}
