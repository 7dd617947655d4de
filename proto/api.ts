/**
 * The JSON answers of /api/v1, shared by the collector that gives them and the command line and page that read them.
 * Names are the proto's field names in camelCase; times are RFC 3339 with microseconds; unknown is null, absent is absent.
 */
import type {
  ConnectOutcome,
  ContainerType,
  EntryKind,
  EventKind,
  FileOrigin,
  GapReason,
  PodEventSeverity,
  SourceName,
} from './event.ts'

export interface ProcessInfo {
  /** See processId() in event.ts. */
  readonly id: string
  readonly parentId: string | null
  /** Who forked it, where that differs from the parent. */
  readonly creatorId?: string
  /** The nearest forebear that executed something, where the creator only forked. */
  readonly ancestorId?: string
  readonly pid: number
  readonly parentPid: number | null
  readonly nsPid?: number
  readonly uid: number | null
  readonly gid?: number
  readonly euid?: number
  readonly loginUid?: number
  readonly exe: string
  readonly argv?: readonly string[]
  readonly argvBytes?: number
  readonly argvTruncated?: boolean
  readonly argvEscaped?: boolean
  readonly argvRedacted?: number
  readonly script?: string
  readonly interpreter?: string
  readonly cwd?: string
  readonly tty?: string
  readonly entry?: EntryKind
  readonly runtime?: boolean
  readonly snapshot?: boolean
  readonly fileOrigin?: FileOrigin
  readonly fileMode?: number
  /** Lower-case hex; null when it could not be read, absent when not yet known. */
  readonly sha256?: string | null
  /** Hex mask, `0x1ffffffffff`. */
  readonly capabilities?: string
  readonly namespaces?: Readonly<Record<string, number>>
  /** Which of stdin, stdout, stderr are Internet sockets. */
  readonly stdioSockets?: readonly ('stdin' | 'stdout' | 'stderr')[]
}

interface TimelineBase {
  readonly kind: EventKind
  readonly time: string
  /** `kubernetes`: not captured on a node, but told by the API server. */
  readonly source: SourceName | 'kubernetes'
  readonly node: string
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
  readonly containerId: string
  /** Place in the agent's sequence, so that anyone can check that nothing lies between. */
  readonly agent: string
  readonly epoch: number
  readonly seq: number
}

export interface TimelineExec extends TimelineBase {
  readonly kind: 'exec'
  readonly process: ProcessInfo
}

export interface TimelineExit extends TimelineBase {
  readonly kind: 'exit'
  readonly process: ProcessInfo
  readonly exitCode: number | null
  readonly signal: number
  readonly signalName: string | null
  readonly coreDumped: boolean
  readonly lifetimeUs: number | null
  readonly userUs: number
  readonly systemUs: number
  readonly maxRssBytes: number
  readonly maxRssInherited: boolean
  readonly forked: boolean
  readonly inferred: boolean
}

/**
 * What a peer is, as far as can be told when it is asked. `pod`: exactly one workload had the address at that time. `service`: it is a
 * Service's, as the cluster told.
 * `node`: an address of a node, or one that several workloads had at once. `api-server`: the configured address and port,
 * or looked up as kubernetes.default.svc. `dns`: port 53. `metadata`: the cloud's metadata service. `external`: a public
 * address. `private`: not known.
 */
export type PeerKind =
  | 'pod'
  | 'service'
  | 'node'
  | 'metadata'
  | 'api-server'
  | 'dns'
  | 'loopback'
  | 'external'
  | 'private'

export interface TimelineConnection extends TimelineBase {
  readonly kind: 'connect' | 'accept' | 'close' | 'listen'
  readonly process: ProcessInfo | null
  readonly transport: string
  readonly socket: number
  readonly local: { readonly address: string; readonly port: number }
  readonly peer?: {
    readonly address: string
    readonly port: number
    readonly name: string
    /** Of the pod that had the address at that time; empty when none or several can be meant. */
    readonly workload: string
    /** Of the workload or Service, where one is named. */
    readonly namespace?: string
    /** Name of the Service that had the address at that time. */
    readonly service?: string
    /** Name of the node that had the address at that time. */
    readonly node?: string
    /** Absent where it takes a join that was not made, in the live tail. */
    readonly kind?: PeerKind
  }
  readonly outcome?: ConnectOutcome
  /** How many identical short connections this event stands for. */
  readonly count: number
  /** It was there when Mayfly began to look. */
  readonly snapshot: boolean
  /** SYN to outcome, the mean where count exceeds 1. */
  readonly latencyUs?: number | null
  readonly maxLatencyUs?: number | null
  readonly direction?: 'outbound' | 'inbound'
  /** Still open: bytes and packets are those since the previous event of this connection. */
  readonly ongoing?: boolean
  /** Payload without retransmits; null when the source cannot tell. */
  readonly sentBytes?: number | null
  readonly receivedBytes?: number | null
  /** Datagrams; null for TCP. */
  readonly sentPackets?: number | null
  readonly receivedPackets?: number | null
  /** The sum where count exceeds 1. */
  readonly durationUs?: number | null
  readonly minDurationUs?: number | null
  readonly maxDurationUs?: number | null
  readonly closedBy?: 'local' | 'peer' | 'unknown'
  readonly phase?: string
}

