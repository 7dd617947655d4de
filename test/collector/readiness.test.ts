import t from 'tap'
import { collectorReadiness } from '#collector/readiness.ts'

t.test('the store takes and agents are taken: ready; else what is missing', async (t) => {
  const ready = { state: 'ready', detail: '' } as const
  const failing = { state: 'failing', detail: 'the disk is full' } as const
  const ends = 'the collector ends, agents are not taken any more'
  t.strictSame(collectorReadiness(ready, true), { ready: true, detail: 'ready' })
  const cases = [
    [ready, false, ends],
    [failing, true, 'the store is failing: the disk is full'],
    [failing, false, `${ends}; the store is failing: the disk is full`],
    [{ state: 'starting', detail: '' }, true, 'the store is starting'],
    [{ state: 'closed', detail: '' }, true, 'the store is closed'],
  ] as const
  for (const [health, isOpen, detail] of cases)
    t.strictSame(collectorReadiness(health, isOpen), { ready: false, detail }, detail)
})
