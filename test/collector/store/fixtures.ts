/** Makers of events and chunks, and a store on a fresh data directory, for the tests of this folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Clock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { type ClickHouseStore, openEmbeddedStore } from '#collector/store/clickhouse-store.ts'
import { embeddedClient, embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { planInsert } from '#collector/store/inserter.ts'
import { migrate } from '#collector/store/migrations.ts'
import { send } from '#collector/store/statements.ts'
import type { AgentChunk } from '#collector/store/store.ts'
import type {
  AcceptEvent,
  CloseEvent,
  ConnectEvent,
  ContainerEvent,
  CoverageFact,
  DnsEvent,
  Endpoint,
  Event,
  ExecEvent,
  ExitEvent,
  FileFact,
  GapEvent,
} from '#proto/event.ts'
import { noTotals, type Totals } from '#proto/frame.ts'
import { unitsOfAll, unknownGapsIn } from '#proto/units.ts'

/** False where the optional package is missing; those tests then skip, with this as the reason. */
export const engineMissing: string | false = (() => {
  try {
    createRequire(import.meta.url).resolve('chdb')
    return false
  } catch {
    return 'the optional package chdb is not installed'
  }
})()

/** A fixed moment, so that tests read the same on every day: 2026-11-23T10:00:00Z. */
export const t0 = 1_795_428_000_000_000

export const fixedClock = (nowUs = t0): Clock & { nowUsValue: number; nowMsValue: number } => ({
  nowUsValue: nowUs,
  /** Added to the monotonic clock. */
  nowMsValue: 0,
  nowUs() {
    return this.nowUsValue
  },
  monotonicMs() {
    return performance.now() + this.nowMsValue
  },
})

interface Cleaner {
  teardown(clean: () => Promise<void> | void): unknown
}

/** A directory with a short path (a Unix socket must fit), removed after the test. */
export const temporaryDirectory = (t: Cleaner): string => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-store-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const openTestStore = (
  dataDir: string,
  clock: Clock = fixedClock(),
  apiServer?: Endpoint,
): Promise<ClickHouseStore> =>
  openEmbeddedStore({ dataDir, retentionDays: 7, log: silentLog, clock, apiServer })

/** Runs statements on a data directory that no store has open. */
export const withEngine = async (
  dataDir: string,
  work: (client: ClickHouseClient) => Promise<void>,
): Promise<void> => {
  const engine = await EmbeddedEngine.start({
    dataDir,
    database: embeddedDatabase,
    memoryBytes: 700_000_000,
    log: silentLog,
  })
  const client = embeddedClient(engine.agent())
  await work(client).finally(async () => {
    await client.close()
    await engine.stop()
  })
}

/** The same with the schema, which a store has made before it works on it. */
export const withSchema = (
  dataDir: string,
  work: (client: ClickHouseClient) => Promise<void>,
): Promise<void> =>
  withEngine(dataDir, async (client) => {
    await migrate(client, dataDir)
    await work(client)
  })

/** Stores chunks as of a day of receipt, as one insert. */
export const storeOn = async (
  client: ClickHouseClient,
  day: string,
  chunks: readonly AgentChunk[],
): Promise<void> => {
  for (const one of planInsert(chunks, day)) await send(client, one)
}

/** The rows of a statement of a test's own. */
export const rowsOf = async (client: ClickHouseClient, query: string): Promise<unknown> =>
  (await client.query({ query, format: 'JSONCompactEachRow' })).json()

export const containerId = (letter: string): string => letter.repeat(64)
export const boot = '0123456789ab-cdef-0123-4567-89abcdef'

export const exec = (change: Partial<ExecEvent> = {}): ExecEvent => ({
  kind: 'exec',
  timeUs: t0,
  bootNs: 5_000_000_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  process: { pid: 100, startNs: 4_999_000_123 },
  parent: { pid: 1, startNs: 1_000_000_001 },
  snapshot: false,
  entry: 'child',
  runtime: false,
  nsPid: 7,
  uid: 0,
  gid: 0,
  euid: 0,
  capabilities: 0xa80425fb,
  namespaces: { mnt: 1, pid: 2, net: 3, user: 4, uts: 5, ipc: 6, cgroup: 7 },
  exe: '/usr/bin/curl',
  fileMode: 0o100755,
  fileOrigin: 'image',
  argv: ['curl', '-s', 'http://example.com'],
  argvBytes: 28,
  argvTruncated: false,
  argvEscaped: false,
  argvRedacted: 0,
  cwd: '/',
  tty: '',
  stdioSockets: 0,
  ...change,
})

export const exit = (change: Partial<ExitEvent> = {}): ExitEvent => ({
  kind: 'exit',
  timeUs: t0 + 500,
  bootNs: 5_000_500_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  process: { pid: 100, startNs: 4_999_000_123 },
  exe: '/usr/bin/curl',
  nsPid: 7,
  uid: 0,
  exitCode: 0,
  signal: 0,
  coreDumped: false,
  lifetimeUs: 1_499,
  userUs: 300,
  systemUs: 200,
  maxRssBytes: 1_000_000,
  maxRssInherited: false,
  forked: false,
  runtime: false,
  inferred: false,
  ...change,
})