export interface TimelineDns extends TimelineBase {
  readonly kind: 'dns'
  readonly process: ProcessInfo | null
  readonly peer: { readonly address: string; readonly port: number }
  readonly name: string
  readonly type: string
  readonly rcode: string
  readonly answers: readonly string[]
  readonly latencyUs: number | null
  readonly count: number
}

export interface TimelineContainer extends TimelineBase {
  readonly kind: 'container'
  readonly phase: 'started' | 'named' | 'ended'
  readonly image: string
  readonly imageId: string
  readonly type: ContainerType
  readonly runtime: string
}

/** What Kubernetes says happened to a pod, or to a container of it. */
export interface TimelinePod extends TimelineBase {
  readonly kind: 'pod'
  /** As Kubernetes writes it: `OOMKilled`, `Evicted`, `BackOff`… */
  readonly reason: string
  readonly message: string
  readonly severity: PodEventSeverity
  /** `kubelet`, or the controller that says so. */
  readonly reporter: string
  /** How often until then, since firstSeen. */
  readonly count: number
  readonly firstSeen: string
  /** Of a container that ended; null otherwise. */
  readonly exitCode: number | null
}

export interface TimelineGap extends TimelineBase {
  readonly kind: 'gap'
  readonly reason: GapReason | 'not_covered'
  /** Null when it cannot be known. */
  readonly lost: number | null
  readonly from: string
  readonly to: string
  readonly affects: readonly EventKind[]
}

export type TimelineEvent =
  | TimelineExec
  | TimelineExit
  | TimelineConnection
  | TimelineDns
  | TimelineContainer
  | TimelinePod
  | TimelineGap

/** What one source saw of one node within the asked range. */
export interface Coverage {
  readonly node: string
  /** `none`: nobody watched in this range. */
  readonly source: SourceName | 'none'
  /** `complete`: every event of the kinds in `complete` is here or in a gap; `sampled`: what was seen now and then. */
  readonly mode: 'complete' | 'sampled' | 'none'
  readonly complete: readonly EventKind[]
  readonly from: string
  readonly to: string
  /** Sum over the gaps in this range, null as soon as one of them is unknown. */
  readonly lost: number | null
  /** How many gap records lie in this range. */
  readonly gaps: number
}

export interface TimelineAnswer {
  readonly coverage: readonly Coverage[]
  readonly events: readonly TimelineEvent[]
  readonly next: string | null
}

/** Somebody who did what was asked about: one row per what, workload, container name and executable. */
interface WhoBase {
  readonly firstSeen: string
  readonly lastSeen: string
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  /** Name of the container within its pod; `host` for processes outside containers. */
  readonly container: string
  /** How many different ones; 0 pods and containers for processes outside containers. */
  readonly pods: number
  readonly containers: number
  readonly nodes: number
  /** Where it was seen last. */
  readonly last: { readonly node: string; readonly pod: string; readonly containerId: string }
  readonly exe: string
}

export interface WhoConnection extends WhoBase {
  readonly kind: 'connection'
  /**
   * Connections opened in the asked range. Where none was, because they are older or because only their end is recorded
   * (UDP to port 53): those that ended in it, and 1 where one only went on.
   */
  readonly count: number
  readonly direction: 'outbound' | 'inbound'
  readonly transport: string
  /** The port that is served: the peer's where outbound, the own where inbound. */
  readonly port: number
  readonly peer: {
    readonly address: string
    readonly name: string
    /** As in the timeline; named only if it was the same at the first and at the last sighting. */
    readonly workload: string
    readonly namespace?: string
    readonly service?: string
    readonly node?: string
    readonly kind: PeerKind
  }
  /** How many of the opened ended how; outbound only. */
  readonly outcomes: Readonly<Partial<Record<ConnectOutcome, number>>>
  /** Told at the end of connections and while long ones go on; null when no source could tell. */
  readonly sentBytes: number | null
  readonly receivedBytes: number | null
}

