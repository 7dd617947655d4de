/**
 * The tables of schema version 1 that keep the ledger: what is durable, what retention took, and what is exempt from it. Part
 * of tables.ts, whose rule holds here too: released text never changes.
 */

/** Durability and deduplication of every table that is written to. */
export const durable =
  'fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 10000'

/** Each insert adds a row per agent and epoch; merges sum them up, so that one row per epoch remains. */
const ackedTable = `CREATE TABLE IF NOT EXISTS acked (
  agent LowCardinality(String),
  epoch UInt64,
  node SimpleAggregateFunction(anyLast, LowCardinality(String)),
  first_day SimpleAggregateFunction(min, Date),
  last_day SimpleAggregateFunction(max, Date),
  first_seq SimpleAggregateFunction(min, UInt64),
  last_seq SimpleAggregateFunction(max, UInt64),
  numbers SimpleAggregateFunction(sum, UInt64),
  captured_before SimpleAggregateFunction(min, UInt64),
  filtered_before SimpleAggregateFunction(min, UInt64),
  captured SimpleAggregateFunction(max, UInt64),
  filtered SimpleAggregateFunction(max, UInt64),
  unknown_gaps SimpleAggregateFunction(max, UInt64),
  units SimpleAggregateFunction(sumMap, Map(String, UInt64)),
  lost SimpleAggregateFunction(sumMap, Map(String, UInt64)),
  lost_unknown SimpleAggregateFunction(sumMap, Map(String, UInt64))
) ENGINE = AggregatingMergeTree ORDER BY (agent, epoch) SETTINGS ${durable}`

/** What a day had and what of it is still there. The later word about a day replaces the earlier. */
const expiredTable = `CREATE TABLE IF NOT EXISTS expired (
  receive_day Date,
  agent LowCardinality(String),
  epoch UInt64,
  units Map(String, UInt64),
  lost Map(String, UInt64),
  lost_unknown Map(String, UInt64),
  kept_units Map(String, UInt64),
  kept_lost Map(String, UInt64),
  kept_lost_unknown Map(String, UInt64),
  version UInt64
) ENGINE = ReplacingMergeTree(version) ORDER BY (agent, epoch, receive_day) SETTINGS ${durable}`

/** Days that hold nothing any more but what these holds keep. */
const thinnedTable = `CREATE TABLE IF NOT EXISTS thinned (
  receive_day Date,
  holds String,
  version UInt64
) ENGINE = ReplacingMergeTree(version) ORDER BY receive_day SETTINGS ${durable}`

const holdsTable = `CREATE TABLE IF NOT EXISTS holds (
  id String,
  created_us Int64,
  reason String,
  selection String,
  is_late Int8,
  released UInt8
) ENGINE = ReplacingMergeTree(released) ORDER BY id SETTINGS ${durable}`

/** The containers that a hold meant when a day was thinned: a mutation that goes on after a restart must mean the same. */
const heldTable = `CREATE TABLE IF NOT EXISTS held (
  version UInt64,
  hold String,
  container_id String,
  node String
) ENGINE = MergeTree ORDER BY (version, hold, container_id) SETTINGS ${durable}`

/** In the order they are made. */
export const ledgerTables: readonly string[] = [
  ackedTable,
  expiredTable,
  thinnedTable,
  holdsTable,
  heldTable,
]
