import t from 'tap'
import { ApiError, apiErrorCodes } from '#collector/api/errors.ts'

t.test('every code has a status of its class', async (t) => {
  for (const code of apiErrorCodes) {
    const { status } = new ApiError(code, 'message')
    t.ok(status >= 400 && status < 600, code)
  }
})

t.test('the answer names the field only where one is to blame', async (t) => {
  t.strictSame(new ApiError('not_found', 'nothing here').answer(), {
    error: { code: 'not_found', message: 'nothing here' },
  })
  t.strictSame(new ApiError('bad_parameter', 'wrong', 'limit', new Error('inner')).answer(), {
    error: { code: 'bad_parameter', message: 'wrong', field: 'limit' },
  })
})
