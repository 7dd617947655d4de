import t from 'tap'
import { EpochTotals } from '#agent/spool/epoch-totals.ts'
import type { Event } from '#proto/event.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'

const unknown = { ...namedEvent('x'), kind: 'gap', lost: null } as unknown as Event

t.test('an epoch counts what its run counts from where it began', async (t) => {
  const totals = new EpochTotals()
  totals.advance([namedEvent('a')], { captured: 5, filtered: 4 }, false)
  t.strictSame(totals.now, { captured: 5, filtered: 4, unknownGaps: 0 })
  totals.begin()
  t.strictSame(totals.after([namedEvent('b')], { captured: 8, filtered: 6 }), {
    captured: 3,
    filtered: 2,
    unknownGaps: 0,
  })
})

t.test('gaps of unknown size are counted apart', async (t) => {
  const totals = new EpochTotals()
  totals.advance([namedEvent('a'), unknown], { captured: 1, filtered: 0 }, false)
  t.strictSame(totals.now, { captured: 1, filtered: 0, unknownGaps: 1 })
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
  totals.begin()
  totals.advance([namedEvent('a')], undefined, true)
  totals.advance([namedEvent('b')], { captured: 2, filtered: 0 }, false)
  t.strictSame(totals.now, { captured: 2, filtered: 0, unknownGaps: 0 })
})