export interface WhoDns extends WhoBase {
  readonly kind: 'dns'
  /** Questions. */
  readonly count: number
  readonly name: string
  /** Questions by rcode; `unanswered` for none. */
  readonly outcomes: Readonly<Record<string, number>>
}

export interface WhoExec extends WhoBase {
  readonly kind: 'exec'
  /** Executions; a process that ran before Mayfly looked is one. */
  readonly count: number
  /** Lower-case hex; null when it could not be read, absent when not yet known. */
  readonly sha256?: string | null
}

export type WhoRow = WhoConnection | WhoDns | WhoExec

export interface WhoAnswer {
  readonly coverage: readonly Coverage[]
  /** The latest seen first. */
  readonly rows: readonly WhoRow[]
  /** True when more match than `limit` allowed. */
  readonly truncated: boolean
}

export interface ContainerInfo {
  readonly containerId: string
  readonly node: string
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
  readonly workload: string
  readonly workloadType: string
  readonly image: string
  readonly imageId: string
  readonly type: ContainerType
  readonly runtime: string
  readonly labels: Readonly<Record<string, string>>
  readonly podIps: readonly string[]
  /** Addresses of its node; empty where the kubelet has not told. */
  readonly hostIps: readonly string[]
  /** The pod is on its node's network; false where the kubelet has not told. */
  readonly hostNetwork: boolean
  /** A ServiceAccount token is mounted into it; false where the kubelet has not told. */
  readonly serviceAccountToken: boolean
  readonly nameSource: string
  readonly firstSeen: string
  readonly lastSeen: string
  readonly ended: boolean
}

export interface WorkloadInfo {
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly containers: number
  readonly firstSeen: string
  readonly lastSeen: string
}

export interface SourceHealth {
  readonly name: SourceName
  readonly state: 'running' | 'degraded' | 'failed'
  /** One line: what is missing and what to do about it; empty when all is well. */
  readonly detail: string
}

/** What an agent says of one of its epochs; totals are in units of events' counts, since the epoch began. */
export interface AgentEpoch {
  readonly epoch: number
  readonly lastSeq: number
  readonly captured: number
  readonly filtered: number
}

export interface AgentInfo {
  readonly agent: string
  readonly node: string
  readonly epoch: number
  readonly version: string
  readonly kernel: string
  readonly sources: readonly SourceHealth[]
  readonly connected: boolean
  readonly lastSeen: string
  /** The epochs it has not delivered in full, oldest first, and the current one, as of its last status. */
  readonly epochs: readonly AgentEpoch[]
  /** Kernel records that were neither read nor counted as dropped; anything but 0 is a fault. */
  readonly kernelUnaccounted: number
  /** The agent's own ledger, cumulative for this run of the agent. */
  readonly captured: number
  readonly filtered: number
  readonly lost: number
  /** Highest sequence number given, and the highest acknowledged. */
  readonly lastSeq: number
  readonly ackedSeq: number
}

/**
 * The ledger of one epoch of one agent, in units of events' counts:
 * captured = stored + filtered + gaps + expired + inFlight + unaccounted. Unaccounted is 0, or Mayfly has lost something
 * silently.
 */
export interface AuditRow {
  readonly agent: string
  readonly node: string
  readonly epoch: number
  /** When its first and last rows were received: days, as `2026-11-25`. */
  readonly firstDay: string
  readonly lastDay: string
  /** All that the agent has seen of this epoch, by its last word. */
  readonly captured: number
  /** In the store now. */
  readonly stored: number
  /** Left out on purpose. */
  readonly filtered: number
  /** In gap records with a known number. */
  readonly gaps: number
  readonly gapsByReason: Readonly<Partial<Record<GapReason, number>>>
  /** Gap records of which nobody can know how much they hide, by reason. They are not in the sum. */
  readonly lostUnknown: Readonly<Partial<Record<GapReason, number>>>
  /** Was stored, and gone by retention. */
  readonly expired: number
  /** With the agent, or on its way. */
  readonly inFlight: number
  readonly unaccounted: number
  /** Acknowledged to another store before this one: not in the sum. */
  readonly elsewhere: number
  /** Sequence numbers that are durable, and how many between the first and the last are not. */
  readonly firstSeq: number
  readonly lastSeq: number
  readonly missingSeqs: number
  /** See AgentInfo; 0 for epochs that are not an agent's current one. */
  readonly kernelUnaccounted: number
  /** What counting every row found; absent unless asked for. */
  readonly deep?: {
    /** Rows that are there more than once; readers see them once, and so does this count. */
    readonly duplicates: number
    /** By kind, and the units of gaps as `gap`. */
    readonly units: Readonly<Record<string, number>>
  }
}

