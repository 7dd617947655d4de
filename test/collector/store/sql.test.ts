import fc from 'fast-check'
import t from 'tap'
import { integer, quote, quoteList, settings } from '#collector/store/sql.ts'
import { hostileText } from './event-arbitraries.ts'
import { engineMissing, temporaryDirectory, withEngine } from './fixtures.ts'

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
  await withEngine(temporaryDirectory(t), async (client) => {
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
})
