import t from 'tap'
import { changes, requireOwnOrigin } from '#collector/api/changes.ts'
import { schemas } from '#collector/api/schemas.ts'

t.test('every change has schemas for what it takes and gives', async (t) => {
  for (const { body, answer, status, operationId } of changes) {
    if (body !== undefined) t.ok(schemas[body], body)
    t.equal(answer === undefined, status === 204, operationId)
    if (answer !== undefined) t.ok(schemas[answer], answer)
  }
})

const host = 'localhost:7070'
const origins: readonly (readonly [string, string | undefined, boolean])[] = [
  ['no page at all', undefined, true],
  ['our own page', 'http://localhost:7070', true],
  ['our own page behind TLS', 'https://localhost:7070', true],
  ['a page on another port of this machine', 'http://localhost:3000', false],
  ['a page on the default port', 'http://localhost', false],
  ['our machine by another name', 'http://127.0.0.1:7070', false],
  ['a page of the Internet', 'https://evil.example', false],
  ['a name that begins like ours', 'http://localhost:7070.evil.example', false],
  ['a sandboxed frame or a file', 'null', false],
  ['an empty origin', '', false],
]
for (const [name, origin, isAllowed] of origins) {
  t.test(`${name} ${isAllowed ? 'may' : 'may not'} change something`, async (t) => {
    const check = () => requireOwnOrigin({ host, ...(origin !== undefined && { origin }) })
    if (isAllowed) t.doesNotThrow(check)
    else t.throws(check, { code: 'forbidden_origin', status: 403 })
  })
}

t.test('without a Host nothing is our own', async (t) => {
  t.throws(() => requireOwnOrigin({ origin: 'null' }), { code: 'forbidden_origin' })
  t.throws(() => requireOwnOrigin({ origin: 'file:///x' }), { code: 'forbidden_origin' })
})
