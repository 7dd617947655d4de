/**
 * The tables of schema version 1, as SQL. Applied by migrations.ts. Rule: released text never changes; a later version
 * alters it in a migration of its own. docs/store.md says why the tables look as they do.
 */
import { durable, ledgerTables } from './ledger-tables.ts'

const eventsTable = `CREATE TABLE IF NOT EXISTS events (
  receive_day Date,
  kind Enum8('exec' = 1, 'exit' = 2, 'connect' = 3, 'accept' = 4, 'close' = 5, 'listen' = 6, 'dns' = 7,
    'container' = 8, 'gap' = 9) CODEC(ZSTD(1)),
  time_us Int64 CODEC(Delta(8), ZSTD(1)),
  boot_ns UInt64 CODEC(Delta(8), ZSTD(1)),
  source Enum8('ebpf' = 1, 'procfs' = 2) CODEC(ZSTD(1)),
  container_id LowCardinality(String) CODEC(ZSTD(1)),
  pod_uid LowCardinality(String) CODEC(ZSTD(1)),
  agent LowCardinality(String) CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  boot LowCardinality(String) CODEC(ZSTD(1)),
  epoch UInt64 CODEC(ZSTD(1)),
  seq UInt64 CODEC(Delta(8), ZSTD(1)),
  pid UInt32 CODEC(ZSTD(1)),
  start_ns UInt64 CODEC(ZSTD(1)),
  exe LowCardinality(String) CODEC(ZSTD(1)),
  parent_pid UInt32 CODEC(ZSTD(1)),
  parent_start_ns UInt64 CODEC(ZSTD(1)),
  ns_pid UInt32 CODEC(ZSTD(1)),
  uid UInt32 CODEC(ZSTD(1)),
  flags UInt16 CODEC(ZSTD(1)),
  creator_pid UInt32 CODEC(ZSTD(1)),
  creator_start_ns UInt64 CODEC(ZSTD(1)),
  entry LowCardinality(String) CODEC(ZSTD(1)),
  gid UInt32 CODEC(ZSTD(1)),
  euid UInt32 CODEC(ZSTD(1)),
  login_uid UInt32 CODEC(ZSTD(1)),
  capabilities UInt64 CODEC(ZSTD(1)),
  namespaces LowCardinality(String) CODEC(ZSTD(1)),
  file_device UInt32 CODEC(ZSTD(1)),
  file_inode UInt64 CODEC(ZSTD(1)),
  file_ctime_us Int64 CODEC(ZSTD(1)),
  file_mode UInt32 CODEC(ZSTD(1)),
  file_origin LowCardinality(String) CODEC(ZSTD(1)),
  argv String CODEC(ZSTD(1)),
  argv_bytes UInt32 CODEC(ZSTD(1)),
  argv_redacted UInt16 CODEC(ZSTD(1)),
  script LowCardinality(String) CODEC(ZSTD(1)),
  interpreter LowCardinality(String) CODEC(ZSTD(1)),
  cwd LowCardinality(String) CODEC(ZSTD(1)),
  tty LowCardinality(String) CODEC(ZSTD(1)),
  stdio_sockets UInt8 CODEC(ZSTD(1)),
  exit_code Int32 CODEC(ZSTD(1)),
  signal UInt8 CODEC(ZSTD(1)),
  lifetime_us Int64 CODEC(ZSTD(1)),
  user_us UInt64 CODEC(ZSTD(1)),
  system_us UInt64 CODEC(ZSTD(1)),
  max_rss_bytes UInt64 CODEC(ZSTD(1)),
  transport LowCardinality(String) CODEC(ZSTD(1)),
  socket UInt64 CODEC(ZSTD(1)),
  local_address LowCardinality(String) CODEC(ZSTD(1)),
  local_port UInt16 CODEC(ZSTD(1)),
  peer_address String CODEC(ZSTD(1)),
  peer_port UInt16 CODEC(ZSTD(1)),
  peer_name LowCardinality(String) CODEC(ZSTD(1)),
  count UInt32 CODEC(ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1)),
  latency_us Int64 CODEC(ZSTD(1)),
  max_latency_us Int64 CODEC(ZSTD(1)),
  direction LowCardinality(String) CODEC(ZSTD(1)),
  sent_bytes Int64 CODEC(ZSTD(1)),
  received_bytes Int64 CODEC(ZSTD(1)),
  sent_packets Int64 CODEC(ZSTD(1)),
  received_packets Int64 CODEC(ZSTD(1)),
  duration_us Int64 CODEC(ZSTD(1)),
  min_duration_us Int64 CODEC(ZSTD(1)),
  max_duration_us Int64 CODEC(ZSTD(1)),
  closed_by LowCardinality(String) CODEC(ZSTD(1)),
  phase LowCardinality(String) CODEC(ZSTD(1)),
  dns_name String CODEC(ZSTD(1)),
  dns_type LowCardinality(String) CODEC(ZSTD(1)),
  dns_rcode LowCardinality(String) CODEC(ZSTD(1)),
  dns_answers String CODEC(ZSTD(1)),
  gap_reason LowCardinality(String) CODEC(ZSTD(1)),
  lost Int64 CODEC(ZSTD(1)),
  from_us Int64 CODEC(ZSTD(1)),
  to_us Int64 CODEC(ZSTD(1)),
  affects LowCardinality(String) CODEC(ZSTD(1)),
  replaces UInt64 CODEC(ZSTD(1)),
  acked String CODEC(ZSTD(1)),
  time DateTime64(6, 'UTC') ALIAS fromUnixTimestamp64Micro(time_us),
  INDEX time_range time_us TYPE minmax GRANULARITY 1,
  INDEX exe_bloom exe TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX peer_bloom peer_address TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX dns_bloom dns_name TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX kind_set kind TYPE set(16) GRANULARITY 1,
  PROJECTION last_seq (SELECT agent, epoch, max(seq) GROUP BY agent, epoch),
  PROJECTION extents (SELECT container_id, node, min(time_us), max(time_us) GROUP BY container_id, node)
) ENGINE = MergeTree PARTITION BY receive_day ORDER BY (container_id, time_us) SETTINGS ${durable}`

