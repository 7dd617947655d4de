import t from 'tap'
import { createAuth } from '#collector/auth.ts'

t.test('with a token only that token opens', async (t) => {
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
    t.match(
      auth({ authorization }),
      { allowed: false, status: 401, code: 'unauthorized' },
      authorization,
    )
  }
  t.match(auth({}), { allowed: false, message: /a token is required/ })
  t.strictSame(auth({ authorization: 'Bearer abc' }), { allowed: true })
  t.strictSame(auth({ authorization: 'bearer abc', host: 'anything' }), { allowed: true })
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
    t.match(auth({ host }), { allowed: false, status: 403, code: 'forbidden_host' }, host)
  }
  t.match(auth({}), { allowed: false })
  for (const host of ['localhost', 'localhost:7070', '127.0.0.1:1', '[::1]:7070']) {
    t.strictSame(auth({ host }), { allowed: true }, host)
  }
  t.match(auth({ host: 'localhost', origin: 'https://evil' }), { code: 'forbidden_origin' })
  t.match(auth({ host: 'localhost', origin: 'null' }), { code: 'forbidden_origin' })
  t.strictSame(auth({ host: 'localhost', origin: 'http://localhost:3000' }), { allowed: true })
})
