import t from 'tap'
import { holdsLines, newHoldLines } from '#cli/render/hold.ts'
import { plain } from '#cli/render/paint.ts'
import { holdOf } from '#test/fixtures/audit-rows.ts'

const style = { paint: plain, width: 90 }

t.test('what is held, since when, how much, why and what, each fit for a terminal', async (t) => {
  const holds = [
    holdOf({ isLate: true }),
    holdOf({
      ...{ id: 'x', events: 0, isLate: null, reason: `say\x1b[2J ${'why '.repeat(40)}` },
      selection: { workload: 'a\nb', until: '2026-07-01T16:00:00.000000Z' },
    }),
  ]
  t.strictSame(
    [...holdsLines(holds, style)],
    [
      'ID        HELD SINCE UTC           EVENTS  WHY AND WHAT',
      '3f2a91c0  2026-07-01 15:02:11      12,345  incident 4711',
      '      namespace payments, pod api-7d9f, from 2026-07-01 13:00:00',
      '      late: a part of that time was gone already when the hold began',
      'x         2026-07-01 15:02:11           0  say\\x1b[2J why why why why why why why why why…',
      '      workload a\\x0ab, until 2026-07-01 16:00:00',
    ],
  )
  t.match([...holdsLines([], style)], [/^Nothing is held/])
})

t.test('a new hold says how much it keeps, what came too late, and how it ends', async (t) => {
  const shown = [...newHoldLines(holdOf({ events: 1, isLate: true }), style)]
  t.strictSame(shown, [
    'held 3f2a91c0: 1 event now · namespace payments, pod api-7d9f, from 2026-07-01 13:00:00',
    'late: a part of that time was gone already when the hold began',
    'until released: mayfly hold --release 3f2a91c0',
  ])
  for (const isLate of [false, null]) {
    t.equal([...newHoldLines(holdOf({ isLate }), style)].length, 2)
  }
})
