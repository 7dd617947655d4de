import { readFileSync } from 'node:fs'
import t from 'tap'
import { closeCodes } from '#collector/ingest/session.ts'

t.test('every close code is documented, distinct, and in a range that may be used', async (t) => {
  const page = readFileSync(new URL('../../../docs/wire.md', import.meta.url), 'utf8')
  const codes = Object.values(closeCodes)
  t.equal(new Set(codes).size, codes.length)
  for (const code of codes) {
    t.match(page, new RegExp(`\\| ${code} \\|`))
    t.ok(code === 1001 || code === 1002 || (code >= 4000 && code < 5000))
  }
})
