/**
 * The one owner of live state on a node. Sources hand it bare kernel records, in order; it knows lineage, containers
 * and what to leave out, and gives back events. The agent's loop calls it and nobody else does; it does no I/O.
 *
 * Rule: every exec and exit record becomes exactly one event or one count in `filtered`. Nothing else disappears here, and
 * `totals` says so for whoever checks.
 */
import {
  type CoverageFact,
  type Event,
  type EventKind,
  type ExecEvent,
  type ExitEvent,
  type FileKey,
  type GapReason,
  hostContainerId,
  isContainerId,
  type ProcessKey,
  type SourceName,
} from '#proto/event.ts'
import type { CgroupAttribution } from '../containers/cgroup-attribution.ts'
import type {
  AliveRecord,
  CgroupKey,
  CgroupRecord,
  ExecRecord,
  ExitRecord,
  ForkRecord,
  LossRecord,
  LostKind,
  ProgramFacts,
  SourceRecord,
} from '../sources/record.ts'
import { EndedProcesses } from './ended-processes.ts'
import { entryOf, runsInRuntime } from './lineage.ts'
import { type LiveProcess, ProcessTable } from './process-table.ts'
import { SocketEvents, socketKinds } from './socket-events.ts'
import { decodeArgv } from './text.ts'

/** What every event says of its place. */
type Place = Pick<CgroupAttribution, 'containerId' | 'podUid'>

const hostPlace: Place = { containerId: hostContainerId, podUid: '' }
/** The place of what concerns the whole node. */
const nodePlace: Place = { containerId: '', podUid: '' }

/** What the tracker asks of the room that knows containers. */
export interface ContainerDirectory {
  /** Whose a process is, by its cgroups; the pid helps while it lives, 0 when there is none. */
  attribute(cgroups: readonly CgroupKey[], pid: number): CgroupAttribution
  /** A cgroup came or went; returns whose it is or was. */
  cgroupChanged(record: CgroupRecord): CgroupAttribution
  /** Same, for sources that only know the path text of /proc/PID/cgroup. */
  attributePath(path: string): CgroupAttribution
  /** First sight of a container: names are looked for, and arrive as events of their own. */
  started(container: CgroupAttribution, bootNs: number): void
  ended(containerId: string, bootNs: number): void
}

/** Replaces secrets before anything leaves the tracker. */
export type Redactor = (argv: readonly string[]) => {
  readonly argv: readonly string[]
  readonly redacted: number
}

/** An executable that just started, for hashing while its process still lives. */
export interface ExecutableSeen {
  readonly pid: number
  readonly containerId: string
  readonly file: FileKey
  readonly path: string
}

export interface TrackerOptions {
  readonly containers: ContainerDirectory
  readonly redact: Redactor
  readonly executableSeen: (executable: ExecutableSeen) => void
  /** True for records of the agent's own canary: counted as filtered. */
  readonly isCanary: (argv: readonly string[]) => boolean
  /** Record processes outside containers as the pseudo-container `host`. */
  readonly includeHost: boolean
  /** Inode of the host's mount namespace; 0 when it cannot be read. */
  readonly hostMountNamespace: number
  readonly processesMax: number
  /** Most containers whose state is kept at a time. */
  readonly containersMax: number
}

/** The kinds of events that a source captures, in the order of a node's life. */
export const capturedKinds = ['exec', 'exit', ...socketKinds] as const
export type CapturedKind = (typeof capturedKinds)[number]

/** Cumulative counts of this run of the agent, by kind where that has a meaning. */
export interface TrackerCounts {
  readonly captured: Readonly<Record<CapturedKind, number>>
  readonly filtered: Readonly<Record<CapturedKind, number>>
  readonly lost: Readonly<Record<LostKind, number>>
  /** Exits whose process was not known. */
  readonly unknownExits: number
  /** Processes that vanished from /proc without an exit record. */
  readonly missedExits: number
  /** DNS messages that were no events, and connections that were merged into others. */
  readonly sockets: SocketEvents['counts']
  /** What was forgotten of sockets and names for want of room. */
  readonly evicted: SocketEvents['evicted']
}

