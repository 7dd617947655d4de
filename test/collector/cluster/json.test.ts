import fc from 'fast-check'
import t from 'tap'
import { asList, asObject, asText, asTimeUs } from '#collector/cluster/json.ts'

t.test('whatever comes, they answer', async () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const time = asTimeUs(value)
      return (
        typeof asText(value) === 'string' &&
        Array.isArray(asList(value)) &&
        typeof asObject(value) === 'object' &&
        (time === undefined || Number.isSafeInteger(time))
      )
    }),
  )
})

t.test('times keep their microseconds', async (t) => {
  for (const [text, us] of [
    ['2026-07-01T15:02:11Z', 1_782_918_131_000_000],
    ['2026-07-01T15:02:11.123456Z', 1_782_918_131_123_456],
    ['2026-07-01T15:02:11.1Z', 1_782_918_131_100_000],
    ['2026-07-01T17:02:11.123456789+02:00', 1_782_918_131_123_456],
    ['yesterday', undefined],
    ['', undefined],
    [null, undefined],
    [7, undefined],
  ] as const)
    t.equal(asTimeUs(text), us, String(text))
})
