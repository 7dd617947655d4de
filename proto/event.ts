/**
 * What Mayfly records: one readonly union, discriminated on `kind`, shared by the agent that makes events, the codec
 * that carries them and the collector that stores them.
 *
 * Units are last in names. Wall times are Unix microseconds (`…Us`): nanoseconds since 1970 do not fit a double.
 * Boot times are nanoseconds since boot (`…Ns`, CLOCK_BOOTTIME): exact for 104 days of uptime and rounded to at most
 * 16 ns in the following four years; a given kernel value always rounds to the same number, so identities stay equal.
 */

/** The kinds a person can ask for (`--kind`). */
export const eventKinds = [
  'exec',
  'exit',
  'connect',
  'accept',
  'close',
  'listen',
  'dns',
  'container',
  'gap',
  'pod',
] as const
export type EventKind = (typeof eventKinds)[number]

/** What may be missing where a whole stretch is: all but gaps, and what Kubernetes tells of pods, which is never captured. */
export const allButGaps: readonly EventKind[] = eventKinds.filter(
  (kind) => kind !== 'gap' && kind !== 'pod',
)

/** Records that travel and are stored like events, but answer other questions than "what happened". */
export type FactKind = 'file' | 'coverage'

/** Which capture path saw it. `procfs` is sampled: what lives between two looks is not seen. */
export type SourceName = 'ebpf' | 'procfs'

/** Process identity within one boot of one node: never a pid alone. */
export interface ProcessKey {
  readonly pid: number
  /** Start of the thread group leader, ns since boot; a multiple of 10,000,000 when only /proc was read. */
  readonly startNs: number
}

/** Identity of an executable's content, as far as the kernel lets us see it without reading the file. */
export interface FileKey {
  /** Device number as in `stat(2)`'s st_dev, encoded (major << 20) | minor as the kernel does internally. */
  readonly device: number
  readonly inode: number
  /** Change time of the inode, Unix microseconds (truncated from nanoseconds). */
  readonly ctimeUs: number
}

/** The container id of processes that belong to no container. */
export const hostContainerId = 'host'
/** The same for processes of which nobody can tell whether they were in a container: their cgroup came and went unseen. */
export const unknownContainerId = 'unknown'

/** What stands in the place of a container's id where an event is about a pod: it may never have had a container. */
export const podIdPrefix = 'pod:'

/** The id that events of a pod are kept under, or of one container of it that has no id yet. */
export const podId = (podUid: string, container: string): string =>
  `${podIdPrefix}${podUid}${container === '' ? '' : `/${container}`}`

export const isPodId = (containerId: string): boolean => containerId.startsWith(podIdPrefix)

/** True for the id of a real container. */
export const isContainerId = (containerId: string): boolean =>
  containerId !== hostContainerId &&
  containerId !== unknownContainerId &&
  containerId !== '' &&
  !isPodId(containerId)

export interface EventBase {
  /** Wall time, Unix microseconds. */
  readonly timeUs: number
  /** Boot time in ns: orders events within a node, whatever the wall clock does. */
  readonly bootNs: number
  readonly source: SourceName
  /** 64 hex digits as a rule; `host` for none; empty when the event concerns the whole node. */
  readonly containerId: string
  /** Empty when unknown or not in Kubernetes. */
  readonly podUid: string
}

export interface Namespaces {
  readonly mnt: number
  readonly pid: number
  readonly net: number
  readonly user: number
  readonly uts: number
  readonly ipc: number
  readonly cgroup: number
}

/**
 * Where an executable's file comes from, as the kernel shows it; `unknown` whenever it cannot be told.
 * `image`: untouched lower layer. `copied-up`: an image file that was changed (content or metadata). `dropped`: only in
 * the container's writable layer. `volume`: another mount than the root. `memfd`: anonymous memory. `host`: no container.
 */
export const fileOrigins = [
  'unknown',
  'image',
  'copied-up',
  'dropped',
  'volume',
  'memfd',
  'host',
] as const
export type FileOrigin = (typeof fileOrigins)[number]

/**
 * How a process came into its container. `init`: the container's first own process. `exec`: its parent is outside the
 * container (kubectl exec, docker exec, a probe). `child`: started by a process of the same container.
 */
