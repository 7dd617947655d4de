import fc from 'fast-check'
import t from 'tap'
import { afterCursor, formatCursor, parseCursor } from '#collector/store/cursor.ts'
import { hostileText } from './event-arbitraries.ts'

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

t.test('what this server did not give is refused with what to do', async (t) => {
  for (const [name, text] of [
    ['nothing', ''],
    ['no base64', '%%%%'],
    ['no JSON', Buffer.from('[1,2').toString('base64url')],
    ['no list', encoded({ length: 5 })],
    ['null', encoded(null)],
    ['too few parts', encoded([1, 2, 'a', 3])],
    ['too many parts', encoded([1, 2, 'a', 3, 4, 5])],
    ['a text for a number', encoded(['1); DROP', 2, 'a', 3, 4])],
    ['a fraction', encoded([1.5, 2, 'a', 3, 4])],
    ['a number beyond 64 bits', encoded([1, 2 ** 63, 'a', 3, 4])],
    ['null for a number', encoded([1, 2, 'a', null, 4])],
    ['a list for the agent', encoded([1, 2, ['a'], 3, 4])],
  ] as const) {
    t.throws(() => parseCursor(text), { code: 'bad_query', message: /`next`/ }, name)
  }
})

t.test('any text is a cursor or bad_query, nothing else', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        hostileText,
        fc.json().map((text) => Buffer.from(text).toString('base64url')),
      ),
      (text) => {
        try {
          parseCursor(text)
        } catch (error) {
          return error instanceof Error && 'code' in error && error.code === 'bad_query'
        }
        return true
      },
    ),
  )
})

t.test('a cursor comes back as it was given, and is safe in a URL', async () => {
  const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const cursors = fc.record({
    timeUs: fc.integer(),
    bootNs: number,
    agent: hostileText,
    epoch: number,
    seq: number,
  })
  fc.assert(
    fc.property(cursors, (cursor) => {
      const text = formatCursor(cursor)
      const back = parseCursor(text)
      return /^[\w-]+$/.test(text) && JSON.stringify(back) === JSON.stringify(cursor)
    }),
  )
})

t.test('the rows behind it, in either direction', async (t) => {
  const cursor = { timeUs: 5, bootNs: 2 ** 60, agent: "it's", epoch: 3, seq: 4 }
  t.equal(
    afterCursor(cursor, false),
    "time_us >= 5 AND (time_us, boot_ns, agent, epoch, seq) > (5, 1152921504606846976, 'it\\'s', 3, 4)",
  )
  t.match(afterCursor(cursor, true), /^time_us <= 5 AND .* < \(5, /)
})
