import t from 'tap'
import { createAuth } from '#collector/auth.ts'
import { statusOf } from '#collector/identity/identity.ts'

t.test('with a token only that token opens, either door', async (t) => {
  const auth = createAuth('abc')
  for (const authorization of [
    '',
    'abc',
    'Bearer',
    'Bearer  ',
    'Bearer abcd',
    'Bearer ab',
    'Basic abc',
    'Bearer abc abc',
  ]) {
    for (const door of ['agent', 'person'] as const) {
      const decision = await auth[door]({ authorization })
      t.equal(decision.allowed, false, authorization)
      if (!decision.allowed) t.equal(statusOf(decision.reason), 401, authorization)
    }
  }
  t.match(await auth.person({}), { reason: 'no_token', message: /a token is required/ })
  t.match(await auth.person({ authorization: 'Bearer x' }), { reason: 'wrong_token' })
  const allowed = { allowed: true, identity: { kind: 'shared' } } as const
  t.strictSame(await auth.agent({ authorization: 'Bearer abc' }), allowed)
  t.strictSame(await auth.person({ authorization: 'bearer abc', host: 'anything' }), allowed)
})

t.test('without a token only loopback names open', async (t) => {
  const auth = createAuth(undefined)
  for (const host of [
    '',
    'evil',
    'evil:7070',
    '10.0.0.1:7070',
    '127.0.0.1.evil:80',
    '[::2]:1',
    'localhost.evil',
    'a b',
  ]) {
    t.match(await auth.person({ host }), { allowed: false, reason: 'forbidden_host' }, host)
    t.match(await auth.agent({ host }), { allowed: false, reason: 'forbidden_host' }, host)
  }
  t.match(await auth.person({}), { allowed: false })
  const allowed = { allowed: true, identity: { kind: 'local' } } as const
  for (const host of ['localhost', 'localhost:7070', '127.0.0.1:1', '[::1]:7070']) {
    t.strictSame(await auth.person({ host }), allowed, host)
  }
  const from = (origin: string) => auth.person({ host: 'localhost', origin })
  t.match(await from('https://evil'), { reason: 'forbidden_origin' })
  t.match(await from('null'), { reason: 'forbidden_origin' })
  t.strictSame(await from('http://localhost:3000'), allowed)
})