export const entryKinds = ['unknown', 'init', 'exec', 'child'] as const
export type EntryKind = (typeof entryKinds)[number]

export interface ExecEvent extends EventBase {
  readonly kind: 'exec'
  readonly process: ProcessKey
  /** The kernel's `real_parent` at the exec; absent when it is the kernel or unknown. */
  readonly parent?: ProcessKey
  /** Who called fork or clone; differs from the parent with CLONE_PARENT (runc) and after re-parenting. */
  readonly creator?: ProcessKey
  /**
   * Its nearest forebear that has executed something, where the creator has only forked, as the worker of a server: of such a
   * process no event tells before its end. Absent where the creator is that forebear, and when unknown.
   */
  readonly ancestor?: ProcessKey
  /** True for what already ran when Mayfly began to look: the exec itself was not seen. */
  readonly snapshot: boolean
  readonly entry: EntryKind
  /** True for container set-up by the runtime (runc, crun) before the entrypoint's own exec. */
  readonly runtime: boolean
  /** Pid inside the innermost pid namespace. */
  readonly nsPid: number
  readonly uid: number
  readonly gid: number
  readonly euid: number
  /** Audit login uid; absent when unset. */
  readonly loginUid?: number
  /** Effective capabilities as a bit mask (bits 0 to 40 today). */
  readonly capabilities: number
  readonly namespaces: Namespaces
  /** Path of the file that runs, as /proc/PID/exe shows it inside the process's root. */
  readonly exe: string
  readonly file?: FileKey
  /** st_mode of that file; 0 when unknown. */
  readonly fileMode: number
  readonly fileOrigin: FileOrigin
  /** Arguments, after redaction. Invalid UTF-8: see argvEscaped. */
  readonly argv: readonly string[]
  /** Length of the whole argument area in the kernel, bytes, NULs included. */
  readonly argvBytes: number
  /** True when argvBytes exceeds what was kept; the last kept element may be cut. */
  readonly argvTruncated: boolean
  /** True when some element was not UTF-8: then, in all elements, `\` is written `\\` and a stray byte `\xNN`. */
  readonly argvEscaped: boolean
  /** How many secrets were replaced in argv. */
  readonly argvRedacted: number
  /** Both only for scripts started through `#!`: the script, and the interpreter as the script names it. */
  readonly script?: string
  readonly interpreter?: string
  readonly cwd: string
  /** Controlling terminal, such as `pts/3`; empty for none. */
  readonly tty: string
  /** Bit 0, 1, 2 set: stdin, stdout, stderr is an AF_INET or AF_INET6 socket. */
  readonly stdioSockets: number
}

export interface ExitEvent extends EventBase {
  readonly kind: 'exit'
  readonly process: ProcessKey
  readonly parent?: ProcessKey
  readonly exe: string
  readonly nsPid: number
  readonly uid: number
  /** What exit(2) said for the whole thread group; null when a signal ended it or it was not seen. */
  readonly exitCode: number | null
  /** Signal number that ended it; 0 for none. */
  readonly signal: number
  readonly coreDumped: boolean
  /** From the start of the process (fork) to its end; null when the start is unknown. */
  readonly lifetimeUs: number | null
  readonly userUs: number
  readonly systemUs: number
  readonly maxRssBytes: number
  /** True when maxRss may be the parent's: the kernel copies the high-water mark at fork. */
  readonly maxRssInherited: boolean
  /** True when the process never executed a program of its own. */
  readonly forked: boolean
  /** As in ExecEvent. */
  readonly runtime: boolean
  /** True when the end was inferred from absence (procfs): time is when it was missed. */
  readonly inferred: boolean
}

export const connectOutcomes = [
  'unknown',
  'established',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'aborted',
] as const
export type ConnectOutcome = (typeof connectOutcomes)[number]

export const transports = ['tcp', 'udp'] as const
export type Transport = (typeof transports)[number]

