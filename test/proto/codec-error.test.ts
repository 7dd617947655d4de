import t from 'tap'
import { atMost, CodecError, whole } from '#proto/codec-error.ts'

for (const value of [-1, 0.5, 11, Number.NaN, Number.POSITIVE_INFINITY]) {
  t.test(
    `${value} is no whole number from 0 to 10, and the message says which field it is`,
    async (t) => {
      t.throws(() => whole(value, 10, 'port'), {
        code: 'range',
        message: `port: must be a whole number from 0 to 10 (got ${value})`,
      })
    },
  )
}

t.test('what is in range comes back', async (t) => {
  for (const value of [0, 1, 10]) t.equal(whole(value, 10, 'port'), value)
  t.equal(atMost(3, 3, 'events'), 3)
})

t.test('too much is told with both numbers', async (t) => {
  t.throws(() => atMost(4, 3, 'events'), {
    code: 'limit',
    message: 'events: 4 exceeds the limit of 3',
  })
  t.ok(new CodecError('limit', 'x') instanceof Error)
})
