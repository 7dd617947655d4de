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

t.test('what who asks is read as events have it, or refused by name', async (t) => {
  t.match(parse('ip=2001:DB8::0:1&port=443'), { ip: '2001:db8::1', port: 443 })
  t.match(parse('cidr=10.1.2.3/8&domain=Example.COM.'), {
    cidr: '10.0.0.0/8',
    domain: 'example.com',
  })
  for (const [text, field] of [
    ['ip=10.0.0.1/8', 'ip'],
    ['cidr=x', 'cidr'],
    ['port=0', 'port'],
    ['domain=*.example.com', 'domain'],
    ['exe=bin/x', 'exe'],
    ['sha256=abc', 'sha256'],
  ] as const) {
    t.throws(() => parse(text), { code: 'bad_parameter', field, message: /: (write|for) / }, text)
  }
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
