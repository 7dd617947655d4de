/**
 * Socket and DNS records to events: adds whose they are, the name a peer was asked for by, and direction; merges floods.
 * A part of the tracker, which alone calls it.
 *
 * Rule: every record counts in exactly one event's `count`, or in `filtered`; but for the rare one that tells only what
 * another told (told-bytes.ts). Of DNS, a reply or an unanswered query is
 * one; a query that is answered is part of its reply.
 */
import {
  type DnsEvent,
  type Event,
  type EventBase,
  hostContainerId,
  isContainerId,
  type ProcessKey,
} from '#proto/event.ts'
import type { CgroupAttribution } from '../containers/cgroup-attribution.ts'
import { AnsweredNames } from '../dns/answered-names.ts'
import { DnsLookups } from '../dns/lookups.ts'
import type {
  AcceptRecord,
  CgroupKey,
  CloseRecord,
  ConnectRecord,
  DnsRecord,
  ListenRecord,
  SocketFacts,
} from '../sources/record.ts'
import { type ConnectionEvent, ConnectionMerger } from './connection-merger.ts'
import type { EndedProcesses } from './ended-processes.ts'
import { ListeningPorts } from './listening-ports.ts'
import type { ProcessTable } from './process-table.ts'
import { ToldBytes } from './told-bytes.ts'

export type SocketRecord = ConnectRecord | AcceptRecord | CloseRecord | ListenRecord | DnsRecord
export const socketKinds = ['connect', 'accept', 'close', 'listen', 'dns'] as const
export type SocketKind = (typeof socketKinds)[number]

/** What is remembered within a limit; see `SocketEvents.evicted`. */
export const socketMemories = [
  'ended_processes',
  'told_bytes',
  'listening_ports',
  'answered_names',
  'dns_queries',
  'dns_replies',
  'dns_answers',
] as const
export type SocketMemory = (typeof socketMemories)[number]

/** Where an event belongs, and who did it. */
interface Owner {
  readonly containerId: string
  readonly podUid: string
  readonly exe: string
  readonly process?: ProcessKey
}

export interface SocketEventsOptions {
  readonly processes: ProcessTable
  readonly ended: EndedProcesses
  readonly attribute: (cgroups: readonly CgroupKey[]) => CgroupAttribution
  readonly base: (
    bootNs: number,
    place: { readonly containerId: string; readonly podUid: string },
  ) => EventBase
  /** First sight of a container, which may be a socket of a process that nobody saw. */
  readonly seen: (where: CgroupAttribution, bootNs: number) => void
  readonly shows: (containerId: string) => boolean
  readonly push: (event: Event) => void
}

export type SocketCounts = Readonly<Record<SocketKind, number>>

const zero = (): Record<SocketKind, number> => ({
  connect: 0,
  accept: 0,
  close: 0,
  listen: 0,
  dns: 0,
})

const toUs = (ns: number): number => Math.max(0, Math.round(ns / 1000))

/** The part of a total that no earlier event told. */
const untold = (total: number | null, told: number): number | null =>
  total === null ? null : Math.max(0, total - told)

export class SocketEvents {
  readonly #options: SocketEventsOptions
  readonly #ports = new ListeningPorts()
  readonly #merger = new ConnectionMerger()
  readonly #lookups = new DnsLookups<Owner & Pick<DnsRecord, 'peer'>>()
  readonly #names = new AnsweredNames()
  readonly #told = new ToldBytes()
  readonly #captured = zero()
  readonly #filtered = zero()

  constructor(options: SocketEventsOptions) {
    this.#options = options
  }

  /** In units of events' `count`. */
  get captured(): SocketCounts {
    return this.#captured
  }
  get filtered(): SocketCounts {
    return this.#filtered
  }
  /** What DNS messages were no events for, and how many connections were merged into others. */
  get counts() {
    return { ...this.#lookups.counts, merged: this.#merger.merged }
  }
  /** What had to be forgotten, or of a reply could not be read, for want of room; since the start. */
  get evicted(): Readonly<Record<SocketMemory, number>> {
    const { evicted, forgotten, truncated } = this.#lookups.counts
    return {
      ended_processes: this.#options.ended.evicted,
      told_bytes: this.#told.evicted,
      listening_ports: this.#ports.evicted,
      answered_names: this.#names.evicted,
      dns_queries: evicted,
      dns_replies: forgotten,
      dns_answers: truncated,
    }
  }

  record(record: SocketRecord): void {
    switch (record.kind) {
      case 'connect':
      case 'accept':
      case 'close':
        this.#connection(record)
        break
      case 'listen':
        this.#listen(record)
        break
      case 'dns':
        this.#dns(record)
        break
    }
  }

  /** Queries that nobody answered become events. */
  expire(nowNs: number): void {
    for (const lookup of this.#lookups.expired(nowNs)) {
      const { owner, bootNs, name, type, count } = lookup
      this.#lookup(owner, { bootNs, name, type, count, rcode: '', answers: [], latencyUs: null })
    }
  }

  /** The kernel had no room for so many: captured, and filtered where nobody would have been shown them. */
  lost(kind: SocketKind, count: number, isShown: boolean): void {
    this.#captured[kind] += count
    if (!isShown) this.#filtered[kind] += count
  }

  endDrain(): void {
    this.#merger.endDrain()
  }

  forgetContainer(containerId: string): void {
    this.#names.forget(containerId)
  }

  #connection(met: ConnectRecord | AcceptRecord | CloseRecord): void {
    const record = met.kind === 'close' ? this.#told.apply(met) : met
    if (record === undefined) return
    const owner = this.#ownerOf(record)
    this.#captured[record.kind] += 1
    if (!this.#options.shows(owner.containerId)) {
      this.#filtered[record.kind] += 1
      return
    }
    const event = this.#merger.take(this.#connectionEvent(record, owner))
    if (event !== undefined) this.#options.push(event)
  }

