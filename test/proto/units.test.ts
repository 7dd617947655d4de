import t from 'tap'
import type { Event } from '#proto/event.ts'
import { unitsOf, unitsOfAll, unknownGapsIn } from '#proto/units.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'

const of = (fields: object): Event => ({ ...namedEvent('x'), ...fields }) as Event

const cases: readonly [string, Event, number][] = [
  ['an exec', namedEvent('x'), 1],
  ['an exit', of({ kind: 'exit' }), 1],
  ['a listening port', of({ kind: 'listen' }), 1],
  ['connections that travel as one', of({ kind: 'connect', count: 17 }), 17],
  ['accepted ones', of({ kind: 'accept', count: 3 }), 3],
  ['ends of connections', of({ kind: 'close', count: 2 }), 2],
  ['questions', of({ kind: 'dns', count: 5 }), 5],
  ['a gap with a number, whatever it replaces', of({ kind: 'gap', lost: 40, replaces: 7 }), 40],
  ['a gap without a number', of({ kind: 'gap', lost: null, replaces: 7 }), 0],
  ['a name', of({ kind: 'container' }), 0],
  ['a hash', of({ kind: 'file' }), 0],
  ['coverage', of({ kind: 'coverage' }), 0],
]
for (const [name, event, units] of cases)
  t.test(`${name} counts for ${units}`, async (t) => t.equal(unitsOf(event), units))

t.test('sums, and what nobody knows', async (t) => {
  const events = cases.map(([, event]) => event)
  t.equal(unitsOfAll(events), 70)
  t.equal(unknownGapsIn(events), 1)
})
