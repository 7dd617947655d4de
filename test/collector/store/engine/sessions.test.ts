import type { Session } from 'chdb'
import t from 'tap'
import { EngineError, ingestMark, readerCount, Sessions } from '#collector/store/engine/sessions.ts'

/** An engine whose statements end when the test says, except for those of opening. */
const openSessions = async () => {
  const log: string[] = []
  const running = new Map<string, { answer(): void; fail(error: Error): void }>()
  let opened = 0
  const open = (): Session => {
    const number = opened
    opened += 1
    const queryAsync = (sql: string) => {
      log.push(`${number} ${sql}`)
      if (/^(CREATE DATABASE|USE)/.test(sql))
        return Promise.resolve({ bytes: () => Buffer.from('') })
      return new Promise((resolve, reject) => {
        running.set(sql, { answer: () => resolve({ bytes: () => Buffer.from(sql) }), fail: reject })
      })
    }
    return { queryAsync, close: () => log.push(`${number} closed`) } as unknown as Session
  }
  const sessions = await Sessions.open(open, 'mayfly')
  const opening = log.splice(0)
  const control = (sql: string) => {
    const found = running.get(sql)
    if (found === undefined) throw new Error(`${sql} does not run`)
    return found
  }
  return { sessions, log, opening, control, opened: () => opened }
}

/** Lets everything go on that can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('one writer and the readers open the same database, one after another', async (t) => {
  const { opening, opened } = await openSessions()
  t.equal(opened(), 1 + readerCount)
  t.strictSame(opening.slice(0, 2), ['0 CREATE DATABASE IF NOT EXISTS mayfly', '0 USE mayfly'])
  t.equal(opening.length, 2 * (1 + readerCount))
})

t.test('only what surely only reads leaves the writer', async (t) => {
  for (const [name, sql, writes] of [
    ['nothing', '', true],
    ['a comment before a read', '/* x */ SELECT 1', true],
    ['the mark of ingest', `${ingestMark} SELECT 1`, true],
    ['a word that only begins alike', 'SELECTED', true],
    ['an insert', 'INSERT INTO a SELECT 1', true],
    ['a mutation', 'ALTER TABLE a DELETE WHERE 1', true],
    ['a read', 'SELECT 1', false],
    ['a read in small letters on a later line', '\n select 1', false],
    ['a read in brackets', '(SELECT 1)', false],
    ['a read with names', 'WITH 1 AS a SELECT a', false],
    ['a description', 'describe table a', false],
  ] as const) {
    const { sessions, log, control } = await openSessions()
    const done = sessions.run(sql)
    await settle()
    t.equal(log[0]?.startsWith('0 '), writes, name)
    control(sql).answer()
    t.equal(Buffer.from(await done).toString(), sql)
  }
})

t.test('a slow read holds up neither writes nor other reads', async (t) => {
  const { sessions, log, control } = await openSessions()
  const slow = sessions.run('SELECT slow')
  const others = ['SELECT 1', 'SELECT 2', 'INSERT 3'].map((sql) => sessions.run(sql))
  await settle()
  t.equal(new Set(log.map((line) => line.split(' ')[0])).size, 4, 'each on a connection of its own')
  for (const sql of ['SELECT 1', 'SELECT 2', 'INSERT 3']) control(sql).answer()
  await Promise.all(others)
  control('SELECT slow').answer()
  await slow
})

t.test('a failed statement is told to who asked, and the next one runs', async (t) => {
  const { sessions, control } = await openSessions()
  const failed = sessions.run('INSERT 1')
  const next = sessions.run('INSERT 2')
  await settle()
  t.throws(() => control('INSERT 2'), 'the writer runs one at a time')
  control('INSERT 1').fail(new Error('Code: 62'))
  await t.rejects(failed, { message: 'Code: 62' })
  await settle()
  control('INSERT 2').answer()
  await next
})

t.test(
  'too many waiting statements are refused, and accepted again when some are done',
  async (t) => {
    const { sessions, control } = await openSessions()
    const waiting = Array.from({ length: 64 }, (_, index) => sessions.run(`INSERT ${index}`))
    t.throws(
      () => sessions.run('INSERT more'),
      new EngineError(202, 'Too many statements are waiting (TOO_MANY_SIMULTANEOUS_QUERIES)'),
    )
    for (let index = 0; index < 64; index += 1) {
      await settle()
      control(`INSERT ${index}`).answer()
    }
    await Promise.all(waiting)
    await settle()
    const after = sessions.run('INSERT more')
    await settle()
    control('INSERT more').answer()
    await after
  },
)

t.test('closing waits for what runs', async (t) => {
  const { sessions, log, control } = await openSessions()
  const last = sessions.run('INSERT last')
  const closed = sessions.close()
  await settle()
  t.notOk(log.includes('0 closed'))
  control('INSERT last').answer()
  await Promise.all([last, closed])
  t.equal(log.filter((line) => line.endsWith('closed')).length, 1 + readerCount)
})
