import fc from 'fast-check'
import t from 'tap'
import { sizeOf, spanOf, textOf } from '#collector/detection/statistics/words.ts'

t.test('texts from containers are short and without control characters', async (_t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const shown = textOf(text)
      return shown.length <= 101 && !/[\u0000-\u001f\u007f-\u009f]/.test(shown)
    }),
  )
})

t.test('spans and sizes as a person says them', async (t) => {
  t.strictSame([45, 60, 300, 7_199, 7_200, 90_000].map(spanOf), [
    '45 s',
    '60 s',
    '5 min',
    '120 min',
    '2 h',
    '25 h',
  ])
  t.strictSame([0, 1, 999, 1_500, 100_000_000, 2.5e12, 1e18].map(sizeOf), [
    '0 bytes',
    '1 bytes',
    '999 bytes',
    '1.5 kB',
    '100 MB',
    '2.5 TB',
    '1000000 TB',
  ])
})
