import fc from 'fast-check'
import t from 'tap'
import { ApiError } from '#collector/api/errors.ts'
import { parseFindingRequest } from '#collector/api/finding-request.ts'

t.test('whatever is sent is read or refused', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      try {
        return parseFindingRequest(body).action !== undefined
      } catch (error) {
        return error instanceof ApiError
      }
    }),
  )
})

t.test('a decision with its comment, and what is wrong by name', async (t) => {
  t.strictSame(parseFindingRequest({ action: 'resolve', comment: ' done ' }), {
    action: 'resolve',
    comment: 'done',
  })
  t.strictSame(parseFindingRequest({ action: 'acknowledge' }), {
    action: 'acknowledge',
    comment: '',
  })
  for (const [body, message] of [
    [[], /write an object/],
    [{ action: 'delete' }, /action: write one of acknowledge/],
    [{ action: 'resolve', state: 'x' }, /unknown field/],
    [{ action: 'resolve', comment: 7 }, /comment: write text/],
    [{ action: 'resolve', comment: 'x'.repeat(1_001) }, /at most 1000/],
    [{ action: 'suppress', comment: ' ' }, /comment: suppress needs one/],
    [{ action: 'comment' }, /comment: comment needs one/],
  ] as const)
    t.throws(() => parseFindingRequest(body), { message }, JSON.stringify(body).slice(0, 60))
})
