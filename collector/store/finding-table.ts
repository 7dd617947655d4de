/**
 * The table of findings, and how far events were evaluated. Both are written together after rows are stored, never on the way to
 * an acknowledgement: what was stored and not evaluated is evaluated after the next start (docs/detection.md).
 */
import { durable } from './ledger-tables.ts'

/** Every change of a finding is a row; the newest version is what it is. `body` is the finding as JSON, `counted` beside it. */
const findingsTable = `CREATE TABLE IF NOT EXISTS findings (
  id String,
  version UInt64,
  rule LowCardinality(String),
  severity LowCardinality(String),
  state LowCardinality(String),
  namespace LowCardinality(String),
  workload LowCardinality(String),
  container LowCardinality(String),
  first_seen_us Int64,
  last_seen_us Int64,
  last_detected_us Int64,
  risk UInt8,
  body String CODEC(ZSTD(3)),
  counted String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version) ORDER BY id SETTINGS ${durable}`

const evaluatedTable = `CREATE TABLE IF NOT EXISTS evaluated (
  agent LowCardinality(String),
  epoch UInt64,
  seq UInt64,
  time_us Int64
) ENGINE = ReplacingMergeTree(seq) ORDER BY (agent, epoch) SETTINGS ${durable}`

export const detectionTables: readonly string[] = [findingsTable, evaluatedTable]
