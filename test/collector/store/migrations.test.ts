import t from 'tap'
import { migrate, schemaVersion } from '#collector/store/migrations.ts'
import { schemaOne, versionTable } from '#collector/store/tables.ts'
import { type Answer, serverError, stubClient } from './stub-client.ts'

const place = '/data'

/** A server with data of this version. */
const server =
  (version: number): Answer =>
  (statement) =>
    statement.includes('max(version)') ? [[version]] : []

const versionWritten = (statements: readonly string[]): boolean =>
  statements.some((statement) => statement.startsWith('INSERT INTO schema_version'))

t.test('data of a newer version is left alone', async (t) => {
  const { client, statements } = stubClient(server(schemaVersion + 1))
  await t.rejects(migrate(client, place), {
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
  await t.rejects(migrate(failing.client, place), {
    code: 'unreachable',
    message: /^cannot prepare the schema in \/data: No space left/,
  })
  t.notOk(versionWritten(failing.statements))
  const again = stubClient(server(0))
  await migrate(again.client, place)
  t.strictSame(
    again.statements.filter((one) => schemaOne.includes(one)),
    schemaOne,
  )
  t.ok(versionWritten(again.statements))
})

t.test('an answer without a row means that nothing was applied', async (t) => {
  const { client, statements } = stubClient()
  await migrate(client, place)
  t.ok(versionWritten(statements))
})

t.test('the version is recorded only after all of its tables are there', async (t) => {
  const { client, statements } = stubClient(server(0))
  await migrate(client, place)
  const written = statements.findIndex((one) => one.startsWith('INSERT INTO schema_version'))
  t.ok(schemaOne.every((one) => statements.indexOf(one) < written))
})

t.test('data of this version is left as it is', async (t) => {
  const { client, statements } = stubClient(server(schemaVersion))
  await migrate(client, place)
  t.notOk(
    statements.some((statement) => schemaOne.includes(statement)),
    'no step is repeated',
  )
  t.notOk(versionWritten(statements))
})
