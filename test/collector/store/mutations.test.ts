import t from 'tap'
import { cancelDeletes, deleteAllBut } from '#collector/store/mutations.ts'
import { type Answer, serverError, stubClient } from './stub-client.ts'

const open = new AbortController().signal

/** An engine with these answers to what is still running, one after another, and to whether rows are left. */
const engine = (running: readonly (readonly [number, string])[], left: readonly boolean[]) => {
  const [mutations, rows] = [[...running], [...left]]
  const answer: Answer = (statement) => {
    if (statement.includes('system.mutations')) return [mutations.shift() ?? [0, '']]
    if (statement.startsWith('SELECT 1')) return rows.shift() ? [[1]] : []
    return []
  }
  return stubClient(answer)
}

const changes = (statements: readonly string[]) =>
  statements.filter((one) => /^(ALTER|KILL)/.test(one)).map((one) => one.split(' ')[0])

t.test('nothing is rewritten where nothing is to go', async (t) => {
  const { client, statements } = engine([], [false])
  await deleteAllBut(client, 'events', '2026-11-18', '1', open)
  t.strictSame(changes(statements), [])
})

t.test('the end is awaited without holding up the writer', async (t) => {
  const { client, statements } = engine(
    [
      [1, ''],
      [1, ''],
    ],
    [true, false],
  )
  await deleteAllBut(client, 'events', '2026-11-18', "node = 'n'", open)
  t.match(
    statements.find((one) => one.startsWith('ALTER')),
    /^ALTER TABLE events DELETE IN PARTITION '2026-11-18' WHERE NOT \(node = 'n'\) SETTINGS mutations_sync=0$/,
  )
})

t.test('it is done only when the rows are gone', async (t) => {
  for (const [name, running, left, expected] of [
    ['somebody ended it', [], [true, true], { code: 'unreachable' }],
    [
      'the engine cannot',
      [[1, 'Memory limit']],
      [true],
      { code: 'rejected', message: /Memory limit/ },
    ],
  ] as const) {
    const { client } = engine(running, left)
    await t.rejects(deleteAllBut(client, 'events', '2026-11-18', '0', open), expected, name)
  }
  const closing = new AbortController()
  closing.abort()
  const { client } = engine([[1, '']], [true])
  await t.rejects(deleteAllBut(client, 'coverage', '2026-11-18', '0', closing.signal), {
    code: 'closed',
  })
  const refusing = stubClient((statement) => {
    if (statement.startsWith('ALTER')) throw serverError(243, 'No space left on device')
    return [[1]]
  })
  await t.rejects(deleteAllBut(refusing.client, 'events', '2026-11-18', '0', open), {
    message: /^cannot delete what has expired: No space left/,
  })
})

t.test('only what still runs is ended', async (t) => {
  const idle = engine([], [])
  t.equal(await cancelDeletes(idle.client), false)
  t.strictSame(changes(idle.statements), [])
  const busy = engine([[1, '']], [])
  t.equal(await cancelDeletes(busy.client), true)
  t.strictSame(changes(busy.statements), ['KILL'])
})

t.test('what is on its way when it is ended is waited for', async (t) => {
  const rewriting = [2, 1, 0]
  const { client, statements } = stubClient((statement) => {
    if (statement.includes('system.mutations')) return [[1, '']]
    return statement.includes('system.merges') ? [[rewriting.shift() ?? 0]] : []
  })
  t.equal(await cancelDeletes(client), true)
  t.strictSame(rewriting, [], 'until nothing is rewritten')
  t.equal(statements.filter((one) => one.includes('system.merges')).length, 3)
})
