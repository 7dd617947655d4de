import fc from 'fast-check'
import t from 'tap'
import { rfc3339 } from '#collector/store/time.ts'

t.test('any number of microseconds has a text', async (t) => {
  for (const [name, timeUs, text] of [
    ['a clock beyond all dates', 2 ** 63, '+275760-09-13T00:00:00.000000Z'],
    ['a clock before all dates', -(2 ** 63), '-271821-04-20T00:00:00.000000Z'],
    ['one microsecond before 1970', -1, '1969-12-31T23:59:59.999999Z'],
    ['a fraction of a microsecond', 1.9, '1970-01-01T00:00:00.000001Z'],
    ['the start', 0, '1970-01-01T00:00:00.000000Z'],
    ['an ordinary time', 1_795_428_000_123_456, '2026-11-23T10:00:00.123456Z'],
  ] as const) {
    t.equal(rfc3339(timeUs), text, name)
  }
})

t.test('texts of this era sort like their times and give the milliseconds back', async () => {
  const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(times, times, (a, b) => {
      const [one, other] = [rfc3339(a), rfc3339(b)]
      return one < other === a < b && Date.parse(one) === Math.floor(a / 1000)
    }),
  )
})
