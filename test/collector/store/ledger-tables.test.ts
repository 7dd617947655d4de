import t from 'tap'
import { ackedColumns } from '#collector/store/acked-rows.ts'
import { ledgerTables } from '#collector/store/ledger-tables.ts'

const tableOf = (name: string): string =>
  ledgerTables.find((sql) => sql.startsWith(`CREATE TABLE IF NOT EXISTS ${name} (`)) ?? ''

t.test('rows of one epoch become one row, and no column of it is left to chance', async (t) => {
  const acked = tableOf('acked')
  t.match(acked, /ENGINE = AggregatingMergeTree ORDER BY \(agent, epoch\)/)
  const merged = [...acked.matchAll(/^ {2}(\w+) SimpleAggregateFunction\((\w+),/gm)]
  t.strictSame(
    ['agent', 'epoch', ...merged.map(([, name]) => name)],
    ackedColumns,
    'beside the key, all columns say how they are merged',
  )
  const how = Object.fromEntries(merged.map(([, name = '', by = '']) => [name, by]))
  t.match(how, {
    ...{ first_seq: 'min', last_seq: 'max', numbers: 'sum', units: 'sumMap', lost: 'sumMap' },
    ...{ captured_before: 'min', filtered_before: 'min', captured: 'max', filtered: 'max' },
  })
})

t.test('the later word replaces the earlier, of what has a later word', async (t) => {
  for (const [name, version, key] of [
    ['expired', 'version', '(agent, epoch, receive_day)'],
    ['thinned', 'version', 'receive_day'],
    ['holds', 'released', 'id'],
  ] as const) {
    const engine = `ENGINE = ReplacingMergeTree(${version}) ORDER BY ${key} SETTINGS`
    t.ok(tableOf(name).includes(engine), name)
  }
})
