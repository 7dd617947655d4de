import t from 'tap'
import { EpochTotals } from '#agent/spool/epoch-totals.ts'
import type { Event } from '#proto/event.ts'
import { noTotals } from '#proto/frame.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'

const unknown = { ...namedEvent('x'), kind: 'gap', lost: null } as unknown as Event

t.test('an epoch counts what its run counts from where it began', async (t) => {
  const totals = new EpochTotals()
  totals.advance([namedEvent('a')], { captured: 5, filtered: 4 }, false)
  t.strictSame(totals.now, { captured: 5, filtered: 4, unknownGaps: 0 })
  totals.begin(noTotals)
  t.strictSame(totals.after([namedEvent('b')], { captured: 8, filtered: 6 }), {
    captured: 3,
    filtered: 2,
    unknownGaps: 0,
  })
})

t.test('an epoch of an earlier run goes on where it stood', async (t) => {
  const totals = new EpochTotals()
  totals.begin({ captured: 100, filtered: 20, unknownGaps: 2 })
  totals.advance([namedEvent('a'), unknown], { captured: 1, filtered: 0 }, false)
  t.strictSame(totals.now, { captured: 101, filtered: 20, unknownGaps: 3 })
})

t.test('a part of a drain counts its events, and the last part the rest', async (t) => {
  const totals = new EpochTotals()
  totals.advance([namedEvent('a'), namedEvent('b')], undefined, false)
  totals.advance([namedEvent('c')], { captured: 10, filtered: 7 }, false)
  t.strictSame(totals.now, { captured: 10, filtered: 7, unknownGaps: 0 })
})

t.test('what is played again was counted by the run before', async (t) => {
  const totals = new EpochTotals()
  totals.advance([namedEvent('a')], { captured: 1, filtered: 0 }, false)
  totals.begin(noTotals)
  totals.advance([namedEvent('a')], undefined, true)
  totals.advance([namedEvent('b')], { captured: 2, filtered: 0 }, false)
  t.strictSame(totals.now, { captured: 2, filtered: 0, unknownGaps: 0 })
})
