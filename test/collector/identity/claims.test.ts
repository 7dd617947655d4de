import fc from 'fast-check'
import t from 'tap'
import { parseServiceAccount, readClaims } from '#collector/identity/claims.ts'

const jwt = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

const none = { expiresMs: undefined, audiences: undefined, subject: '' }

const cases: readonly (readonly [string, string, object])[] = [
  ['nothing', '', none],
  ['one part', 'opaque', none],
  ['two parts', 'a.b', none],
  ['a payload that is no base64', 'a.***.c', none],
  ['a payload that is no JSON', 'a.e3s.c', none],
  ['a payload that is null', jwt(null), none],
  ['a payload that is a list', jwt([1]), none],
  ['an end that is text', jwt({ exp: '1' }), none],
  ['audiences that are numbers', jwt({ aud: [1, 2] }), none],
  ['audiences of which one is a number', jwt({ aud: ['a', 2] }), none],
  ['a subject that is an object', jwt({ sub: {} }), none],
  ['one audience alone', jwt({ aud: 'a' }), { ...none, audiences: ['a'] }],
  ['no audience at all', jwt({ aud: [] }), { ...none, audiences: [] }],
  [
    'all of it',
    jwt({ exp: 1_700_000_000, aud: ['a', 'b'], sub: 's' }),
    { expiresMs: 1_700_000_000_000, audiences: ['a', 'b'], subject: 's' },
  ],
]
for (const [name, token, claims] of cases) {
  t.test(`${name} is read for what it is`, async (t) => {
    t.strictSame(readClaims(token), claims)
  })
}

t.test('whatever is sent, something is read', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => jwt(text)),
        fc.jsonValue().map(jwt),
      ),
      (text) => {
        const { audiences, expiresMs, subject } = readClaims(text)
        return (
          typeof subject === 'string' &&
          (audiences === undefined || audiences.every((one) => typeof one === 'string')) &&
          (expiresMs === undefined || !Number.isNaN(expiresMs))
        )
      },
    ),
  )
  t.pass('no text made it throw')
})

t.test('only the user name of a ServiceAccount names one', async (t) => {
  for (const user of [
    '',
    'alice',
    'system:serviceaccount:a',
    'system:serviceaccount::b',
    'system:serviceaccount:a:',
    'system:serviceaccount:a:b:c',
    'system:serviceaccount:a:b"; rm',
    'system:serviceaccount:A:b',
    'System:serviceaccount:a:b',
    'system:node:a:b',
    `system:serviceaccount:a:${'b'.repeat(300)}`,
  ]) {
    t.equal(parseServiceAccount(user), undefined, user)
  }
  t.strictSame(parseServiceAccount('system:serviceaccount:shop:api.v2'), {
    namespace: 'shop',
    name: 'api.v2',
  })
})
