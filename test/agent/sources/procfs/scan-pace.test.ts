import fc from 'fast-check'
import t from 'tap'
import { ScanPace } from '#agent/sources/procfs/scan-pace.ts'

const limits = { budget: 0.02, intervalMinMs: 20, intervalMaxMs: 1000 }

t.test('the first scan is due at once, cheap ones follow at the shortest pause', async (t) => {
  const pace = new ScanPace(limits)
  t.ok(pace.due(0))
  pace.scanned(0, 0.1)
  t.notOk(pace.due(19))
  t.ok(pace.due(20))
})

t.test('steady costs lead to the pause that fits the budget', async (t) => {
  const pace = new ScanPace(limits)
  for (let scan = 0; scan < 50; scan += 1) pace.scanned(scan, 4)
  t.equal(Math.round(pace.intervalMs), 200)
  for (let scan = 0; scan < 50; scan += 1) pace.scanned(scan, 500)
  t.equal(pace.intervalMs, 1000, 'no longer than the longest pause')
  for (let scan = 0; scan < 50; scan += 1) pace.scanned(scan, Number.NaN)
  t.equal(pace.intervalMs, 20, 'odd costs count nothing, and a burst is forgotten')
})

t.test('contradictions are refused', async (t) => {
  for (const budget of [0, -1, 1.1, Number.NaN])
    t.throws(() => new ScanPace({ ...limits, budget }), /budget/)
  t.throws(() => new ScanPace({ ...limits, intervalMinMs: 2000 }), /intervalMinMs/)
  t.throws(() => new ScanPace({ ...limits, intervalMinMs: 0 }), /intervalMinMs/)
})

t.test('the pause is always within its limits', async () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (costs) => {
      const pace = new ScanPace(limits)
      return costs.every((cost, index) => {
        pace.scanned(index, cost)
        return pace.intervalMs >= 20 && pace.intervalMs <= 1000
      })
    }),
  )
})
