import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readAuthority } from '#base/authority.ts'
import { makeAuthority } from '#test/stand-ins/certificates.ts'

t.test('a file that is no authority', async (t) => {
  const dir = t.testdir({ empty: '', text: 'PEM', folder: {} })
  const authority = makeAuthority()
  t.teardown(authority.remove)
  const { key, cert } = authority.issue('ca', ['DNS:a'])
  writeFileSync(join(dir, 'key'), key)
  writeFileSync(join(dir, 'half'), cert.slice(0, 200))
  for (const [name, message] of [
    ['missing', /^--collector-ca ".*missing": cannot be read \(ENOENT\)/],
    ['folder', /cannot be read \(EISDIR\)/],
    ['empty', /holds no certificate/],
    ['text', /holds no certificate/],
    ['key', /holds no certificate/],
    ['half', /holds no certificate/],
  ] as const)
    t.throws(() => readAuthority(join(dir, name)), { name: 'ConfigError', message }, name)
})

t.test('the file is read anew each time; without one nothing is', async (t) => {
  t.equal(readAuthority(undefined), undefined)
  const [first, second] = [makeAuthority(), makeAuthority()]
  t.teardown(first.remove)
  t.teardown(second.remove)
  const file = join(t.testdir(), 'ca.crt')
  for (const pem of [first.ca, `${first.ca}${second.ca}`, second.ca]) {
    writeFileSync(file, pem)
    t.equal(readAuthority(file)?.toString(), pem)
  }
})
