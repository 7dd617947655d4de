import fc from 'fast-check'
import t from 'tap'
import { ApiError } from '#collector/api/errors.ts'
import { defaultLimit, type ParameterName, parameters, parseQuery } from '#collector/api/query.ts'

const all = Object.keys(parameters) as ParameterName[]
const parse = (text: string) => parseQuery(new URLSearchParams(text), all, 1e15)

t.test('nothing asked is everything, up to the default limit', async (t) => {
  t.strictSame(parse(''), { limit: defaultLimit })
})

t.test('spans count back from the same moment', async (t) => {
  t.strictSame(parse('since=15m&until=5m'), {
    limit: defaultLimit,
    sinceUs: 1e15 - 900e6,
    untilUs: 1e15 - 300e6,
  })
})

t.test('what a route does not know is named together with what it knows', async (t) => {
  t.throws(() => parseQuery(new URLSearchParams('cursor=1'), ['pod', 'limit'], 0), {
    code: 'unknown_parameter',
    field: 'cursor',
    message: /pod, limit/,
  })
  t.throws(() => parseQuery(new URLSearchParams('__proto__=1'), all, 0), {
    code: 'unknown_parameter',
  })
  t.throws(() => parseQuery(new URLSearchParams('toString=1'), all, 0), {
    code: 'unknown_parameter',
  })
})

t.test('any query string is read or refused, never anything else', async () => {
  const name = fc.oneof(fc.constantFrom(...all), fc.string())
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' }))), (pairs) => {
      try {
        return parseQuery(new URLSearchParams(pairs), all, 1e15).limit > 0
      } catch (error) {
        return error instanceof ApiError && error.status === 400 && error.field !== undefined
      }
    }),
  )
})
