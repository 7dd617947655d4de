import t from 'tap'
import { errorLine, exceptionCode, StoreError, storeError } from '#collector/store/errors.ts'
import { serverError } from './stub-client.ts'

t.test('what went wrong decides whether another try can help', async (t) => {
  for (const [name, error, code] of [
    ['something that is no error at all', null, 'unreachable'],
    ['a text', 'gone', 'unreachable'],
    [
      'a network error with a code of letters',
      Object.assign(new Error('x'), { code: 'ECONNRESET' }),
      'unreachable',
    ],
    ['a code of zero', serverError(0, 'x'), 'unreachable'],
    ['a code nobody knows', serverError(9_999, 'x'), 'unreachable'],
    ['a full disk', serverError(243, 'x'), 'unreachable'],
    ['a missing table, which a migration may still make', serverError(60, 'x'), 'unreachable'],
    ['bytes that cannot be parsed', serverError(27, 'x'), 'rejected'],
    ['an unknown enum value', serverError(691, 'x'), 'rejected'],
    ['a syntax error', serverError(62, 'x'), 'rejected'],
    ['a statement that took too long', serverError(159, 'x'), 'limit'],
    ['a statement that took too much memory', serverError(241, 'x'), 'limit'],
    ['a StoreError, which stays itself', new StoreError('closed', 'x'), 'closed'],
  ] as const) {
    t.equal(storeError('cannot do it', error).code, code, name)
  }
})

t.test('the message says what was tried and why it failed, and keeps the cause', async (t) => {
  const cause = serverError(62, 'Syntax error')
  const error = storeError('cannot read events', cause)
  t.equal(error.message, 'cannot read events: Syntax error')
  t.equal(error.cause, cause)
  t.equal(error.name, 'StoreError')
  t.notOk('cause' in new StoreError('closed', 'x'), 'no cause is no property')
})

t.test('exception codes are positive integers of real errors', async (t) => {
  for (const error of [
    undefined,
    { code: '62' },
    serverError(-1, ''),
    serverError(1.5, ''),
    new Error('x'),
  ]) {
    t.equal(exceptionCode(error), undefined)
  }
  t.equal(exceptionCode(serverError(62, '')), 62)
})

t.test('an error is one short line', async (t) => {
  for (const [name, error, line] of [
    ['several lines', new Error(' a\n\tb\r\n c '), 'a b c'],
    ['an error without a message', new TypeError(''), 'TypeError'],
    ['undefined', undefined, 'undefined'],
    ['more than a person reads', new Error('x'.repeat(100_000)), `${'x'.repeat(300)}…`],
  ] as const) {
    t.equal(errorLine(error), line, name)
  }
})
