/**
 * What a source hands to the tracker: bare kernel facts, before lineage, names and redaction. Sources only produce
 * records; the tracker is the one owner of live state and turns them into events.
 */
import type { FileKey, FileOrigin, Namespaces, ProcessKey, SourceName } from '#proto/event.ts'

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

/** Records the kernel could not put into the ring, since the last report, for one cgroup and one kind. */
export interface LossRecord {
  readonly kind: 'loss'
  readonly cgroups: readonly CgroupKey[]
  readonly lostKind: 'exec' | 'exit' | 'fork' | 'cgroup'
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
  | LossRecord

export type RecordSink = (record: SourceRecord) => void

/** A capture path, driven by the agent's loop: nothing arrives unless drain() is called. */
export interface Source {
  readonly name: SourceName
  /** Wall-clock independent start of uninterrupted watching, ns since boot. */
  readonly watchingSinceNs: number
  /**
   * Hands every available record to the sink, oldest first, at most `limit` of them; returns whether more wait.
   * Nothing is consumed for good until commit().
   */
  drain(sink: RecordSink, limit: number): boolean
  /** Ring identity and position after the last drained record; {0, 0} without a ring. */
  position(): { readonly ringId: number; readonly ringPosition: number }
  /** Everything drained so far is safe in the spool: the kernel may reuse its room. */
  commit(): void
  /** Losses since the last call that returned them; call once a second, and once before close. */
  losses(): readonly LossRecord[]
  /** Everything that runs now, as `alive` records, sharing identities with the exec and exit records. */
  snapshot(sink: RecordSink): void
  /** Releases what belongs to this process; pinned kernel objects stay. */
  close(): void
}
