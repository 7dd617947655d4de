import fc from 'fast-check'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { embeddedClient, embeddedDatabase, parseStoreUrl } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { integer, quote, quoteList, settings } from '#collector/store/sql.ts'
import { hostileText } from './event-arbitraries.ts'
import { engineMissing, temporaryDirectory } from './fixtures.ts'

t.test('a literal holds no byte that could end it early', async (t) => {
  for (const [text, literal] of [
    ['', "''"],
    ["it's", "'it\\'s'"],
    ['\\', "'\\\\'"],
    ["\\'; DROP", "'\\\\\\'; DROP'"],
    ['a\nb\0c', "'a\\x0ab\\x00c'"],
  ] as const) {
    t.equal(quote(text), literal)
  }
})

t.test('numbers, lists and settings', async (t) => {
  t.equal(integer(2 ** 53 * 1024), '9223372036854775808')
  t.equal(integer(-1.9), '-1')
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) t.throws(() => integer(value))
  t.equal(quoteList(['a', "'"]), "('a','\\'')")
  t.throws(() => quoteList([]))
  t.equal(settings({ max_threads: 1, token: "'" }), "SETTINGS max_threads=1, token='\\''")
})

t.test('the engine reads back every string that was quoted', { skip: engineMissing }, async (t) => {
  const engine = await EmbeddedEngine.start({
    dataDir: temporaryDirectory(t),
    database: embeddedDatabase,
    memoryBytes: 700_000_000,
    log: silentLog,
  })
  const client = embeddedClient(engine.agent())
  t.teardown(async () => {
    await client.close()
    await engine.stop()
  })
  await fc.assert(
    fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 20 }), async (texts) => {
      const wellFormed = texts.map((text) => text.toWellFormed())
      const query = `SELECT ${wellFormed.map(quote).join(', ')}`
      const result = await client.query({ query, format: 'JSONCompactEachRow' })
      t.same(await result.json(), [wellFormed])
    }),
    { numRuns: 40 },
  )
})

t.test('--store-url', async (t) => {
  t.same(parseStoreUrl('http://us%40er:p%3Ass@db:8123/may'), {
    url: 'http://db:8123',
    username: 'us@er',
    password: 'p:ss',
    database: 'may',
    place: 'http://db:8123/may',
  })
  t.match(parseStoreUrl('https://db'), {
    url: 'https://db',
    username: 'default',
    database: 'default',
  })
  for (const text of ['db:8123', '', 'tcp://db:9000', 'http://db/a b', "http://db/a'b"]) {
    t.throws(() => parseStoreUrl(text), { message: /^--store-url: / }, text)
  }
})
