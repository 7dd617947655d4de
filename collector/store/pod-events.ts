/**
 * What the API server's Events tell of pods, as rows of `events`: beside what agents captured, so that one timeline, one
 * retention and one hold are for all, and outside every ledger, as they come from no agent. Written for collector/cluster.
 */
import { createHash } from 'node:crypto'
import type { ClickHouseClient } from '@clickhouse/client'
import type { TimelinePod } from '#proto/api.ts'
import { type PodEvent, podId } from '#proto/event.ts'
import { cell } from './cells.ts'
import { writeCorrectedNames } from './corrected-names.ts'
import { storeError } from './errors.ts'
import { eventColumns, podBody } from './event-rows.ts'
import { dayOf } from './inserter.ts'
import { send, statement } from './statements.ts'
import type { PodEventRecord } from './store.ts'
import { rfc3339 } from './time.ts'

/** Version 3 of the schema, see migrations.ts. */
export const podEventMigration: readonly string[] = [
  `ALTER TABLE events MODIFY COLUMN kind Enum8('exec' = 1, 'exit' = 2, 'connect' = 3, 'accept' = 4, 'close' = 5, 'listen' = 6,
    'dns' = 7, 'container' = 8, 'gap' = 9, 'pod' = 10) CODEC(ZSTD(1))`,
  `ALTER TABLE events MODIFY COLUMN source Enum8('ebpf' = 1, 'procfs' = 2, 'kubernetes' = 3) CODEC(ZSTD(1))`,
  ...['reason', 'severity', 'reporter'].map(
    (name) =>
      `ALTER TABLE events ADD COLUMN IF NOT EXISTS ${name} LowCardinality(String) CODEC(ZSTD(1)) AFTER replaces`,
  ),
  'ALTER TABLE events ADD COLUMN IF NOT EXISTS message String CODEC(ZSTD(1)) AFTER replaces',
]

/** In the place of a sequence number: the same for the same state of the same Event, so that readers see it once. */
export const podEventSeq = ({ uid, count }: Pick<PodEventRecord, 'uid' | 'count'>): number =>
  createHash('sha256').update(`${uid}/${count}`).digest().readUIntBE(0, 6)

const eventOf = (record: PodEventRecord): PodEvent => ({
  kind: 'pod',
  timeUs: record.timeUs,
  bootNs: 0,
  // Only rows know this source: it does not travel.
  source: 'ebpf',
  containerId: podId(record.podUid, record.container),
  podUid: record.podUid,
  reason: record.reason,
  message: record.message,
  severity: record.severity,
  reporter: record.reporter,
  count: record.count,
  firstUs: record.firstUs,
  exitCode: null,
})

const lineOf = (record: PodEventRecord, receiveDay: string): string => {
  const event = eventOf(record)
  const place = [cell(event.containerId), cell(event.podUid), '', cell(record.node), '', 0]
  const head = [receiveDay, 'pod', event.timeUs, 0, 'kubernetes', ...place, podEventSeq(record)]
  return `${head.join('\t')}\t${podBody(event)}\t\n`
}

/** The names that filters find them by. */
const namesOf = (record: PodEventRecord) =>
  ({
    node: record.node,
    containerId: podId(record.podUid, record.container),
    podUid: record.podUid,
    timeUs: record.timeUs,
    namespace: record.namespace,
    pod: record.pod,
    container: record.container,
    workload: record.workload,
    workloadType: record.workloadType,
    image: '',
    imageId: '',
    type: 'unknown',
    runtime: '',
    labels: {},
    podIps: [],
    hostIps: [],
    hostNetwork: false,
    serviceAccountToken: false,
  }) as const

/** Names first: rows that nobody could find would be there for nobody. Throws StoreError; may be repeated. */
export const writePodEvents = async (
  client: ClickHouseClient,
  records: readonly PodEventRecord[],
  nowUs: number,
): Promise<void> => {
  if (records.length === 0) return
  await writeCorrectedNames(client, records.map(namesOf))
  const receiveDay = dayOf(nowUs)
  const lines = records.map((record) => lineOf(record, receiveDay))
  try {
    await send(client, statement('events', eventColumns, lines))
  } catch (error) {
    throw storeError('cannot write pod events', error)
  }
}

/** As the live tail shows it. */
export const livePodEvent = (record: PodEventRecord): TimelinePod => ({
  kind: 'pod',
  time: rfc3339(record.timeUs),
  source: 'kubernetes',
  node: record.node,
  namespace: record.namespace,
  workload: record.workload,
  workloadType: record.workloadType,
  pod: record.pod,
  podUid: record.podUid,
  container: record.container,
  containerId: podId(record.podUid, record.container),
  agent: '',
  epoch: 0,
  seq: podEventSeq(record),
  reason: record.reason,
  message: record.message,
  severity: record.severity,
  reporter: record.reporter,
  count: record.count,
  firstSeen: rfc3339(record.firstUs),
  exitCode: null,
})