export interface AuditAnswer {
  readonly rows: readonly AuditRow[]
  /** The statement that counted, for anybody to run again. */
  readonly query: string
  readonly deep: boolean
}

/** One resource of the cluster that is followed. */
export interface ClusterWatch {
  readonly resource: string
  /** `stale`: what is known may be out of date; `forbidden`: a right is missing. */
  readonly state: 'starting' | 'following' | 'stale' | 'forbidden'
  /** Why it is not following; empty while it is. */
  readonly detail: string
  readonly objects: number
  /** Since the API server was last heard about it; null before the first time. */
  readonly ageSeconds: number | null
}

/** What the collector knows of the cluster; only with --cluster-context. */
export interface ClusterStatus {
  readonly nodes: number
  /** Nodes on which nobody watches now, at most 100 of them. */
  readonly nodesWithoutAgent: readonly string[]
  readonly nodesWithoutAgentCount: number
  readonly watches: readonly ClusterWatch[]
}

/** A NetworkPolicy as it is now, without its peers. */
export interface NetworkPolicyInfo {
  readonly namespace: string
  readonly name: string
  /** Labels of the pods that it is for; empty for all of the namespace. */
  readonly podSelector: string
  /** The directions in which only what is allowed goes. */
  readonly restricts: readonly ('ingress' | 'egress')[]
  readonly ingressRules: number
  readonly egressRules: number
}

export interface PoliciesAnswer {
  readonly policies: readonly NetworkPolicyInfo[]
}

/** What a hold keeps: every given field narrows, as in the timeline. At least one is given. */
export interface HoldSelection {
  readonly namespace?: string
  readonly workload?: string
  readonly pod?: string
  readonly container?: string
  readonly node?: string
  /** RFC 3339; inclusive. */
  readonly since?: string
  /** Exclusive. */
  readonly until?: string
}

/** Events that retention leaves alone until the hold is released. */
export interface Hold {
  readonly id: string
  readonly createdAt: string
  /** Why, for whoever finds it. */
  readonly reason: string
  readonly selection: HoldSelection
  /** Events that it keeps now. */
  readonly events: number
  /** Whether a part of the asked range was gone already when the hold began; null when it has no `since`. */
  readonly isLate: boolean | null
}

export interface HoldsAnswer {
  readonly holds: readonly Hold[]
}

export interface ContainersAnswer {
  readonly coverage: readonly Coverage[]
  readonly containers: readonly ContainerInfo[]
  /** True when more match than `limit` allowed. */
  readonly truncated: boolean
}

export interface WorkloadsAnswer {
  readonly coverage: readonly Coverage[]
  readonly workloads: readonly WorkloadInfo[]
  readonly truncated: boolean
}

export interface AgentsAnswer {
  readonly agents: readonly AgentInfo[]
}

export interface StatusAnswer {
  /** Of the collector. */
  readonly version: string
  readonly startedAt: string
  readonly store: {
    readonly state: 'starting' | 'ready' | 'failing' | 'closed'
    /** One line; empty when all is well. */
    readonly detail: string
    readonly engineRestarts: number
    /** Since the collector started. */
    readonly rowsInserted: number
    readonly insertsRetried: number
    readonly sizeBytes: number
  }
  /** Batches that could not be understood or stored, since the collector started; each is a gap in the timeline. */
  readonly quarantine: {
    readonly batches: number
    readonly events: number
    /** What is kept of them on disk now. */
    readonly files: number
    readonly bytes: number
    /** Directory on the collector's disk; empty when nothing is kept. */
    readonly directory: string
    /** The last one, in a sentence; empty for none. */
    readonly last: string
  }
  readonly agents: { readonly known: number; readonly connected: number }
  /** Followers of /tail now. */
  readonly tails: number
  /** Only with --cluster-context. */
  readonly cluster?: ClusterStatus
}

/** Sent by /tail as the event `dropped`: the client read too slowly for this many events. They are stored. */
export interface TailDropped {
  readonly dropped: number
}

export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly field?: string }
}
