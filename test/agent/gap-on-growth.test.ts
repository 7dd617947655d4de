import t from 'tap'
import { gapOnGrowth } from '#agent/gap-on-growth.ts'

t.test('what is new is reported once, with the time since the last look', async (t) => {
  let count = 7
  let us = 100
  const gaps: number[][] = []
  const report = gapOnGrowth({
    count: () => count,
    nowUs: () => us,
    gap: (...gap) => gaps.push(gap),
  })
  report()
  t.strictSame(gaps, [], 'what was there before is not ours')
  us = 200
  report()
  count = 10
  us = 300
  report()
  report()
  t.strictSame(gaps, [[3, 200, 300]])
})
