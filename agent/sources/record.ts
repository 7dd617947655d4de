/**
 * What a source hands to the tracker: bare kernel facts, before lineage, names and redaction. Sources only produce
 * records; the tracker is the one owner of live state and turns them into events.
 */
import type {
  ConnectOutcome,
  Endpoint,
  FileKey,
  FileOrigin,
  Namespaces,
  ProcessKey,
  SourceName,
  Transport,
} from '#proto/event.ts'

/**
 * A cgroup of one hierarchy. Ids collide between hierarchies, so the key is the pair. Hierarchy 0 is cgroup v2, where
 * the id is the inode number of the directory; on v1 it is the hierarchy's number in /proc/PID/cgroup.
 */
export interface CgroupKey {
  readonly hierarchy: number
  readonly id: number
}

export interface ForkRecord {
  readonly kind: 'fork'
  readonly bootNs: number
  readonly child: ProcessKey
  readonly parent?: ProcessKey
  readonly creator: ProcessKey
  /** The child's cgroups, v2 first where there is one; at least one. */
  readonly cgroups: readonly CgroupKey[]
}

/** One running program, however it was learnt: from its exec, from iter/task, or from /proc. */
export interface ProgramFacts {
  readonly process: ProcessKey
  readonly parent?: ProcessKey
  readonly cgroups: readonly CgroupKey[]
  /** Path from /proc/PID/cgroup where that was read (procfs); otherwise cgroups name it. */
  readonly cgroupPath?: string
  readonly nsPid: number
  readonly uid: number
  readonly gid: number
  readonly euid: number
  readonly loginUid?: number
  readonly capabilities: number
  readonly namespaces: Namespaces
  readonly exe: string
  readonly file?: FileKey
  readonly fileMode: number
  /** `host` is decided by the tracker, which knows containers. */
  readonly fileOrigin: FileOrigin
  /** The raw argument area, NUL-separated, cut at the capture limit. Valid only during the call. */
  readonly argvBytes: Uint8Array
  /** Its length in the kernel. */
  readonly argvLength: number
  readonly script?: string
  readonly interpreter?: string
  readonly cwd: string
  readonly tty: string
  readonly stdioSockets: number
  readonly comm: string
}

export interface ExecRecord extends ProgramFacts {
  readonly kind: 'exec'
  readonly bootNs: number
}

/** A process that was already there. Emitted as an exec event with `snapshot: true`, or only learnt. */
export interface AliveRecord extends ProgramFacts {
  readonly kind: 'alive'
  readonly bootNs: number
  /** True when no exec separates it from its parent, as far as can be told; undefined when unknown. */
  readonly forked?: boolean
}

export interface ExitRecord {
  readonly kind: 'exit'
  readonly bootNs: number
  readonly process: ProcessKey
  readonly parent?: ProcessKey
  readonly cgroups: readonly CgroupKey[]
  readonly nsPid: number
  readonly uid: number
  /** The status as wait(2) returns it: (code << 8) | signal | 0x80 if core dumped; null when not seen. */
  readonly status: number | null
  readonly userNs: number
  readonly systemNs: number
  readonly maxRssBytes: number
  readonly maxRssInherited: boolean
  readonly comm: string
}

export interface CgroupRecord {
  readonly kind: 'cgroup'
  readonly bootNs: number
  readonly phase: 'created' | 'removed'
  readonly cgroup: CgroupKey
  /** Absolute in its hierarchy, as the host sees it. */
  readonly path: string
}

/** What every record of a socket says. Addresses are text as in Endpoint; v4-mapped IPv6 is written as IPv4. */
export interface SocketFacts {
  readonly bootNs: number
  /** Who made it, or who holds it where that is known better; absent when neither is known. */
  readonly process?: ProcessKey
  /** The socket's own (v2), else those of the process that made it (v1); empty for sources that only know the process. */
  readonly cgroups: readonly CgroupKey[]
  readonly transport: Transport
  readonly local: Endpoint
  /** Inode of its network namespace; 0 when unknown. Ports mean something only within one. */
  readonly netNamespace: number
  /** True when it was met by a look at what is there, not by what happened. */
  readonly snapshot: boolean
}

