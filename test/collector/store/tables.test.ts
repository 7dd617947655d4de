import t from 'tap'
import { ackedColumns } from '#collector/store/acked-rows.ts'
import { eventColumns } from '#collector/store/event-rows.ts'
import { containerColumns, coverageColumns, fileColumns } from '#collector/store/fact-rows.ts'
import { podEventMigration } from '#collector/store/pod-events.ts'
import {
  ancestorMigration,
  schemaOne,
  tokenMigration,
  versionTable,
} from '#collector/store/tables.ts'
import { eventKinds } from '#proto/event.ts'

const nameOf = (sql: string): string => /^CREATE TABLE IF NOT EXISTS (\w+) \(/.exec(sql)?.[1] ?? ''
const tableOf = (name: string): string => schemaOne.find((sql) => nameOf(sql) === name) ?? ''

/** The columns that an insert must or may name. */
const columnsOf = (sql: string): readonly string[] =>
  [...sql.matchAll(/^ {2}(\w+) (.*)$/gm)]
    .filter(([, name = '', type = '']) => !/^(INDEX|PROJECTION)$/.test(name) && !/ALIAS/.test(type))
    .map(([, name = '']) => name)

/** Those of a table that came with later versions. */
const addedColumns = (table: string): readonly string[] =>
  [...podEventMigration, ...ancestorMigration, ...tokenMigration]
    .filter((sql) => sql.startsWith(`ALTER TABLE ${table} `))
    .flatMap((sql) => /ADD COLUMN IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? [])

t.test('a step that was interrupted can be repeated: nothing is made twice', async (t) => {
  for (const sql of [...schemaOne, versionTable]) t.not(nameOf(sql), '', sql.slice(0, 60))
  t.equal(new Set(schemaOne.map(nameOf)).size, schemaOne.length)
})

t.test('what is acknowledged is on the disk, and a repeated insert is recognised', async (t) => {
  for (const sql of schemaOne) {
    t.match(sql, /fsync_after_insert = 1/, nameOf(sql))
    t.match(sql, /fsync_part_directory = 1/, nameOf(sql))
    t.match(sql, /non_replicated_deduplication_window = \d+/, nameOf(sql))
  }
  t.match(versionTable, /fsync_after_insert = 1/)
})

t.test('what retention takes lies in a part of its own for each day of receipt', async (t) => {
  const parted = schemaOne.filter((one) => one.includes('PARTITION BY'))
  for (const sql of parted) t.match(sql, /PARTITION BY receive_day\b/, nameOf(sql))
  t.strictSame(parted.map(nameOf), ['events', 'coverage'])
  t.notOk(
    schemaOne.some((one) => /\bTTL\b/.test(one)),
    'nothing goes without being recorded',
  )
})

t.test('rows are written with the columns that the tables have', async (t) => {
  for (const [table, columns] of [
    ['events', eventColumns],
    ['containers', containerColumns],
    ['files', fileColumns],
    ['coverage', coverageColumns],
    ['acked', ackedColumns],
  ] as const) {
    const all = [...columnsOf(tableOf(table)), ...addedColumns(table)]
    t.strictSame(all.toSorted(), columns.toSorted(), table)
  }
})

t.test('every kind of event can be stored', async (t) => {
  const kinds = [
    ...(/kind Enum8\(([^)]*)\)/.exec(podEventMigration.join())?.[1] ?? '').matchAll(/'(\w+)'/g),
  ]
  t.strictSame(
    kinds.map(([, kind]) => kind),
    [...eventKinds],
  )
})
