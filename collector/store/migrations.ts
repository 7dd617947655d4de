/**
 * The schema, as numbered steps. `migrate` runs at start, before anything else may use the store: it applies what is
 * missing and refuses data of a newer version. Rule: a released step never changes; add one.
 * docs/store.md says why the tables look as they do.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { addressesTable } from './address-lives.ts'
import { baselinesTable } from './baselines.ts'
import { StoreError, storeError } from './errors.ts'
import { detectionTables } from './finding-table.ts'
import { podEventMigration } from './pod-events.ts'
import { integer } from './sql.ts'
import { ancestorMigration, schemaOne, tokenMigration, versionTable } from './tables.ts'

interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}

const migrations: readonly Migration[] = [
  { version: 1, statements: schemaOne },
  { version: 2, statements: [addressesTable] },
  { version: 3, statements: podEventMigration },
  { version: 4, statements: detectionTables },
  { version: 5, statements: [baselinesTable] },
  { version: 6, statements: ancestorMigration },
  { version: 7, statements: tokenMigration },
]

/** The schema version that this program writes. */
export const schemaVersion = Math.max(...migrations.map(({ version }) => version))

/**
 * Brings the schema to `schemaVersion`. Safe to repeat after any interruption. `place` says where the data is, for messages: a
 * directory or a URL without credentials.
 */
export const migrate = async (client: ClickHouseClient, place: string): Promise<void> => {
  try {
    await client.command({ query: versionTable })
    const current = await appliedVersion(client)
    if (current > schemaVersion) {
      throw new StoreError(
        'newer_data',
        `${place} holds data of schema version ${current}, this Mayfly knows up to ${schemaVersion}: ` +
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
  } catch (error) {
    throw storeError(`cannot prepare the schema in ${place}`, error)
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