/** One end of a connection. Addresses are text: IPv4 dotted, IPv6 per RFC 5952. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

interface ConnectionBase extends EventBase {
  readonly process?: ProcessKey
  readonly transport: Transport
  /**
   * Identity of the socket (TCP) or flow (UDP) on this node, given by the probe; 0 when unknown or when the event stands
   * for several. Ties open, deltas and close together.
   */
  readonly socket: number
  /** True for what was open when Mayfly began to look: the time is that of the look. */
  readonly snapshot: boolean
  readonly local: Endpoint
  readonly peer: Endpoint
  /** Name the peer was looked up by; empty when unknown. */
  readonly peerName: string
  /** How many identical short connections this event stands for, at least 1. */
  readonly count: number
  readonly exe: string
}

export interface ConnectEvent extends ConnectionBase {
  readonly kind: 'connect'
  /** UDP knows no handshake: its flows are `unknown`. */
  readonly outcome: ConnectOutcome
  /** SYN to outcome, the mean where `count` exceeds 1; null when not measured. */
  readonly latencyUs: number | null
  /** The longest of those this event stands for; null when not measured. */
  readonly maxLatencyUs: number | null
}

export interface AcceptEvent extends ConnectionBase {
  readonly kind: 'accept'
}

export interface CloseEvent extends ConnectionBase {
  readonly kind: 'close'
  /** True while it is still open: sent and received are then deltas since the previous such event. */
  readonly ongoing: boolean
  readonly direction: 'outbound' | 'inbound'
  /** Payload, without retransmits; null when the source cannot tell (procfs). */
  readonly sentBytes: number | null
  readonly receivedBytes: number | null
  /** Datagrams of a UDP flow; null for TCP. */
  readonly sentPackets: number | null
  readonly receivedPackets: number | null
  /** Established to closed, or first to last datagram; the sum where `count` exceeds 1. */
  readonly durationUs: number | null
  readonly minDurationUs: number | null
  readonly maxDurationUs: number | null
  readonly closedBy: 'local' | 'peer' | 'unknown'
}

export interface ListenEvent extends EventBase {
  readonly kind: 'listen'
  readonly process?: ProcessKey
  readonly transport: Transport
  readonly local: Endpoint
  readonly exe: string
  readonly phase: 'started' | 'stopped'
  /** As in connections. */
  readonly snapshot: boolean
}

export interface DnsEvent extends EventBase {
  readonly kind: 'dns'
  readonly process?: ProcessKey
  readonly exe: string
  readonly peer: Endpoint
  readonly name: string
  /** RR type as text: `A`, `AAAA`, `TYPE65`. */
  readonly type: string
  /** `NOERROR`, `NXDOMAIN`, …; empty when unanswered. */
  readonly rcode: string
  readonly answers: readonly string[]
  readonly latencyUs: number | null
  readonly count: number
}

export const containerTypes = ['unknown', 'container', 'init', 'ephemeral', 'sandbox'] as const
export type ContainerType = (typeof containerTypes)[number]

/** Where a container's names come from, weakest first: a stronger one never yields to a weaker one. */
export const nameSources = ['cgroup', 'oci', 'kubelet'] as const
export type NameSource = (typeof nameSources)[number]

/** A container's names. All of it may arrive long after the container's events, and after its death. */
export interface ContainerNames {
  readonly namespace: string
  readonly pod: string
  /** Name of the container within its pod, or its own name outside Kubernetes. */
  readonly container: string
  /** The controller a person knows: `payments-api`, not `payments-api-7d9f`. */
  readonly workload: string
  /** As kubernetes-mixin writes it: `deployment`, `statefulset`, `daemonset`, `cronjob`, `job`, `pod`, `staticpod`… */
  readonly workloadType: string
  /** As the person wrote it: `registry/name:tag`. */
  readonly image: string
  /** Digest form, `registry/name@sha256:…` or `sha256:…`. */
  readonly imageId: string
  readonly type: ContainerType
  /** `containerd`, `cri-o`, `docker`, `podman`, `crun`, `runc`… */
  readonly runtime: string
  readonly labels: Readonly<Record<string, string>>
  readonly podIps: readonly string[]
  /** Addresses of its node, `status.hostIPs`; empty where the kubelet has not told. */
  readonly hostIps: readonly string[]
  /** The pod is on its node's network: its addresses are the node's. False where the kubelet has not told. */
  readonly hostNetwork: boolean
  /** A ServiceAccount token is mounted into it. False where the kubelet has not told. */
  readonly serviceAccountToken: boolean
  readonly nameSource: NameSource
}

