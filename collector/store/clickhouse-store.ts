/**
 * The store on ClickHouse, embedded or a server: puts the writer and the readers behind the contract of store.ts.
 * Made by `openEmbeddedStore` and `openServerStore`, which the collector's main calls.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
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
import type { Endpoint } from '#proto/event.ts'
import { type AddressLife, readOpenAddressLives, writeAddressLives } from './address-lives.ts'
import { readAgents, writeAgent } from './agents.ts'
import { readAudit } from './audit.ts'
import {
  type BaselineQuery,
  readBaselines,
  type StoredBaseline,
  writeBaselines,
} from './baselines.ts'
import { embeddedClient, embeddedDatabase, parseStoreUrl, serverClient } from './connect.ts'
import { type CorrectedNames, writeCorrectedNames } from './corrected-names.ts'
import { readCoverage } from './coverage-reads.ts'
import { readDurable, repairAcked } from './durable.ts'
import { EmbeddedEngine } from './engine/embedded-engine.ts'
import { StoreError } from './errors.ts'
import { checkQuery } from './filters.ts'
import {
  type FindingQuery,
  readDurableEpochs,
  readEvaluated,
  readFindings,
  type StoredFinding,
  writeEvaluated,
  writeFindings,
} from './findings.ts'
import { addHold, countHolds, readHolds, releaseHold } from './holds.ts'
import { dayOf, Inserter } from './inserter.ts'
import { migrate } from './migrations.ts'
import { readContainers, readWorkloads } from './names.ts'
import { withPatience } from './patience.ts'
import { writePodEvents } from './pod-events.ts'
import { readTaken } from './retention.ts'
import { quote } from './sql.ts'
import type {
  AgentChunk,
  ClusterStore,
  DetectionStore,
  Durable,
  Evaluated,
  EventPage,
  EventQuery,
  NewHold,
  PodEventRecord,
  Store,
  StoreHealth,
  WhoQuery,
} from './store.ts'
import { readEvents, readRecentExecs, readStoredAfter } from './timeline.ts'
import { Upkeep } from './upkeep.ts'
import { readWho } from './who.ts'
import { whoQuestion } from './who-question.ts'

/** The engine's memory cap: with it the child stays below about 900 MB resident. */
export const defaultEngineMemoryBytes = 800_000_000
/** A running insert may finish for so long; then its connection is cut and it rejects with `closed`. */
const closeDeadlineMs = 5_000

export interface StoreOptions {
  readonly retentionDays: number
  readonly log: Log
  readonly clock?: Clock
  /** Where the cluster's API server serves, its address as events have it; marks that peer. */
  readonly apiServer?: Endpoint | undefined
}

export interface EmbeddedStoreOptions extends StoreOptions {
  readonly dataDir: string
  readonly engineMemoryBytes?: number
}

export interface ServerStoreOptions extends StoreOptions {
  /** `http://user:password@host:8123/database`; the database must exist. */
  readonly url: string
}

/** Starts the embedded engine on a data directory and prepares the schema. Rejects with StoreError. */
export const openEmbeddedStore = async (
  options: EmbeddedStoreOptions,
): Promise<ClickHouseStore> => {
  const engine = await EmbeddedEngine.start({
    dataDir: options.dataDir,
    database: embeddedDatabase,
    memoryBytes: options.engineMemoryBytes ?? defaultEngineMemoryBytes,
    log: options.log,
  })
  const client = embeddedClient(engine.agent())
  try {
    const takenThrough = await withPatience(options.log, async () => {
      await migrate(client, options.dataDir)
      // Nobody else inserts here: whatever has no entry lost it in a crash.
      await repairAcked(client, {})
      return readTaken(client)
    })
    return new ClickHouseStore({ ...options, client, engine, takenThrough })
  } catch (error) {
    await client.close()
    await engine.stop()
    throw error
  }
}

/** Connects to a ClickHouse server and prepares the schema. Rejects with StoreError. */
export const openServerStore = async (options: ServerStoreOptions): Promise<ClickHouseStore> => {
  const server = parseStoreUrl(options.url)
  const client = serverClient(server)
  try {
    await migrate(client, server.place)
    // Today's may belong to an insert of another collector that is on its way.
    const today = dayOf((options.clock ?? systemClock).nowUs())
    await repairAcked(client, { rows: `receive_day < ${quote(today)}` })
    return new ClickHouseStore({ ...options, client, takenThrough: await readTaken(client) })
  } catch (error) {
    await client.close()
    throw error
  }
}

interface Parts extends StoreOptions {
  readonly client: ClickHouseClient
  readonly engine?: EmbeddedEngine
  /** See readTaken. */
  readonly takenThrough: string
}

export class ClickHouseStore implements Store, ClusterStore, DetectionStore {
  readonly #client: ClickHouseClient
  readonly #engine: EmbeddedEngine | undefined
  readonly #inserter: Inserter
  readonly #apiServer: Endpoint | undefined
  readonly #closed = new AbortController()
  readonly #clock: Clock
  readonly #upkeep: Upkeep

  constructor(parts: Parts) {
    const { client, engine, log, retentionDays, takenThrough, clock = systemClock } = parts
    this.#client = client
    this.#engine = engine
    this.#apiServer = parts.apiServer
    this.#clock = clock
    const closed = this.#closed.signal
    this.#upkeep = new Upkeep({ client, clock, log, retentionDays, takenThrough, closed })
    const taken = (): string => this.#upkeep.takenThrough
    this.#inserter = new Inserter({ client, clock, log, takenThrough: taken, closed })
  }

  /** The engine's child process, for tests that kill it. */
  get enginePid(): number | undefined {
    return this.#engine?.pid
  }

