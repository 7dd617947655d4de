import fc from 'fast-check'
import t from 'tap'
import { ApiError } from '#collector/api/errors.ts'
import { maxReasonLength, parseHold, selectionFields } from '#collector/api/hold-request.ts'

const nowUs = Date.UTC(2026, 6, 1, 12) * 1_000
const reason = 'incident 4711'
const selection = { pod: 'api-7d9f' }

const wrong: readonly (readonly [string, unknown, string, string | undefined])[] = [
  ['nothing', undefined, 'bad_body', undefined],
  ['null', null, 'bad_body', undefined],
  ['a list', [], 'bad_body', undefined],
  ['a text', 'pod', 'bad_body', undefined],
  ['no reason', { selection }, 'bad_parameter', 'reason'],
  ['a blank reason', { reason: ' \n', selection }, 'bad_parameter', 'reason'],
  ['a reason that is no text', { reason: 1, selection }, 'bad_parameter', 'reason'],
  ['a reason with a NUL', { reason: 'a\0', selection }, 'bad_parameter', 'reason'],
  [
    'a reason beyond the longest',
    { reason: 'x'.repeat(maxReasonLength + 1), selection },
    'bad_parameter',
    'reason',
  ],
  ['a field nobody knows', { reason, selection, by: 'me' }, 'unknown_parameter', 'by'],
  ['no selection', { reason }, 'bad_parameter', 'selection'],
  ['a selection that is null', { reason, selection: null }, 'bad_parameter', 'selection'],
  ['a selection that is a list', { reason, selection: ['pod'] }, 'bad_parameter', 'selection'],
  ['a selection of everything', { reason, selection: {} }, 'bad_parameter', 'selection'],
  [
    'a field that a question knows but a hold does not',
    { reason, selection: { ...selection, kind: 'exec' } },
    'unknown_parameter',
    'selection.kind',
  ],
  [
    'a misspelt field',
    { reason, selection: { namespce: 'a' } },
    'unknown_parameter',
    'selection.namespce',
  ],
  [
    'a field of the prototype',
    { reason, selection: JSON.parse('{"__proto__": {"pod": "a"}}') },
    'unknown_parameter',
    'selection.__proto__',
  ],
  ['an empty name', { reason, selection: { pod: '' } }, 'bad_parameter', 'selection.pod'],
  ['a null name', { reason, selection: { pod: null } }, 'bad_parameter', 'selection.pod'],
  ['a list of names', { reason, selection: { pod: ['a'] } }, 'bad_parameter', 'selection.pod'],
  ['a NUL in a name', { reason, selection: { node: 'a\0' } }, 'bad_parameter', 'selection.node'],
  [
    'a name beyond all names',
    { reason, selection: { pod: 'x'.repeat(513) } },
    'bad_parameter',
    'selection.pod',
  ],
  [
    'a time without an offset',
    { reason, selection: { since: '2026-07-01T00:00:00' } },
    'bad_parameter',
    'selection.since',
  ],
  ['a time in seconds', { reason, selection: { until: 17 } }, 'bad_parameter', 'selection.until'],
  [
    'a range of no length',
    { reason, selection: { since: '15m', until: '15m' } },
    'bad_parameter',
    'selection.since',
  ],
]
for (const [name, body, code, field] of wrong) {
  t.test(`${name} is refused by name`, async (t) => {
    t.throws(() => parseHold(body, nowUs), { name: 'ApiError', code, field })
  })
}

t.test('names are taken as they are, spans become the times they mean', async (t) => {
  const names = { namespace: 'a', workload: 'b', pod: 'c', container: 'd', node: 'ü' }
  t.strictSame(
    parseHold({ reason: ' why ', selection: { ...names, since: '1h', until: '15m' } }, nowUs),
    {
      reason: 'why',
      selection: {
        ...names,
        since: '2026-07-01T11:00:00.000000Z',
        until: '2026-07-01T11:45:00.000000Z',
      },
    },
  )
  t.strictSame(parseHold({ reason, selection: { until: '2027-01-01T01:00:00+01:00' } }, nowUs), {
    reason,
    selection: { until: '2027-01-01T00:00:00.000000Z' },
  })
})

t.test('any JSON is a hold or refused, never anything else', async () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('15m'), fc.jsonValue())
  const some = fc.dictionary(fc.oneof(fc.constantFrom(...selectionFields), fc.string()), value)
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ reason: fc.oneof(fc.constant('why'), value), selection: fc.oneof(some, value) }),
  )
  fc.assert(
    fc.property(body, (one) => {
      try {
        return Object.keys(parseHold(one, nowUs).selection).length > 0
      } catch (error) {
        return error instanceof ApiError && error.status === 400
      }
    }),
  )
})