export interface ContainerEvent extends EventBase, ContainerNames {
  readonly kind: 'container'
  /** `started`: first process or cgroup seen. `named`: names became known or better. `ended`: its cgroup is gone. */
  readonly phase: 'started' | 'named' | 'ended'
  readonly cgroupPath: string
}

export const gapReasons = [
  'ring_full',
  'agent_absent',
  'agent_restart',
  'blind',
  'queue_full',
  'spool_full',
  'spool_corrupt',
  'spool_failed',
  'decode_failed',
  'poison',
  'overload',
  'clock',
  'spool_expired',
] as const
export type GapReason = (typeof gapReasons)[number]

/** An honest hole: what is not in the record, how many, where, when and why. */
export interface GapEvent extends EventBase {
  readonly kind: 'gap'
  readonly reason: GapReason
  /** Exact number of events missing, in units of their counts; null when it cannot be known. */
  readonly lost: number | null
  /** Sequence numbers that it stands in the place of, at least 1: its own, which is the last of them, and those before. */
  readonly replaces: number
  readonly fromUs: number
  readonly toUs: number
  /** The kinds that may be missing. */
  readonly affects: readonly EventKind[]
}

export const podEventSeverities = ['normal', 'warning'] as const
export type PodEventSeverity = (typeof podEventSeverities)[number]

/**
 * What Kubernetes says happened to a pod or to a container of it: told by the kubelet's pod list (`OOMKilled`), or by the API
 * server's Events (`Evicted`, `BackOff`). A word about something, not a capture of it: it counts for nothing in the ledger.
 */
export interface PodEvent extends EventBase {
  readonly kind: 'pod'
  /** As Kubernetes writes it. */
  readonly reason: string
  readonly message: string
  readonly severity: PodEventSeverity
  /** `kubelet`, or the controller that says so. */
  readonly reporter: string
  /** How often until now, where Kubernetes counts repetitions in one object; at least 1. */
  readonly count: number
  /** When it happened first. */
  readonly firstUs: number
  /** Of a container that ended; null otherwise. */
  readonly exitCode: number | null
}

/** Content hash of an executable, joined to exec events by node, boot and FileKey. */
export interface FileFact extends EventBase {
  readonly kind: 'file'
  readonly path: string
  readonly file: FileKey
  readonly sizeBytes: number
  /** Lower-case hex; empty unless `hashed`. */
  readonly sha256: string
  /** `missed`: gone before it could be read. `skipped`: over the size limit or the CPU budget. */
  readonly state: 'hashed' | 'missed' | 'skipped'
}

/** A source watched the node from one time to another, without interruption. Later facts extend earlier ones. */
export interface CoverageFact extends EventBase {
  readonly kind: 'coverage'
  readonly fromUs: number
  readonly toUs: number
  /** Kinds of which every instance in that range is recorded or lies in a gap; empty for a sampling source. */
  readonly complete: readonly EventKind[]
}

export type Event =
  | ExecEvent
  | ExitEvent
  | ConnectEvent
  | AcceptEvent
  | CloseEvent
  | ListenEvent
  | DnsEvent
  | ContainerEvent
  | GapEvent
  | PodEvent
  | FileFact
  | CoverageFact

/**
 * A run of events with consecutive sequence numbers: what one drain produced, one record of the spool, one unit of
 * the wire. `seq` of events[i] is firstSeq + i.
 */
export interface Chunk {
  readonly firstSeq: number
  /** Kernel boot id (UUID text) under which boot times and process keys hold. */
  readonly boot: string
  /** Which pinned ring the events came from, and up to which byte position it was consumed; 0 and 0 without one. */
  readonly ringId: number
  readonly ringPosition: number
  readonly events: readonly Event[]
}

/** The node-wide unique, printable identity of a process: 12 hex digits of the boot id, pid, start in base 36. */
export const processId = (boot: string, key: ProcessKey): string =>
  `${boot.replaceAll('-', '').slice(0, 12)}-${key.pid}-${key.startNs.toString(36)}`