  async insert(chunks: readonly AgentChunk[]): Promise<void> {
    await this.#inserter.insert(chunks)
  }

  durable(agent: string, epoch: number): Promise<Durable> {
    return this.#read('what is durable', () => readDurable(this.#client, agent, epoch))
  }

  audit(options: Parameters<Store['audit']>[0]): Promise<AuditAnswer> {
    return this.#undisturbed('the ledger', () => readAudit(this.#client, options))
  }

  hold(hold: NewHold): Promise<Hold> {
    return this.#undisturbed('holds', () => addHold(this.#client, hold, this.#clock.nowUs()))
  }

  holds(): Promise<readonly Hold[]> {
    return this.#read('holds', async () => countHolds(this.#client, await readHolds(this.#client)))
  }

  release(id: string): Promise<boolean> {
    return this.#undisturbed('holds', () => releaseHold(this.#client, id))
  }

  agentSeen(agent: AgentInfo): Promise<void> {
    return this.#read('agents', () => writeAgent(this.#client, agent))
  }

  agents(): Promise<readonly AgentInfo[]> {
    return this.#read('agents', () => readAgents(this.#client))
  }

  events(query: EventQuery): Promise<EventPage> {
    return this.#ask(query, () => readEvents(this.#client, query, this.#apiServer))
  }

  coverage(query: EventQuery): Promise<readonly Coverage[]> {
    return this.#ask(query, () => readCoverage(this.#client, query))
  }

  containers(query: EventQuery): Promise<readonly ContainerInfo[]> {
    return this.#ask(query, () => readContainers(this.#client, query))
  }

  workloads(query: EventQuery): Promise<readonly WorkloadInfo[]> {
    return this.#ask(query, () => readWorkloads(this.#client, query))
  }

  correctNames(containers: readonly CorrectedNames[]): Promise<void> {
    return this.#read('names', () => writeCorrectedNames(this.#client, containers))
  }

  insertPodEvents(records: readonly PodEventRecord[]): Promise<void> {
    return this.#read('pod events', () =>
      writePodEvents(this.#client, records, this.#clock.nowUs()),
    )
  }

  findings(query: FindingQuery): Promise<readonly StoredFinding[]> {
    return this.#read('findings', () => readFindings(this.#client, query))
  }

  writeFindings(findings: readonly StoredFinding[]): Promise<void> {
    return this.#read('findings', () => writeFindings(this.#client, findings))
  }

  baselines({ limit }: BaselineQuery): Promise<readonly StoredBaseline[]> {
    return this.#read('baselines', () => readBaselines(this.#client, limit))
  }

  writeBaselines(baselines: readonly StoredBaseline[]): Promise<void> {
    return this.#read('baselines', () => writeBaselines(this.#client, baselines))
  }

  evaluated(): Promise<readonly Evaluated[]> {
    return this.#read('what is evaluated', () => readEvaluated(this.#client))
  }

  writeEvaluated(places: readonly Evaluated[]): Promise<void> {
    return this.#read('what is evaluated', () =>
      writeEvaluated(this.#client, places, this.#clock.nowUs()),
    )
  }

  durableEpochs(): Promise<readonly Evaluated[]> {
    return this.#read('what is durable', () => readDurableEpochs(this.#client))
  }

  storedAfter(
    place: Parameters<DetectionStore['storedAfter']>[0],
  ): Promise<readonly TimelineEvent[]> {
    return this.#read('events', () => readStoredAfter(this.#client, place, this.#apiServer))
  }

  recentExecs(limit: number): Promise<readonly TimelineEvent[]> {
    return this.#read('events', () => readRecentExecs(this.#client, limit, this.#apiServer))
  }

  openAddressLives(): Promise<readonly AddressLife[]> {
    return this.#read('addresses', () => readOpenAddressLives(this.#client))
  }

  writeAddressLives(lives: readonly AddressLife[]): Promise<void> {
    return this.#read('addresses', () => writeAddressLives(this.#client, lives))
  }

  async who(query: WhoQuery): Promise<readonly WhoRow[]> {
    const question = whoQuestion(query)
    return this.#ask(question, () => readWho(this.#client, question, this.#apiServer))
  }

  health(): StoreHealth {
    const failure = this.#inserter.failure
    const engineDetail = this.#engine?.detail ?? ''
    const well = failure === undefined && engineDetail === ''
    const state = well ? 'ready' : 'failing'
    return {
      state: this.#closed.signal.aborted ? 'closed' : state,
      detail: failure ?? engineDetail,
      engineRestarts: this.#engine?.restarts ?? 0,
      rowsInserted: this.#inserter.rowsInserted,
      insertsRetried: this.#inserter.insertsRetried,
      sizeBytes: this.#upkeep.sizeBytes,
    }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#upkeep.close()
    await Promise.race([this.#inserter.idle(), sleep(closeDeadlineMs, undefined, { ref: false })])
    await this.#client.close()
    await this.#engine?.stop()
  }

  async #ask<Answer>(query: EventQuery, read: () => Promise<Answer>): Promise<Answer> {
    checkQuery(query)
    return this.#read('the store', read)
  }

  /** As `#read`, while retention takes nothing away. */
  #undisturbed<Answer>(what: string, read: () => Promise<Answer>): Promise<Answer> {
    return this.#upkeep.undisturbed(() => this.#read(what, read))
  }

  async #read<Answer>(what: string, read: () => Promise<Answer>): Promise<Answer> {
    if (this.#closed.signal.aborted)
      throw new StoreError('closed', `cannot read ${what}: the store is closed`)
    return read()
  }
}
