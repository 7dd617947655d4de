import { deepStrictEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { withTotals } from '#collector/ingest/ledger.ts'
import type { Chunk, Event, GapEvent, GapReason } from '#proto/event.ts'
import { noTotals, type Totals } from '#proto/frame.ts'
import { unitsBetween, unitsOfAll } from '#proto/units.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'

const gap = (lost: number | null, replaces = 1, reason: GapReason = 'spool_full'): GapEvent => ({
  kind: 'gap',
  timeUs: 1,
  bootNs: 1,
  source: 'ebpf',
  containerId: '',
  podUid: '',
  reason,
  lost,
  replaces,
  fromUs: 1,
  toUs: 2,
  affects: [],
})

const chunk = (firstSeq: number, ...events: readonly Event[]): Chunk => ({
  firstSeq,
  boot: 'b',
  ringId: 0,
  ringPosition: 0,
  events,
})

const totals = (captured: number, filtered = 0, unknownGaps = 0): Totals => ({
  captured,
  filtered,
  unknownGaps,
})

/** What gaps say after the ledger was asked: `lost/replaces`. */
const gapsOf = (chunks: readonly Chunk[]): readonly string[] =>
  chunks.flatMap(({ events }) =>
    events.flatMap((event) => (event.kind === 'gap' ? [`${event.lost}/${event.replaces}`] : [])),
  )

const one = namedEvent('1')
const cases: readonly [string, readonly Chunk[], Totals, Totals, readonly string[]][] = [
  ['a number that fits stays', [chunk(10, gap(7, 10), one)], totals(3), totals(11), ['7/10']],
  [
    'a part that is here already does not count',
    [chunk(10, gap(16, 7))],
    totals(3),
    totals(10),
    ['7/7'],
  ],
  [
    'a gap cut to its last number takes what is missing',
    [chunk(10, gap(null))],
    totals(3),
    totals(4),
    ['1/1'],
  ],
  ['an unknown number is found', [chunk(10, gap(null, 5), one)], totals(0), totals(9, 2), ['6/5']],
  [
    'what nobody knows stays unknown',
    [chunk(1, gap(null, 1, 'blind'))],
    totals(5),
    totals(5, 0, 1),
    ['null/1'],
  ],
  [
    'an event that is not understood',
    [chunk(1, one, gap(null, 1, 'decode_failed'))],
    totals(0),
    totals(4),
    ['3/1'],
  ],
  [
    'a gap not understood that nobody knew the size of',
    [chunk(1, gap(null, 1, 'decode_failed'))],
    totals(0),
    totals(0, 0, 1),
    ['null/1'],
  ],
  [
    'a stretch in which something was unknown says both',
    [chunk(20, gap(null, 10))],
    totals(0),
    totals(12, 0, 2),
    ['12/9', 'null/1'],
  ],
  [
    'a stretch whose sender says both is left alone',
    [chunk(19, gap(12, 9), gap(null))],
    totals(0),
    totals(12, 0, 1),
    ['12/9', 'null/1'],
  ],
  [
    'totals that go back make no gap negative',
    [chunk(5, gap(3, 5))],
    totals(9),
    totals(2),
    ['0/5'],
  ],
]
for (const [name, chunks, before, after, expected] of cases) {
  t.test(name, async (t) => {
    const settled = withTotals(chunks, before, after)
    t.strictSame(gapsOf(settled), expected)
    t.strictSame(settled[0]?.before, before)
    t.strictSame(settled.at(-1)?.after, after)
    const last = chunks.at(-1)
    const end = settled.at(-1)
    t.equal(
      (end?.firstSeq ?? 0) + (end?.events.length ?? 0),
      (last?.firstSeq ?? 0) + (last?.events.length ?? 0),
      'the last number stays',
    )
  })
}

t.test('without an open gap, what is missing shows between the totals', async (t) => {
  const [settled] = withTotals([chunk(1, one, one)], noTotals, totals(5))
  t.equal(unitsBetween(settled?.before ?? noTotals, settled?.after ?? noTotals), 5)
  t.equal(unitsOfAll(settled?.events ?? []), 2)
})

t.test('chunks join without a hole, and each holds its own units but for the last', async (t) => {
  const events = fc.array(
    fc.oneof(
      fc.constant<Event>(one),
      fc.nat(9).map((lost) => gap(lost, 1, 'ring_full')),
    ),
    { minLength: 1, maxLength: 5 },
  )
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 5 }), fc.nat(99), (lists, start) => {
      let seq = 1
      const chunks = lists.map((list) => {
        const made = chunk(seq, ...list)
        seq += list.length
        return made
      })
      const units = unitsOfAll(lists.flat())
      const settled = withTotals(chunks, totals(start), totals(start + units + 4, 4))
      for (const [index, each] of settled.entries()) {
        if (index > 0) deepStrictEqual(each.before, settled[index - 1]?.after)
        equal(unitsBetween(each.before, each.after), unitsOfAll(each.events))
      }
    }),
  )
  t.pass()
})
