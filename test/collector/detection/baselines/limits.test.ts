import t from 'tap'
import { maxImportBytes } from '#collector/api/baseline-request.ts'
import { baselineLimits, dayUs } from '#collector/detection/baselines/limits.ts'

t.test('a baseline is known after a day and three lives, five runs of a CronJob', async (t) => {
  t.match(baselineLimits, { learnUs: dayUs, completeLives: 3, completeRuns: 5, shapes: 50 })
  t.equal(dayUs, 24 * 3_600 * 1e6)
})

t.test('what a baseline holds can be imported again', async (t) => {
  const most = Object.values(baselineLimits.items).reduce((sum, one) => sum + one, 0)
  t.ok(most < maxImportBytes / 500, 'with some 500 bytes for each item')
})
