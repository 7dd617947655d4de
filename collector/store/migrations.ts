/**
 * The schema, as numbered steps. `migrate` runs at start, before anything else may use the store: it applies what is
 * missing, refuses data of a newer version, and sets the retention. Rule: a released step never changes; add one.
 * docs/store.md says why the tables look as they do.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { StoreError, storeError } from './errors.ts'
import { integer } from './sql.ts'

import { schemaOne, versionTable } from './tables.ts'

interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}

const migrations: readonly Migration[] = [{ version: 1, statements: schemaOne }]

/** The schema version that this program writes. */
export const schemaVersion = Math.max(...migrations.map(({ version }) => version))

/** `acked` outlives the rows it speaks of by this many days, so that an audit can tell expired from lost. */
const ackedExtraDays = 30

export interface MigrateOptions {
  readonly retentionDays: number
  /** Where the data is, for messages: a directory or a URL without credentials. */
  readonly place: string
}

/** Brings the schema to `schemaVersion` and the retention to what is asked. Safe to repeat after any interruption. */
export const migrate = async (client: ClickHouseClient, options: MigrateOptions): Promise<void> => {
  try {
    await client.command({ query: versionTable })
    const current = await appliedVersion(client)
    if (current > schemaVersion) {
      throw new StoreError(
        'newer_data',
        `${options.place} holds data of schema version ${current}, this Mayfly knows up to ${schemaVersion}: ` +
          'start the newer Mayfly that wrote it, or use another data directory',
      )
    }
    for (const { version, statements } of migrations) {
      if (version <= current) continue
      for (const query of statements) await client.command({ query })
      await client.command({
        query: `INSERT INTO schema_version (version) SETTINGS async_insert=0 VALUES (${integer(version)})`,
      })
    }
    await setRetention(client, options.retentionDays)
  } catch (error) {
    throw storeError(`cannot prepare the schema in ${options.place}`, error)
  }
}

const appliedVersion = async (client: ClickHouseClient): Promise<number> => {
  const result = await client.query({
    query: 'SELECT toUInt32(max(version)) FROM schema_version',
    format: 'JSONCompactEachRow',
  })
  const rows = await result.json<[number]>()
  return rows[0]?.[0] ?? 0
}

/** Sets the tables' TTL where it differs: old parts get their new expiry too, without being rewritten. */
const setRetention = async (client: ClickHouseClient, retentionDays: number): Promise<void> => {
  const days = {
    events: retentionDays,
    coverage: retentionDays,
    acked: retentionDays + ackedExtraDays,
  }
  const result = await client.query({
    query: 'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()',
    format: 'JSONCompactEachRow',
  })
  const definitions = new Map(await result.json<[string, string]>())
  for (const [table, tableDays] of Object.entries(days)) {
    if (definitions.get(table)?.includes(`toIntervalDay(${tableDays})`)) continue
    await client.command({
      query: `ALTER TABLE ${table} MODIFY TTL receive_day + INTERVAL ${integer(tableDays)} DAY`,
    })
  }
}
