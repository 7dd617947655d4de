import t from 'tap'
import { migrate, schemaVersion } from '#collector/store/migrations.ts'
import { schemaOne, versionTable } from '#collector/store/tables.ts'
import { type Answer, serverError, stubClient } from './stub-client.ts'

const options = { retentionDays: 7, place: '/data' }

/** A server with data of this version, whose tables have these definitions. */
const server =
  (version: number, definitions: readonly (readonly [string, string])[] = []): Answer =>
  (statement) => {
    if (statement.includes('max(version)')) return [[version]]
    return statement.includes('system.tables') ? definitions : []
  }

const versionWritten = (statements: readonly string[]): boolean =>
  statements.some((statement) => statement.startsWith('INSERT INTO schema_version'))

t.test('data of a newer version is left alone', async (t) => {
  const { client, statements } = stubClient(server(schemaVersion + 1))
  await t.rejects(migrate(client, options), {
    code: 'newer_data',
    message: /^\/data holds data of schema version .* start the newer Mayfly/,
  })
  t.strictSame(statements.slice(0, 1), [versionTable])
  t.notOk(statements.some((statement) => /^(ALTER|INSERT|DROP)/.test(statement)))
})

t.test('interrupted half-way, a step is not recorded and runs again', async (t) => {
  const failing = stubClient((statement) => {
    if (statement === schemaOne[2]) throw serverError(243, 'No space left on device')
    return server(0)(statement)
  })
  await t.rejects(migrate(failing.client, options), {
    code: 'unreachable',
    message: /^cannot prepare the schema in \/data: No space left/,
  })
  t.notOk(versionWritten(failing.statements))
  const again = stubClient(server(0))
  await migrate(again.client, options)
  t.strictSame(
    again.statements.filter((one) => schemaOne.includes(one)),
    schemaOne,
  )
  t.ok(versionWritten(again.statements))
})

t.test('an answer without a row means that nothing was applied', async (t) => {
  const { client, statements } = stubClient()
  await migrate(client, options)
  t.ok(versionWritten(statements))
})

t.test('the version is recorded only after all of its tables are there', async (t) => {
  const { client, statements } = stubClient(server(0))
  await migrate(client, options)
  const written = statements.findIndex((one) => one.startsWith('INSERT INTO schema_version'))
  t.ok(schemaOne.every((one) => statements.indexOf(one) < written))
})

t.test(
  'data of this version gets the retention that is asked, and nothing where it has it',
  async (t) => {
    const has = (days: number) => `… TTL receive_day + toIntervalDay(${days}) SETTINGS …`
    for (const [name, definitions, expected] of [
      [
        'all as asked',
        [
          ['events', has(7)],
          ['coverage', has(7)],
          ['acked', has(37)],
        ],
        [],
      ],
      [
        'another number that begins alike',
        [
          ['events', has(70)],
          ['coverage', has(7)],
          ['acked', has(37)],
        ],
        ['events'],
      ],
      ['tables without a definition', [], ['events', 'coverage', 'acked']],
    ] as const) {
      const { client, statements } = stubClient(server(schemaVersion, definitions))
      await migrate(client, options)
      const changes = statements.filter((statement) => statement.startsWith('ALTER TABLE'))
      t.strictSame(
        changes.map((change) => change.split(' ')[2]),
        expected,
        name,
      )
      t.notOk(
        statements.some((statement) => schemaOne.includes(statement)),
        'no step is repeated',
      )
    }
  },
)
