import t from 'tap'
import { send, statement } from '#collector/store/statements.ts'
import { stubClient } from './stub-client.ts'

const tokenOf = (query: string): string =>
  /insert_deduplication_token='([0-9a-f]{64})'/.exec(query)?.[1] ?? ''

t.test('the engine can tell a statement that comes again from another', async (t) => {
  const token = (table: string, ...lines: string[]) => tokenOf(statement(table, ['a'], lines).query)
  t.not(token('acked', '1\n'), '')
  t.equal(token('acked', '1\n', '2\n'), token('acked', '1\n', '2\n'))
  t.not(token('acked', '1\n'), token('acked', '2\n'))
  t.not(token('acked', '1\n'), token('events', '1\n'), 'the same rows of another table')
})

t.test('it can be sent as often as it takes, with the same bytes', async (t) => {
  const { client, statements } = stubClient()
  const one = statement('acked', ['a', 'b'], ['1\t2\n', '3\t4\n'])
  t.equal(one.rows, 2)
  await send(client, one)
  await send(client, one)
  t.equal(statements[0], `${one.query}\n1\t2\n3\t4\n`)
  t.equal(statements[1], statements[0])
  t.match(one.query, /^INSERT INTO acked \(a, b\) SETTINGS async_insert=0, .* FORMAT TabSeparated$/)
})