export const container = (change: Partial<ContainerEvent> = {}): ContainerEvent => ({
  kind: 'container',
  timeUs: t0,
  bootNs: 4_999_000_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  phase: 'started',
  cgroupPath: '/kubepods/x',
  namespace: 'payments',
  pod: 'api-7d9f-x1',
  container: 'api',
  workload: 'api',
  workloadType: 'deployment',
  image: 'registry/api:1',
  imageId: 'sha256:1',
  type: 'container',
  runtime: 'containerd',
  labels: { app: 'api' },
  podIps: ['10.0.0.7'],
  hostIps: ['192.0.2.10'],
  hostNetwork: false,
  serviceAccountToken: false,
  nameSource: 'kubelet',
  ...change,
})

export const gap = (change: Partial<GapEvent> = {}): GapEvent => ({
  kind: 'gap',
  timeUs: t0 + 100,
  bootNs: 5_000_100_000,
  source: 'ebpf',
  containerId: '',
  podUid: '',
  reason: 'ring_full',
  lost: 3,
  replaces: 1,
  fromUs: t0 + 10,
  toUs: t0 + 20,
  affects: ['exec', 'exit'],
  ...change,
})

export const coverageFact = (change: Partial<CoverageFact> = {}): CoverageFact => ({
  kind: 'coverage',
  timeUs: t0 + 1_000,
  bootNs: 5_001_000_000,
  source: 'ebpf',
  containerId: '',
  podUid: '',
  fromUs: t0 - 1_000,
  toUs: t0 + 1_000,
  complete: ['exec', 'exit'],
  ...change,
})

export const fileFact = (change: Partial<FileFact> = {}): FileFact => ({
  kind: 'file',
  timeUs: t0 + 1_000,
  bootNs: 5_001_000_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  path: '/usr/bin/curl',
  file: { device: 66_307, inode: 42, ctimeUs: t0 - 5_000_000 },
  sizeBytes: 200_000,
  sha256: 'ab'.repeat(32),
  state: 'hashed',
  ...change,
})

const connection = {
  timeUs: t0,
  bootNs: 5_000_000_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  process: { pid: 100, startNs: 4_999_000_123 },
  transport: 'tcp',
  socket: 1,
  snapshot: false,
  local: { address: '10.0.0.7', port: 40_000 },
  peer: { address: '203.0.113.7', port: 443 },
  peerName: '',
  count: 1,
  exe: '/usr/bin/curl',
} as const

export const connect = (change: Partial<ConnectEvent> = {}): ConnectEvent => ({
  ...connection,
  kind: 'connect',
  outcome: 'established',
  latencyUs: 900,
  maxLatencyUs: 900,
  ...change,
})

export const accept = (change: Partial<AcceptEvent> = {}): AcceptEvent => ({
  ...connection,
  kind: 'accept',
  local: { address: '10.0.0.7', port: 8080 },
  peer: { address: '203.0.113.7', port: 50_000 },
  ...change,
})

export const close = (change: Partial<CloseEvent> = {}): CloseEvent => ({
  ...connection,
  kind: 'close',
  timeUs: t0 + 5_000,
  ongoing: false,
  direction: 'outbound',
  sentBytes: 100,
  receivedBytes: 2_000,
  sentPackets: null,
  receivedPackets: null,
  durationUs: 5_000,
  minDurationUs: 5_000,
  maxDurationUs: 5_000,
  closedBy: 'local',
  ...change,
})

export const dns = (change: Partial<DnsEvent> = {}): DnsEvent => ({
  kind: 'dns',
  timeUs: t0,
  bootNs: 5_000_000_000,
  source: 'ebpf',
  containerId: containerId('a'),
  podUid: '',
  process: { pid: 100, startNs: 4_999_000_123 },
  exe: '/usr/bin/curl',
  peer: { address: '10.96.0.10', port: 53 },
  name: 'www.example.com',
  type: 'A',
  rcode: 'NOERROR',
  answers: ['203.0.113.7'],
  latencyUs: 800,
  count: 1,
  ...change,
})

/** Totals after some events, if nothing was lost silently and nothing filtered. */
export const totalsAfter = (before: Totals, events: readonly Event[]): Totals => ({
  ...before,
  captured: before.captured + unitsOfAll(events),
  unknownGaps: before.unknownGaps + unknownGapsIn(events),
})

/**
 * A chunk of agent `agent-1` on node `node-1`, epoch 1, unless changed. Its totals are those of an epoch that begins with it,
 * or at `before`, and that loses nothing.
 */
export const chunk = (
  firstSeq: number,
  events: readonly Event[],
  change: Partial<AgentChunk> = {},
): AgentChunk => ({
  agent: 'agent-1',
  node: 'node-1',
  epoch: 1,
  firstSeq,
  boot,
  ringId: 0,
  ringPosition: 0,
  events,
  before: noTotals,
  after: totalsAfter(change.before ?? noTotals, events),
  ...change,
})
