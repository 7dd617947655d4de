import t from 'tap'
import { asNumber, asText, readTimeoutSeconds, select } from '#collector/store/select.ts'
import { serverError, stubClient } from './stub-client.ts'

t.test(
  'a failed read says what could not be read, and whether its limits were the cause',
  async (t) => {
    for (const [code, expected] of [
      [159, 'limit'],
      [62, 'rejected'],
      [210, 'unreachable'],
    ] as const) {
      const { client } = stubClient(() => {
        throw serverError(code, 'it said no')
      })
      await t.rejects(select(client, 'names', 'SELECT 1'), {
        name: 'StoreError',
        code: expected,
        message: 'cannot read names: it said no',
      })
    }
  },
)

t.test('an answer that breaks off while it is read is a failed read too', async (t) => {
  const { client } = stubClient()
  const broken = Object.assign(client, {
    query: async () => ({ json: () => Promise.reject(new Error('socket hang up')) }),
  })
  await t.rejects(select(broken, 'events', 'SELECT 1'), {
    code: 'unreachable',
    message: 'cannot read events: socket hang up',
  })
})

t.test('every read carries its limits in the statement, and gives rows as they came', async (t) => {
  const { client, statements } = stubClient(() => [[1, 'a', [2]]])
  t.strictSame(await select(client, 'x', 'SELECT a FROM b'), [[1, 'a', [2]]])
  t.match(statements[0], /^SELECT a FROM b SETTINGS /)
  t.match(statements[0], new RegExp(`max_execution_time=${readTimeoutSeconds}\\b`))
  t.match(statements[0], /max_memory_usage=\d+/)
  t.notMatch(statements[0], /\n/)
})

t.test('cells of any type are a number and a text', async (t) => {
  for (const [cell, number, text] of [
    [undefined, 0, ''],
    ['', 0, ''],
    ['18446744073709551615', 2 ** 64, '18446744073709551615'],
    [-1, -1, ''],
  ] as const) {
    t.equal(asNumber(cell), number)
    t.equal(asText(cell), text)
  }
  t.equal(asText(['a']), '')
})
