/**
 * Who had an address from when to when, as the API server tells of Services and Nodes; pods' addresses come from their agents.
 * Written by the address book (collector/cluster), read by peers.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { cell, fromStored } from './cells.ts'
import { storeError } from './errors.ts'
import { durable } from './ledger-tables.ts'
import { asNumber, asText, select } from './select.ts'
import { integer } from './sql.ts'
import { send, statement } from './statements.ts'

export interface AddressLife {
  readonly kind: 'service' | 'node'
  /** Empty for nodes. */
  readonly namespace: string
  readonly name: string
  readonly address: string
  /** Unix microseconds. */
  readonly fromUs: number
  /** Undefined while it is there. */
  readonly toUs: number | undefined
}

/** The later word about a life replaces the earlier: an end is later than none. Part of the schema, see migrations.ts. */
export const addressesTable = `CREATE TABLE IF NOT EXISTS addresses (
  address String,
  kind LowCardinality(String),
  namespace LowCardinality(String),
  name String,
  from_us Int64,
  to_us Int64,
  is_over UInt8
) ENGINE = ReplacingMergeTree(is_over) ORDER BY (address, kind, namespace, name, from_us) SETTINGS ${durable}`

/** Later than every time that can be sent. */
const openEnd = '9223372036854775807'

const columns = 'address kind namespace name from_us to_us is_over'.split(' ')

const lineOf = ({ address, kind, namespace, name, fromUs, toUs }: AddressLife): string => {
  const end = toUs === undefined ? openEnd : integer(toUs)
  const cells = [cell(address), kind, cell(namespace), cell(name), integer(fromUs), end]
  return `${[...cells, toUs === undefined ? 0 : 1].join('\t')}\n`
}

/** Throws StoreError; may be repeated. */
export const writeAddressLives = async (
  client: ClickHouseClient,
  lives: readonly AddressLife[],
): Promise<void> => {
  if (lives.length === 0) return
  try {
    await send(client, statement('addresses', columns, lives.map(lineOf)))
  } catch (error) {
    throw storeError('cannot write addresses', error)
  }
}

/** Those that have not ended. */
export const readOpenAddressLives = async (
  client: ClickHouseClient,
): Promise<readonly AddressLife[]> => {
  const rows = await select(
    client,
    'addresses',
    'SELECT address, kind, namespace, name, from_us FROM addresses FINAL WHERE is_over = 0',
  )
  return rows.map(([address, kind, namespace, name, fromUs]) => ({
    address: fromStored(asText(address)),
    kind: asText(kind) as AddressLife['kind'],
    namespace: fromStored(asText(namespace)),
    name: fromStored(asText(name)),
    fromUs: asNumber(fromUs),
    toUs: undefined,
  }))
}
