import fc from 'fast-check'
import t from 'tap'
import {
  add,
  addTallies,
  emptyTally,
  subtract,
  subtractTallies,
  sumOf,
  tallyOf,
} from '#collector/store/tally.ts'
import { unitsOfAll, unknownGapsIn } from '#proto/units.ts'
import { anyEvent } from './event-arbitraries.ts'
import { connect, container, coverageFact, exec, fileFact, gap } from './fixtures.ts'

// Sums of numbers beyond 2^53 are not exact, whatever adds them up.
const events = fc
  .array(anyEvent, { maxLength: 20 })
  .filter((all) => unitsOfAll(all) <= Number.MAX_SAFE_INTEGER)

t.test('a tally comes to what its events count for', async () => {
  fc.assert(
    fc.property(events, (all) => {
      const { units, lost, lostUnknown } = tallyOf(all)
      return (
        sumOf(units) + sumOf(lost) === unitsOfAll(all) && sumOf(lostUnknown) === unknownGapsIn(all)
      )
    }),
  )
})

t.test('tallies of parts add up to that of the whole, and come apart again', async (t) => {
  fc.assert(
    fc.property(events, fc.nat(20), (all, at) => {
      const [first, rest] = [tallyOf(all.slice(0, at)), tallyOf(all.slice(at))]
      t.same(addTallies(first, rest), tallyOf(all))
      t.same(subtractTallies(tallyOf(all), rest), first)
    }),
    { numRuns: 50 },
  )
})

t.test('facts and gaps without a number count for nothing, and are not named', async (t) => {
  t.strictSame(tallyOf([fileFact(), coverageFact(), container()]), emptyTally)
  t.strictSame(tallyOf([gap({ lost: 0 }), connect({ count: 0 })]), emptyTally)
  t.strictSame(tallyOf([gap({ lost: null, reason: 'blind' }), exec()]), {
    units: { exec: 1 },
    lost: {},
    lostUnknown: { blind: 1 },
  })
})

t.test('what comes to nothing is left out, what falls below stays', async (t) => {
  t.strictSame(subtract({ a: 2, b: 1 }, { a: 2, c: 3 }), { b: 1, c: -3 })
  t.strictSame(add({ a: 2 }, { a: 1, b: 0 }), { a: 3 })
})
