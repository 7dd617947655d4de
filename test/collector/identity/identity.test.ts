import t from 'tap'
import { bearerToken, refusalReasons, refused, statusOf } from '#collector/identity/identity.ts'

t.test('every refusal has a status that says who can do something about it', async (t) => {
  for (const reason of refusalReasons) t.ok([401, 403, 429, 503].includes(statusOf(reason)), reason)
  t.equal(new Set(refusalReasons).size, refusalReasons.length)
})

t.test('a token is what stands after Bearer, alone', async (t) => {
  for (const authorization of ['', 'abc', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b']) {
    t.equal(bearerToken({ authorization }), undefined, authorization)
  }
  t.equal(bearerToken({}), undefined)
  t.equal(bearerToken({ authorization: 'bearer  a.b-c' }), 'a.b-c')
})

t.test('a refusal allows nothing', async (t) => {
  t.strictSame(refused('busy', 'later'), { allowed: false, reason: 'busy', message: 'later' })
})
