import t from 'tap'
import { parseLoginUid, readLoginUid } from '#agent/sources/procfs/login-uid.ts'

t.test('unset is absent', async (t) => {
  t.equal(parseLoginUid('4294967295'), undefined)
  t.equal(parseLoginUid('0'), 0)
  t.equal(parseLoginUid('1000\n'), 1000)
  for (const text of ['', 'x', '-1', '1 2', '99999999999'])
    t.equal(parseLoginUid(text), undefined, text)
})

t.test('a kernel without audit has no such file', async (t) => {
  const root = t.testdir({ 7: { loginuid: '1000' }, 8: {} })
  t.equal(readLoginUid(root, 7), 1000)
  t.equal(readLoginUid(root, 8), undefined)
})
