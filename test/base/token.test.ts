import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkToken, readToken } from '#base/token.ts'

t.test('a token comes from the flag, from a file that may change, or not at all', async (t) => {
  const file = join(t.testdir({ token: 'from-file\n' }), 'token')
  t.equal(readToken({}), undefined)
  t.equal(readToken({ token: 'abc' }), 'abc')
  t.equal(readToken({ tokenFile: file }), 'from-file')
  writeFileSync(file, 'rotated')
  t.equal(readToken({ tokenFile: file }), 'rotated')
})

t.test('what cannot be a token is refused without repeating it', async (t) => {
  const dir = t.testdir({ empty: ' \n', two: 'secret one\nsecret two\n' })
  const cases = [
    [{ token: 'a b' }, /only letters/],
    [{ token: 'secret\r\nx-evil: 1' }, /only letters/],
    [{ token: 'x'.repeat(10_000) }, /longer than/],
    [{ tokenFile: join(dir, 'empty') }, /is empty/],
    [{ tokenFile: join(dir, 'two') }, /only letters/],
    [{ tokenFile: join(dir, 'absent') }, /ENOENT/],
    [{ tokenFile: dir }, /EISDIR/],
    [{ token: 'a', tokenFile: 'b' }, /not both/],
  ] as const
  for (const [settings, message] of cases) {
    t.throws(() => readToken(settings), { name: 'ConfigError', message })
    t.throws(() => readToken(settings), { message: /^(?!.*secret)/ })
  }
  t.equal(checkToken('eyJhbGciOi.J9-_~+/=='), undefined)
})
