import fc from 'fast-check'
import t from 'tap'
import { ackedColumns, ackedRanges, ackedRow } from '#collector/store/acked-rows.ts'
import { hostileText } from './event-arbitraries.ts'
import { chunk, connect, container, exec, exit, fileFact, gap } from './fixtures.ts'

const day = '2026-11-23'

t.test('hostile names are one line with a cell for every column', async () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const [range] = ackedRanges([chunk(1, [exec()], { agent: text, node: text })])
      const line = range === undefined ? '' : ackedRow(range, day)
      return (
        line.indexOf('\n') === line.length - 1 && line.split('\t').length === ackedColumns.length
      )
    }),
  )
})

t.test('only what follows without a hole becomes one range', async (t) => {
  const two = [exec(), exit()]
  for (const [name, chunks, expected] of [
    ['nothing', [], []],
    ['a chunk of nothing', [chunk(5, [])], []],
    ['two that follow', [chunk(1, two), chunk(3, two)], [[1, 4]]],
    [
      'a hole between',
      [chunk(1, two), chunk(4, two)],
      [
        [1, 2],
        [4, 5],
      ],
    ],
    [
      'the wrong way round',
      [chunk(3, two), chunk(1, two)],
      [
        [3, 4],
        [1, 2],
      ],
    ],
    [
      'the same twice',
      [chunk(1, two), chunk(1, two)],
      [
        [1, 2],
        [1, 2],
      ],
    ],
    [
      'two epochs',
      [chunk(1, two), chunk(3, two, { epoch: 2 })],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'two agents by turns',
      [chunk(1, two), chunk(1, two, { agent: 'b' }), chunk(3, two), chunk(3, two, { agent: 'b' })],
      [
        [1, 4],
        [1, 4],
      ],
    ],
    [
      'a gap that stands for the numbers before it',
      [chunk(1, two), chunk(7, [gap({ replaces: 5 }), exec()])],
      [[1, 8]],
    ],
    [
      'a gap that stands for less than is missing',
      [chunk(1, two), chunk(7, [gap({ replaces: 4 })])],
      [
        [1, 2],
        [4, 7],
      ],
    ],
  ] as const) {
    const ranges = ackedRanges(chunks).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])
    t.strictSame(ranges, expected, name)
  }
})

t.test(
  'a range says its numbers, the totals at both ends and what its events count for',
  async (t) => {
    const before = { captured: 100, filtered: 20, unknownGaps: 1 }
    const after = { captured: 140, filtered: 23, unknownGaps: 2 }
    const [range] = ackedRanges([
      chunk(12, [gap({ replaces: 3, lost: 7 }), exit(), exec()], { before }),
      chunk(15, [connect({ count: 5 }), exec(), fileFact(), container(), gap({ lost: null })], {
        after,
      }),
    ])
    if (range === undefined) throw new Error('no range')
    t.equal(
      ackedRow(range, day),
      "agent-1\t1\tnode-1\t2026-11-23\t2026-11-23\t10\t19\t10\t100\t20\t140\t23\t2\t{'connect':5,'exec':2,'exit':1}\t{'ring_full':7}\t{'ring_full':1}\n",
    )
  },
)