/** One connection; `socket` ties its records together, 0 when the source cannot. */
export interface ConnectionFacts extends SocketFacts {
  readonly socket: number
  readonly peer: Endpoint
}

export interface ConnectRecord extends ConnectionFacts {
  readonly kind: 'connect'
  readonly outcome: ConnectOutcome
  /** SYN to outcome; null when not measured. */
  readonly latencyNs: number | null
}

export interface AcceptRecord extends ConnectionFacts {
  readonly kind: 'accept'
}

/** A connection that ended, or (`ongoing`) a reading of one that goes on. */
export interface CloseRecord extends ConnectionFacts {
  readonly kind: 'close'
  readonly ongoing: boolean
  /** `unknown` for connections older than the source's memory: the tracker decides by the ports that listen. */
  readonly direction: 'outbound' | 'inbound' | 'unknown'
  /** Totals of the socket so far, payload without retransmits; null when the source cannot tell. */
  readonly sentBytes: number | null
  readonly receivedBytes: number | null
  /** The part of the totals that earlier `ongoing` records of this socket told. */
  readonly toldSentBytes: number
  readonly toldReceivedBytes: number
  /** Datagrams since the previous record of this flow; null for TCP. */
  readonly sentPackets: number | null
  readonly receivedPackets: number | null
  /** When it was established, ns since boot; null when that was not seen. */
  readonly openedNs: number | null
  readonly closedBy: 'local' | 'peer' | 'unknown'
}

export interface ListenRecord extends SocketFacts {
  readonly kind: 'listen'
  readonly phase: 'started' | 'stopped'
}

/** A DNS message that a client sent or received; not yet parsed. */
export interface DnsRecord extends ConnectionFacts {
  readonly kind: 'dns'
  readonly direction: 'query' | 'reply'
  /** The UDP payload, cut at the capture limit. Valid only during the call. */
  readonly message: Uint8Array
  /** Its whole length. */
  readonly messageBytes: number
}

/** What can be lost: kinds of events, and the lineage records behind them. */
export type LostKind =
  | 'exec'
  | 'exit'
  | 'fork'
  | 'cgroup'
  | 'connect'
  | 'accept'
  | 'close'
  | 'listen'
  | 'dns'

/** Records the kernel could not put into the ring, since the last report, for one cgroup and one kind. */
export interface LossRecord {
  readonly kind: 'loss'
  readonly cgroups: readonly CgroupKey[]
  readonly lostKind: LostKind
  readonly count: number
  readonly fromNs: number
  readonly toNs: number
}

export type SourceRecord =
  | ForkRecord
  | ExecRecord
  | AliveRecord
  | ExitRecord
  | CgroupRecord
  | ConnectRecord
  | AcceptRecord
  | CloseRecord
  | ListenRecord
  | DnsRecord
  | LossRecord

export type RecordSink = (record: SourceRecord) => void

/** A capture path, driven by the agent's loop: nothing arrives unless drain() is called. */
export interface Source {
  readonly name: SourceName
  /** Wall-clock independent start of uninterrupted watching, ns since boot. */
  readonly watchingSinceNs: number
  /**
   * Hands available records to the sink, oldest first: as many as `limit` of the largest kind would weigh; returns
   * whether more wait.
   * Nothing is consumed for good until commit().
   */
  drain(sink: RecordSink, limit: number): boolean
  /** Ring identity and position after the last drained record; {0, 0} without a ring. */
  position(): { readonly ringId: number; readonly ringPosition: number }
  /** Everything drained so far is safe in the spool: the kernel may reuse its room. */
  commit(): void
  /** Losses that no earlier call returned, about `limit` at most; call once a second, and before close until there are none. */
  losses(limit: number): readonly LossRecord[]
  /** Everything that runs now, as `alive` records, sharing identities with the exec and exit records. */
  snapshot(sink: RecordSink): void
  /** Releases what belongs to this process; pinned kernel objects stay. */
  close(): void
}