  #connectionEvent(
    record: ConnectRecord | AcceptRecord | CloseRecord,
    owner: Owner,
  ): ConnectionEvent {
    const direction = this.#directionOf(record)
    const shared = {
      ...this.#options.base(record.bootNs, owner),
      ...(owner.process === undefined ? {} : { process: owner.process }),
      transport: record.transport,
      socket: record.socket,
      local: record.local,
      peer: record.peer,
      peerName:
        direction === 'outbound' ? this.#names.nameOf(owner.containerId, record.peer.address) : '',
      count: 1,
      exe: owner.exe,
      snapshot: record.snapshot,
    }
    if (record.kind === 'accept') return { kind: 'accept', ...shared }
    if (record.kind === 'connect') {
      const latencyUs = record.latencyNs === null ? null : toUs(record.latencyNs)
      const { outcome } = record
      return { kind: 'connect', ...shared, outcome, latencyUs, maxLatencyUs: latencyUs }
    }
    const durationUs = record.openedNs === null ? null : toUs(record.bootNs - record.openedNs)
    return {
      kind: 'close',
      ...shared,
      ongoing: record.ongoing,
      direction,
      sentBytes: untold(record.sentBytes, record.toldSentBytes),
      receivedBytes: untold(record.receivedBytes, record.toldReceivedBytes),
      sentPackets: record.sentPackets,
      receivedPackets: record.receivedPackets,
      durationUs,
      minDurationUs: durationUs,
      maxDurationUs: durationUs,
      closedBy: record.closedBy,
    }
  }

  #directionOf(record: ConnectRecord | AcceptRecord | CloseRecord): 'outbound' | 'inbound' {
    if (record.kind === 'connect') return 'outbound'
    if (record.kind === 'accept') return 'inbound'
    if (record.direction !== 'unknown') return record.direction
    return this.#ports.has(record.netNamespace, record.local.port) ? 'inbound' : 'outbound'
  }

  #listen(record: ListenRecord): void {
    this.#ports.apply(record)
    const owner = this.#ownerOf(record)
    this.#captured.listen += 1
    if (!this.#options.shows(owner.containerId)) {
      this.#filtered.listen += 1
      return
    }
    this.#options.push({
      kind: 'listen',
      ...this.#options.base(record.bootNs, owner),
      ...(owner.process === undefined ? {} : { process: owner.process }),
      transport: record.transport,
      local: record.local,
      exe: owner.exe,
      phase: record.phase,
      snapshot: record.snapshot,
    })
  }

  #dns(record: DnsRecord): void {
    const owner = this.#ownerOf(record)
    if (record.direction === 'query') {
      this.#lookups.query(record, { ...owner, peer: record.peer })
      return
    }
    const lookup = this.#lookups.reply(record)
    if (lookup === undefined) return
    const { bootNs, name, type, rcode, answers, latencyNs } = lookup
    // Resolvers may ask in random case (0x20) to be harder to deceive; a peer has one name all the same.
    this.#names.learn(owner.containerId, name.toLowerCase(), lookup.addresses)
    const latencyUs = latencyNs === null ? null : toUs(latencyNs)
    const facts = { bootNs, name, type, rcode, answers, latencyUs, count: 1 }
    this.#lookup({ ...owner, peer: record.peer }, facts)
  }

  #lookup(
    owner: Owner & Pick<DnsRecord, 'peer'>,
    {
      bootNs,
      ...lookup
    }: Pick<DnsEvent, 'bootNs' | 'name' | 'type' | 'rcode' | 'answers' | 'latencyUs' | 'count'>,
  ): void {
    this.#captured.dns += lookup.count
    if (!this.#options.shows(owner.containerId)) {
      this.#filtered.dns += lookup.count
      return
    }
    this.#options.push({
      kind: 'dns',
      ...this.#options.base(bootNs, owner),
      ...(owner.process === undefined ? {} : { process: owner.process }),
      exe: owner.exe,
      peer: owner.peer,
      ...lookup,
    })
  }

  /** The socket's own cgroup decides; where it says nothing of a container, the process that has the socket does. */
  #ownerOf(record: SocketFacts): Owner {
    const { processes, ended, attribute, seen } = this.#options
    const { process } = record
    const known = processes.get(process) ?? (process === undefined ? undefined : ended.get(process))
    const who = { exe: known?.exe ?? '', ...(process === undefined ? {} : { process }) }
    const where = record.cgroups.length === 0 ? undefined : attribute(record.cgroups)
    if (where !== undefined && isContainerId(where.containerId)) {
      seen(where, record.bootNs)
      return { ...who, containerId: where.containerId, podUid: where.podUid }
    }
    return {
      ...who,
      containerId: known?.containerId ?? where?.containerId ?? hostContainerId,
      podUid: known?.podUid ?? '',
    }
  }
}
