/**
 * Baselines in the store: written as whole versions, read as their newest. Called by clickhouse-store.ts for
 * collector/detection/baselines.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { BaselineRecord } from '../detection/baselines/baseline.ts'
import { cell, fromStored } from './cells.ts'
import { storeError } from './errors.ts'
import { durable } from './ledger-tables.ts'
import { asNumber, asText, select } from './select.ts'
import { integer } from './sql.ts'
import { send, statement } from './statements.ts'

export const baselinesTable = `CREATE TABLE IF NOT EXISTS baselines (
  id String,
  version UInt64,
  namespace LowCardinality(String),
  workload LowCardinality(String),
  container LowCardinality(String),
  state LowCardinality(String),
  body String CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(version) ORDER BY id SETTINGS ${durable}`

export interface StoredBaseline {
  readonly record: BaselineRecord
  /** Grows with every change. */
  readonly version: number
}

export interface BaselineQuery {
  readonly limit: number
}

const columns = ['id', 'version', 'namespace', 'workload', 'container', 'state', 'body']

/** Throws StoreError; may be repeated. */
export const writeBaselines = async (
  client: ClickHouseClient,
  baselines: readonly StoredBaseline[],
): Promise<void> => {
  if (baselines.length === 0) return
  const lines = baselines.map(({ record, version }) => {
    const { id, namespace, workload, container, state } = record.baseline
    const texts = [namespace, workload, container, state, JSON.stringify(record)].map(cell)
    return `${[cell(id), integer(version), ...texts].join('\t')}\n`
  })
  try {
    await send(client, statement('baselines', columns, lines))
  } catch (error) {
    throw storeError('cannot write baselines', error)
  }
}

/** At most `limit`. */
export const readBaselines = async (
  client: ClickHouseClient,
  limit: number,
): Promise<readonly StoredBaseline[]> => {
  const rows = await select(
    client,
    'baselines',
    `SELECT body, version FROM baselines FINAL ORDER BY id LIMIT ${integer(limit)}`,
  )
  return rows.map(([body, version]) => ({
    record: JSON.parse(fromStored(asText(body))) as BaselineRecord,
    version: asNumber(version),
  }))
}
