/**
 * The store's contract: what ingest writes and what the API reads. One implementation speaks ClickHouse's HTTP
 * interface to the embedded engine's child or to a cluster; the SQL is the same.
 */

import type {
  AgentInfo,
  AuditAnswer,
  ContainerInfo,
  Coverage,
  Hold,
  TimelineEvent,
  WhoRow,
  WorkloadInfo,
} from '#proto/api.ts'
import type { Chunk, EventKind } from '#proto/event.ts'
import type { Totals } from '#proto/frame.ts'
import type { AddressLife } from './address-lives.ts'
import type { BaselineQuery, StoredBaseline } from './baselines.ts'
import type { CorrectedNames } from './corrected-names.ts'
import type { FindingQuery, StoredFinding } from './findings.ts'

/** A chunk together with who sent it. */
export interface AgentChunk extends Chunk {
  readonly agent: string
  readonly node: string
  readonly epoch: number
  /** The epoch's totals before its first and after its last event. */
  readonly before: Totals
  readonly after: Totals
}

/** How far an agent's epoch is durable. */
export interface Durable {
  /** Highest sequence number; 0 for none. */
  readonly seq: number
  /** The epoch's totals after it. */
  readonly totals: Totals
}

/** A hold without what only the store can tell. */
export type NewHold = Pick<Hold, 'reason' | 'selection'>

/**
 * What the API server's Events tell of a pod, one state of one Event: Kubernetes counts repetitions in the same object. Never
 * of a container's end by memory: that only a container's status tells, which agents read from their kubelet.
 */
export interface PodEventRecord {
  /** The Event object's. */
  readonly uid: string
  /** When it happened last, Unix microseconds. */
  readonly timeUs: number
  /** When it happened first, Unix microseconds. */
  readonly firstUs: number
  /** How often until then, at least 1. */
  readonly count: number
  readonly severity: 'normal' | 'warning'
  /** As Kubernetes writes it: `Evicted`, `BackOff`, `FailedScheduling`… */
  readonly reason: string
  readonly message: string
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  /** Name of the container that it is about; empty for the whole pod. */
  readonly container: string
  /** Empty where it does not say. */
  readonly node: string
  /** The controller or kubelet that says so. */
  readonly reporter: string
  /** Of the pod, as the cluster's controllers tell; both empty when unknown. */
  readonly workload: string
  readonly workloadType: string
}

/** What to read: every given field narrows. Times are Unix microseconds, `since` inclusive, `until` exclusive. */
export interface EventQuery {
  readonly namespace?: string
  readonly workload?: string
  readonly pod?: string
  /** A container's name, its full id, or a prefix of its id of at least 6 hex digits. */
  readonly container?: string
  readonly node?: string
  readonly sinceUs?: number
  readonly untilUs?: number
  readonly kinds?: readonly EventKind[]
  /** Free text, searched case-insensitively in exe and in argv joined by spaces. */
  readonly text?: string
  readonly limit: number
  /** From a previous page's `next`. */
  readonly cursor?: string
  /** Oldest first by default. */
  readonly newestFirst?: boolean
}

/**
 * "Who else?": at least one of these, as who-question.ts reads them, within the filters of an EventQuery. Connections
 * are asked by address, port and domain, names asked for by domain, executions by exe and sha256 alone.
 */
export interface WhoQuery extends EventQuery {
  /** The peer's address. */
  readonly ip?: string
  /** A network that the peer's address is in. */
  readonly cidr?: string
  /** The port that is served: the peer's where outbound, the own where inbound. */
  readonly port?: number
  /** A DNS name; its subdomains are meant too. */
  readonly domain?: string
  /** Absolute path of the executable, or its bare file name. */
  readonly exe?: string
  /** Of the executable; whole, or at least its first 8 hex digits. */
  readonly sha256?: string
}

export interface EventPage {
  readonly events: readonly TimelineEvent[]
  /** Null on the last page. */
  readonly next: string | null
}

export interface Store {
  /**
   * Makes the chunks durable, all or none of each insert: when it resolves, rows and `acked` entries are synced.
   * Retries inside, byte-identically, while the engine restarts; rejects only with StoreError.
   */
  insert(chunks: readonly AgentChunk[]): Promise<void>
  /**
   * How far this agent and epoch are durable. No insert of it may be running. Rows whose `acked` entry was lost in a crash
   * get one first.
   */
  durable(agent: string, epoch: number): Promise<Durable>
  /** The ledger of every epoch that is remembered; `deep` counts every row instead of believing `acked`. */
  audit(options: {
    readonly deep: boolean
    readonly agents: readonly AgentInfo[]
  }): Promise<AuditAnswer>
  /** Exempts a selection from retention; StoreError `bad_query` for one that selects everything or nothing readable. */
  hold(hold: NewHold): Promise<Hold>
  holds(): Promise<readonly Hold[]>
  /** Ends a hold; false when there is none of that id. */
  release(id: string): Promise<boolean>
  /** Upserts what is known of an agent (last hello and status). */
  agentSeen(agent: AgentInfo): Promise<void>
  events(query: EventQuery): Promise<EventPage>
  coverage(query: EventQuery): Promise<readonly Coverage[]>
  containers(query: EventQuery): Promise<readonly ContainerInfo[]>
  workloads(query: EventQuery): Promise<readonly WorkloadInfo[]>
  /** The latest seen first. */
  who(query: WhoQuery): Promise<readonly WhoRow[]>
  agents(): Promise<readonly AgentInfo[]>
  /** Live state for /readyz and metrics. */
  health(): StoreHealth
  close(): Promise<void>
}

/** What the cluster tells, for collector/cluster. Everything rejects with StoreError and may be repeated. */
export interface ClusterStore {
  /** Names that are stronger than every agent's. */
  correctNames(containers: readonly CorrectedNames[]): Promise<void>
  insertPodEvents(records: readonly PodEventRecord[]): Promise<void>
  openAddressLives(): Promise<readonly AddressLife[]>
  writeAddressLives(lives: readonly AddressLife[]): Promise<void>
}

/** How far an epoch is evaluated, or durable. */
export interface Evaluated {
  readonly agent: string
  readonly epoch: number
  readonly seq: number
}

/** What detection reads and writes. Everything rejects with StoreError and may be repeated. */
export interface DetectionStore {
  findings(query: FindingQuery): Promise<readonly StoredFinding[]>
  writeFindings(findings: readonly StoredFinding[]): Promise<void>
  baselines(query: BaselineQuery): Promise<readonly StoredBaseline[]>
  writeBaselines(baselines: readonly StoredBaseline[]): Promise<void>
  evaluated(): Promise<readonly Evaluated[]>
  writeEvaluated(places: readonly Evaluated[]): Promise<void>
  durableEpochs(): Promise<readonly Evaluated[]>
  /** Events of an epoch beyond a number, in its order. */
  storedAfter(place: {
    readonly agent: string
    readonly epoch: number
    readonly afterSeq: number
    readonly limit: number
  }): Promise<readonly TimelineEvent[]>
  /** The latest executions, the oldest first. */
  recentExecs(limit: number): Promise<readonly TimelineEvent[]>
}

export interface StoreHealth {
  readonly state: 'starting' | 'ready' | 'failing' | 'closed'
  readonly detail: string
  readonly engineRestarts: number
  readonly rowsInserted: number
  readonly insertsRetried: number
  readonly sizeBytes: number
}