/** What a gap says. */
interface Hole {
  readonly reason: GapReason
  readonly lost: number | null
  readonly fromUs: number
  readonly toUs: number
  readonly affects: readonly EventKind[]
  readonly bootNs: number
}

const sum = (counts: Readonly<Record<CapturedKind, number>>): number =>
  capturedKinds.reduce((total, kind) => total + counts[kind], 0)

interface ContainerState {
  initSeen: boolean
  /** Cgroup directories of this container that exist, over all hierarchies. */
  readonly cgroups: Set<string>
}

const cgroupText = (key: CgroupKey): string => `${key.hierarchy}:${key.id}`

/** Told only where it is not the creator: see ExecEvent. */
const ancestorOf = (known: LiveProcess | undefined): { readonly ancestor?: ProcessKey } => {
  const { creator, ancestor } = known ?? {}
  if (ancestor === undefined) return {}
  const isCreator = ancestor.pid === creator?.pid && ancestor.startNs === creator.startNs
  return isCreator ? {} : { ancestor }
}

export class Tracker {
  readonly #options: TrackerOptions
  readonly #processes: ProcessTable
  readonly #containers = new Map<string, ContainerState>()
  readonly #captured = { exec: 0, exit: 0 }
  readonly #filtered = { exec: 0, exit: 0 }
  readonly #lost = {
    exec: 0,
    exit: 0,
    fork: 0,
    cgroup: 0,
    connect: 0,
    accept: 0,
    close: 0,
    listen: 0,
    dns: 0,
  }
  readonly #ended = new EndedProcesses()
  readonly #sockets: SocketEvents
  readonly #canaries = new Set<string>()
  /** Known losses that are of no one kind. */
  #lostOfAnyKind = 0
  #unknownExits = 0
  #missedExits = 0
  #pending: Event[] = []
  #source: SourceName = 'ebpf'
  /** Wall time minus boot time, µs: re-read before every drain, so that a stepped clock reorders nothing. */
  #offsetUs = 0
  /** Whether snapshot records become events, or only restore what an earlier agent already told. */
  #announceSnapshot = true

  constructor(options: TrackerOptions) {
    this.#options = options
    this.#processes = new ProcessTable({ processesMax: options.processesMax })
    this.#sockets = new SocketEvents({
      processes: this.#processes,
      ended: this.#ended,
      attribute: (cgroups) => options.containers.attribute(cgroups, 0),
      base: (bootNs, place) => this.base(bootNs, place),
      seen: (where, bootNs) => this.#container(where, bootNs),
      shows: (containerId) => this.#shows(containerId),
      push: (event) => this.#pending.push(event),
    })
  }

  /** Sets the source and clock offset for the records that follow. */
  begin(source: SourceName, offsetUs: number): void {
    this.#source = source
    this.#offsetUs = offsetUs
  }

  set announceSnapshot(announce: boolean) {
    this.#announceSnapshot = announce
  }

  get processes(): ProcessTable {
    return this.#processes
  }

  get containersKnown(): number {
    return this.#containers.size
  }

  get counts(): TrackerCounts {
    return {
      captured: { ...this.#captured, ...this.#sockets.captured },
      filtered: { ...this.#filtered, ...this.#sockets.filtered },
      lost: { ...this.#lost },
      sockets: this.#sockets.counts,
      evicted: this.#sockets.evicted,
      unknownExits: this.#unknownExits,
      missedExits: this.#missedExits,
    }
  }

  /**
   * What this run has counted until now, in units of events' counts. Between drains, captured - filtered is what the events
   * handed over stand for, gaps with a known loss included: the spool writes it beside them.
   */
  get totals(): { readonly captured: number; readonly filtered: number } {
    const { captured, filtered } = this.counts
    return { captured: sum(captured) + this.#lostOfAnyKind, filtered: sum(filtered) }
  }

  get pendingCount(): number {
    return this.#pending.length
  }

  /** Hands over the events made so far, in order: the end of a drain. */
  take(): Event[] {
    this.#sockets.endDrain()
    const all = this.#pending
    this.#pending = []
    return all
  }

  /** Makes events of DNS queries that nobody answered; call it about once a second. */
  expire(nowNs: number): void {
    this.#sockets.expire(nowNs)
  }

  /** Adds what other rooms learnt (names, hashes, coverage), in its place in the stream. */
  add(event: Event): void {
    this.#pending.push(event)
  }

  timeUs(bootNs: number): number {
    return Math.round(bootNs / 1000 + this.#offsetUs)
  }

  record(record: SourceRecord): void {
    switch (record.kind) {
      case 'exec':
        this.#exec(record)
        break
      case 'exit':
        this.#exit(record)
        break
      case 'fork':
        this.#fork(record)
        break
      case 'alive':
        this.#alive(record)
        break
      case 'cgroup':
        this.#cgroup(record)
        break
      case 'loss':
        this.#loss(record)
        break
      default:
        this.#sockets.record(record)
    }
  }

  /** A hole that is not tied to one cgroup's counter. */
  gap(hole: Hole): void {
    this.#lostOfAnyKind += hole.lost ?? 0
    this.#gap(hole, nodePlace)
  }

  #gap({ bootNs, ...hole }: Hole, place: Place): void {
    this.#pending.push({
      kind: 'gap',
      ...this.base(bootNs, place),
      ...hole,
      replaces: 1,
      timeUs: hole.fromUs,
    })
  }

  coverage(fact: Pick<CoverageFact, 'fromUs' | 'toUs' | 'complete'>, bootNs: number): void {
    this.#pending.push({ kind: 'coverage', ...this.base(bootNs, nodePlace), ...fact })
  }

  /** Forgets processes that two passes in a row did not find: their exits were lost, and stand in a gap. */
  forgetVanished(vanished: readonly ProcessKey[]): void {
    const gone = new Set(vanished.map((key) => `${key.pid}:${key.startNs}`))
    for (const key of this.#processes.keys()) {
      const process = this.#processes.get(key)
      if (process === undefined) continue
      process.missing = gone.has(`${key.pid}:${key.startNs}`) ? process.missing + 1 : 0
      if (process.missing < 2) continue
      this.#processes.delete(key)
      this.#missedExits += 1
    }
  }

  /** What every event begins with. */
  base(bootNs: number, where: Place) {
    return {
      timeUs: this.timeUs(bootNs),
      bootNs,
      source: this.#source,
      containerId: where.containerId,
      podUid: where.podUid,
    }
  }

  #exec(record: ExecRecord): void {
    this.#captured.exec += 1
    const known = this.#processes.get(record.process)
    const event = this.#program(record, known, false)
    if (this.#options.isCanary(event.argv)) {
      this.#canaries.add(`${event.process.pid}:${event.process.startNs}`)
      this.#filtered.exec += 1
    } else if (this.#shows(event.containerId)) {
      this.#pending.push(event)
      if (event.file !== undefined) {
        const { process, containerId, file, exe } = event
        this.#options.executableSeen({ pid: process.pid, containerId, file, path: exe })
      }
    } else {
      this.#filtered.exec += 1
    }
  }

  #alive(record: AliveRecord): void {
    const known = this.#processes.get(record.process)
    if (known?.executed === true) return
    const event = this.#program(record, known, true)
    const live = this.#processes.get(record.process)
    if (live !== undefined) live.executed = record.forked === undefined ? undefined : !record.forked
    if (!this.#announceSnapshot || !this.#shows(event.containerId)) return
    this.#captured.exec += 1
    this.#pending.push(event)
    if (event.file !== undefined) {
      const { process, containerId, file, exe } = event
      this.#options.executableSeen({ pid: process.pid, containerId, file, path: exe })
    }
  }

  /** What exec and snapshot share: place, lineage, text; updates the process table. */
  #program(
    record: ProgramFacts & { readonly bootNs: number },
    known: LiveProcess | undefined,
    snapshot: boolean,
  ): ExecEvent {
    const where = this.#attribute(record)
    const container = this.#container(where, record.bootNs)
    const parent = this.#processes.get(record.parent)
    const inContainer = isContainerId(where.containerId)
    const runtime =
      inContainer &&
      runsInRuntime({
        mountNamespace: record.namespaces.mnt,
        hostMountNamespace: this.#options.hostMountNamespace,
        containerId: where.containerId,
        parent,
      })
    const entry = entryOf({ record, known, parent, runtime, where, initSeen: container?.initSeen })
    if (container !== undefined && entry === 'init') container.initSeen = true
    const decoded = decodeArgv(record.argvBytes)
    const { argv, redacted } = this.#options.redact(decoded.argv)
    this.#processes.set({
      key: record.process,
      parent: record.parent,
      creator: known?.creator,
      ancestor: known?.ancestor,
      containerId: where.containerId,
      podUid: where.podUid,
      exe: record.exe,
      entry,
      runtime,
      executed: true,
      nsPid: record.nsPid,
      uid: record.uid,
      mountNamespace: record.namespaces.mnt,
      missing: 0,
    })
    return {
      kind: 'exec',
      ...this.base(snapshot ? record.process.startNs : record.bootNs, where),
      process: record.process,
      ...(record.parent === undefined ? {} : { parent: record.parent }),
      ...(known?.creator === undefined ? {} : { creator: known.creator }),
      ...ancestorOf(known),
      snapshot,
      entry,
      runtime,
      nsPid: record.nsPid,
      uid: record.uid,
      gid: record.gid,
      euid: record.euid,
      ...(record.loginUid === undefined ? {} : { loginUid: record.loginUid }),
      capabilities: record.capabilities,
      namespaces: record.namespaces,
      exe: record.exe,
      ...(record.file === undefined ? {} : { file: record.file }),
      fileMode: record.fileMode,
      fileOrigin: where.containerId === hostContainerId ? 'host' : record.fileOrigin,
      argv,
      argvBytes: record.argvLength,
      argvTruncated: record.argvLength > record.argvBytes.length,
      argvEscaped: decoded.escaped,
      argvRedacted: redacted,
      ...(record.script === undefined ? {} : { script: record.script }),
      ...(record.interpreter === undefined ? {} : { interpreter: record.interpreter }),
      cwd: record.cwd,
      tty: record.tty,
      stdioSockets: record.stdioSockets,
    }
  }

  #exit(record: ExitRecord): void {
    this.#captured.exit += 1
    const known = this.#processes.delete(record.process)
    if (known === undefined) this.#unknownExits += 1
    else this.#ended.remember(record.process, known)
    // A process ends where it last was; a source without cgroups leaves that to memory.
    const where: Place = record.cgroups.length > 0 ? this.#attribute(record) : (known ?? hostPlace)
    if (this.#canaries.delete(`${record.process.pid}:${record.process.startNs}`)) {
      this.#filtered.exit += 1
      return
    }
    if (!this.#shows(where.containerId)) {
      this.#filtered.exit += 1
      return
    }
    const { status } = record
    const signal = status === null ? 0 : status & 0x7f
    const parent = record.parent ?? known?.parent
    const event: ExitEvent = {
      kind: 'exit',
      ...this.base(record.bootNs, where),
      process: record.process,
      ...(parent === undefined ? {} : { parent }),
      exe: known?.exe ?? '',
      nsPid: record.nsPid === 0 ? (known?.nsPid ?? 0) : record.nsPid,
      uid: record.uid,
      exitCode: status === null || signal !== 0 ? null : (status >> 8) & 0xff,
      signal,
      coreDumped: status !== null && (status & 0x80) !== 0,
      lifetimeUs: Math.max(0, Math.round((record.bootNs - record.process.startNs) / 1000)),
      userUs: Math.round(record.userNs / 1000),
      systemUs: Math.round(record.systemNs / 1000),
      maxRssBytes: record.maxRssBytes,
      maxRssInherited: record.maxRssInherited,
      forked: known?.executed === false,
      runtime: known?.runtime ?? false,
      inferred: this.#source === 'procfs',
    }
    this.#pending.push(event)
  }

  #fork(record: ForkRecord): void {
    const creator = this.#processes.get(record.creator)
    const where = this.#options.containers.attribute(record.cgroups, record.child.pid)
    this.#container(where, record.bootNs)
    this.#processes.set({
      key: record.child,
      parent: record.parent,
      creator: record.creator,
      ancestor: creator?.executed === false ? creator.ancestor : record.creator,
      containerId: where.containerId,
      podUid: where.podUid,
      exe: creator?.exe ?? '',
      entry: creator?.containerId === where.containerId ? creator.entry : 'unknown',
      runtime:
        isContainerId(where.containerId) &&
        (creator === undefined || creator.runtime || creator.containerId !== where.containerId),
      executed: false,
      nsPid: 0,
      uid: creator?.uid ?? 0,
      mountNamespace: creator?.mountNamespace ?? 0,
      missing: 0,
    })
  }

  #cgroup(record: CgroupRecord): void {
    const where = this.#options.containers.cgroupChanged(record)
    if (!isContainerId(where.containerId) || !where.own) return
    if (record.phase === 'created') {
      this.#container(where, record.bootNs)?.cgroups.add(cgroupText(record.cgroup))
      return
    }
    const state = this.#containers.get(where.containerId)
    if (state === undefined) return
    state.cgroups.delete(cgroupText(record.cgroup))
    if (state.cgroups.size > 0) return
    this.#containers.delete(where.containerId)
    this.#sockets.forgetContainer(where.containerId)
    this.#options.containers.ended(where.containerId, record.bootNs)
  }

  #loss(record: LossRecord): void {
    if (record.lostKind === 'fork' || record.lostKind === 'cgroup') {
      this.#lost[record.lostKind] += record.count
      return
    }
    const { lostKind, count } = record
    const where = this.#placeOfLoss(record.cgroups)
    const isShown = this.#shows(where.containerId)
    if (lostKind === 'exec' || lostKind === 'exit') {
      this.#captured[lostKind] += count
      if (!isShown) this.#filtered[lostKind] += count
    } else this.#sockets.lost(lostKind, count, isShown)
    if (!isShown) return
    this.#lost[lostKind] += count
    const [fromUs, toUs] = [this.timeUs(record.fromNs), this.timeUs(record.toNs)]
    const hole = { reason: 'ring_full', lost: count, fromUs, toUs, affects: [lostKind] } as const
    this.#gap({ ...hole, bootNs: record.toNs }, where)
  }

  /** What is lost of a cgroup that nobody knows may be anybody's. */
  #placeOfLoss(cgroups: readonly CgroupKey[]): Place {
    if (cgroups.length === 0) return nodePlace
    const where = this.#options.containers.attribute(cgroups, 0)
    return where.known ? where : nodePlace
  }

  #attribute(record: {
    readonly cgroups: readonly CgroupKey[]
    readonly cgroupPath?: string
    readonly process: ProcessKey
  }): CgroupAttribution {
    const { containers } = this.#options
    return record.cgroupPath !== undefined && record.cgroups.length === 0
      ? containers.attributePath(record.cgroupPath)
      : containers.attribute(record.cgroups, record.process.pid)
  }

  #container(where: CgroupAttribution, bootNs: number): ContainerState | undefined {
    if (!isContainerId(where.containerId)) return undefined
    const known = this.#containers.get(where.containerId)
    if (known !== undefined) return known
    if (this.#containers.size >= this.#options.containersMax) {
      const oldest = this.#containers.keys().next().value
      if (oldest !== undefined) this.#containers.delete(oldest)
    }
    const state = { initSeen: false, cgroups: new Set<string>() }
    this.#containers.set(where.containerId, state)
    this.#options.containers.started(where, bootNs)
    return state
  }

  #shows(containerId: string): boolean {
    return this.#options.includeHost || containerId !== hostContainerId
  }
}