const containersTable = `CREATE TABLE IF NOT EXISTS containers (
  node LowCardinality(String),
  container_id String CODEC(ZSTD(1)),
  time_us Int64 CODEC(ZSTD(1)),
  phase LowCardinality(String),
  name_rank UInt8,
  pod_uid String CODEC(ZSTD(1)),
  namespace LowCardinality(String),
  pod String CODEC(ZSTD(1)),
  container LowCardinality(String),
  workload LowCardinality(String),
  workload_type LowCardinality(String),
  image LowCardinality(String),
  image_id LowCardinality(String),
  type LowCardinality(String),
  runtime LowCardinality(String),
  labels Map(String, String) CODEC(ZSTD(1)),
  pod_ips Array(String) CODEC(ZSTD(1)),
  host_ips Array(String) CODEC(ZSTD(1)),
  host_network UInt8,
  cgroup_path String CODEC(ZSTD(1)),
  agent LowCardinality(String),
  epoch UInt64,
  seq UInt64
) ENGINE = ReplacingMergeTree ORDER BY (container_id, node, time_us, phase, name_rank)
SETTINGS ${durable}`

const filesTable = `CREATE TABLE IF NOT EXISTS files (
  node LowCardinality(String),
  boot LowCardinality(String),
  device UInt32,
  inode UInt64,
  ctime_us Int64,
  path String CODEC(ZSTD(1)),
  size_bytes UInt64,
  sha256 String CODEC(ZSTD(1)),
  state LowCardinality(String),
  state_rank UInt8,
  time_us Int64,
  INDEX sha256_bloom sha256 TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(state_rank) ORDER BY (inode, device, ctime_us, node, boot)
SETTINGS ${durable}`

const coverageTable = `CREATE TABLE IF NOT EXISTS coverage (
  receive_day Date,
  node LowCardinality(String),
  source Enum8('ebpf' = 1, 'procfs' = 2),
  agent LowCardinality(String),
  epoch UInt64,
  complete LowCardinality(String),
  from_us Int64 CODEC(Delta(8), ZSTD(1)),
  to_us Int64 CODEC(Delta(8), ZSTD(1))
) ENGINE = ReplacingMergeTree(to_us) PARTITION BY receive_day
ORDER BY (node, source, agent, epoch, complete, from_us) SETTINGS ${durable}`

const agentsTable = `CREATE TABLE IF NOT EXISTS agents (
  agent String,
  node LowCardinality(String),
  last_seen_us Int64,
  facts String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(last_seen_us) ORDER BY agent SETTINGS ${durable}`

/** Which migrations a data directory has seen. */
export const versionTable = `CREATE TABLE IF NOT EXISTS schema_version (version UInt32, applied_at DateTime DEFAULT now())
ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`

/** All tables, in the order they are made. */
export const schemaOne: readonly string[] = [
  eventsTable,
  containersTable,
  filesTable,
  coverageTable,
  agentsTable,
  ...ledgerTables,
]

/** Version 6 of the schema, see migrations.ts: the nearest forebear that executed something. */
export const ancestorMigration: readonly string[] = [
  'ALTER TABLE events ADD COLUMN IF NOT EXISTS ancestor_start_ns UInt64 CODEC(ZSTD(1)) AFTER stdio_sockets',
  'ALTER TABLE events ADD COLUMN IF NOT EXISTS ancestor_pid UInt32 CODEC(ZSTD(1)) AFTER stdio_sockets',
]

/** Version 7 of the schema, see migrations.ts: whether a ServiceAccount token is mounted. */
export const tokenMigration: readonly string[] = [
  'ALTER TABLE containers ADD COLUMN IF NOT EXISTS service_account_token UInt8 AFTER host_network',
]
