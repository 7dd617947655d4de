import t from 'tap'
import { migrate, schemaVersion } from '#collector/store/migrations.ts'
import { schemaOne, versionTable } from '#collector/store/tables.ts'
import { podEventRecord } from '#test/fixtures/pod-event-record.ts'
import {
  containerId,
  engineMissing,
  openTestStore,
  t0,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'
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

t.test('what an older version stored is read by this one', { skip: engineMissing }, async (t) => {
  const dir = temporaryDirectory(t)
  await withEngine(dir, async (client) => {
    for (const query of [versionTable, ...schemaOne]) await client.command({ query })
    await client.command({ query: 'INSERT INTO schema_version (version) VALUES (1)' })
    await client.command({
      query: `INSERT INTO events (receive_day, kind, time_us, source, container_id, agent, node, epoch, seq, exe)
        VALUES ('2026-11-23', 'exec', ${t0}, 'ebpf', '${containerId('a')}', 'agent-1', 'node-1', 1, 1, '/bin/old')`,
    })
  })
  const store = await openTestStore(dir)
  t.teardown(() => store.close())
  t.match((await store.events({ limit: 9 })).events, [
    { kind: 'exec', process: { exe: '/bin/old' } },
  ])
  await store.insertPodEvents([podEventRecord({ timeUs: t0 + 1 })])
  const { events } = await store.events({ limit: 9 })
  t.strictSame(
    events.map(({ kind }) => kind),
    ['exec', 'pod'],
  )
})
