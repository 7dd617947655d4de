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
  'containersStarted',
  'containersEnded',
  'connections',
  'sentBytes',
  'receivedBytes',
  'lookups',
] as const
export type WorkloadCounter = (typeof workloadCounters)[number]

/** Counters whose series begin together at 0, when a workload first has an event of theirs. */
export const families = ['processes', 'containers', 'connections', 'lookups'] as const
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

/** Decades, seconds: from a program that a shell runs to one that stays; and the same for whole containers. */
export const lifetimeBuckets = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600, 86_400] as const

/** Histograms by namespace, and where their buckets end. */
export const observedBuckets = {
  connectLatency: connectLatencyBuckets,
  processLifetime: lifetimeBuckets,
  containerLifetime: lifetimeBuckets,
} as const
export type Observed = keyof typeof observedBuckets

const byKey = <K extends string, V>(keys: readonly K[], value: (key: K) => V) =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>

const execs: Cell = { family: 'processes', counter: 'execs', labels: {} }
const exits = byKey(
  exitOutcomes,
  (outcome): Cell => ({ family: 'processes', counter: 'exits', labels: { outcome } }),
)
const started: Cell = { family: 'containers', counter: 'containersStarted', labels: {} }
const ended: Cell = { family: 'containers', counter: 'containersEnded', labels: {} }
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
  containers: [started, ended],
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
  /** Seconds, of each histogram that was observed. */
  readonly observed = new Map<Observed, Observations>()
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
        if (event.lifetimeUs !== null) this.#observe('processLifetime', event.lifetimeUs / 1e6, 1)
        break
      case 'connect':
        this.#raise(
          event.transport === 'udp' ? flows.outbound : tcpConnects[event.outcome],
          event.count,
        )
        if (event.outcome === 'established') this.#observeLatency(event)
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

  containerStarted(): void {
    this.showsLife = true
    this.#raise(started, 1)
  }

  /** `lifetimeUs`: null where nobody saw it begin. */
  containerEnded(lifetimeUs: number | null): void {
    this.#raise(ended, 1)
    if (lifetimeUs !== null) this.#observe('containerLifetime', lifetimeUs / 1e6, 1)
  }

  merge(other: Tally): void {
    for (const [cell, amount] of other.amounts) this.#raise(cell, amount)
    this.events += other.events
    this.showsLife ||= other.showsLife
    for (const [histogram, observations] of other.observed) {
      const known = this.observed.get(histogram)
      if (known === undefined) this.observed.set(histogram, observations)
      else known.merge(observations)
    }
  }

  #raise(cell: Cell, amount: number): void {
    if (amount > 0) this.amounts.set(cell, (this.amounts.get(cell) ?? 0) + amount)
  }

  /**
   * Of connections merged into one event only the mean and the longest are known: the longest counts as itself, so that a
   * slow one is not hidden, the others as the mean of the rest. Their number and sum are exact.
   */
  #observeLatency({ latencyUs, maxLatencyUs, count }: ConnectEvent): void {
    if (latencyUs === null) return
    const longestUs = Math.max(latencyUs, maxLatencyUs ?? 0)
    const others = count - 1
    this.#observe('connectLatency', (others === 0 ? latencyUs : longestUs) / 1e6, 1)
    if (others > 0) {
      const restUs = Math.max(0, (latencyUs * count - longestUs) / others)
      this.#observe('connectLatency', restUs / 1e6, others)
    }
  }

  #observe(histogram: Observed, seconds: number, weight: number): void {
    const known = this.observed.get(histogram) ?? new Observations(observedBuckets[histogram])
    this.observed.set(histogram, known)
    known.add(seconds, weight)
  }
}
