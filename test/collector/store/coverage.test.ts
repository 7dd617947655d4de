import fc from 'fast-check'
import t from 'tap'
import {
  type CoverageRow,
  holes,
  mergeCoverage,
  mergeRanges,
  pendingUs,
} from '#collector/store/coverage.ts'
import { rfc3339 } from '#collector/store/time.ts'
import type { Coverage } from '#proto/api.ts'
import {
  chunk,
  container,
  containerId,
  coverageFact,
  engineMissing,
  exec,
  gap,
  openTestStore,
  t0,
  temporaryDirectory,
} from './fixtures.ts'

/** Times in seconds, for reading. */
const second = 1_000_000
const at = (seconds: number): string => rfc3339(seconds * second)
const fact = (from: number, to: number, change: Partial<CoverageRow> = {}): CoverageRow => ({
  node: 'n',
  source: 'ebpf',
  complete: ['exec', 'exit'],
  fromUs: from * second,
  toUs: to * second,
  ...change,
})
const lostIn = (from: number, to: number, lost: number | null) => ({
  node: 'n',
  source: 'ebpf' as const,
  lost,
  fromUs: from * second,
  toUs: to * second,
})
const ranges = (from: number, to: number) =>
  new Map([['n', { fromUs: from * second, toUs: to * second }]])
const line = ({ source, mode, from, to, lost, gaps }: Coverage) => ({
  source,
  mode,
  from,
  to,
  lost,
  gaps,
})
const sampled = { source: 'procfs' as const, complete: [] }

t.test('coverage is merged, clipped, and honest about holes', async (t) => {
  const cases = [
    {
      name: 'touching and overlapping facts become one segment, clipped to the range',
      facts: [fact(0, 50), fact(50, 80), fact(70, 200)],
      gaps: [],
      want: [{ source: 'ebpf', mode: 'complete', from: at(10), to: at(100), lost: 0, gaps: 0 }],
    },
    {
      name: 'nobody watched: one hole over all of it, with an unknown number lost',
      facts: [],
      gaps: [],
      want: [{ source: 'none', mode: 'none', from: at(10), to: at(100), lost: null, gaps: 0 }],
    },
    {
      name: 'a hole of one second in the middle is a hole',
      facts: [fact(0, 50), fact(51, 100)],
      gaps: [],
      want: [
        { source: 'ebpf', mode: 'complete', from: at(10), to: at(50), lost: 0, gaps: 0 },
        { source: 'none', mode: 'none', from: at(50), to: at(51), lost: null, gaps: 0 },
        { source: 'ebpf', mode: 'complete', from: at(51), to: at(100), lost: 0, gaps: 0 },
      ],
    },
    {
      name: 'sampling fills a hole of the complete source, and says that it samples',
      facts: [fact(0, 50), fact(0, 100, sampled)],
      gaps: [],
      want: [
        { source: 'ebpf', mode: 'complete', from: at(10), to: at(50), lost: 0, gaps: 0 },
        { source: 'procfs', mode: 'sampled', from: at(10), to: at(100), lost: 0, gaps: 0 },
      ],
    },
    {
      name: 'the newest seconds are not confirmed yet: the answer ends with the last fact',
      facts: [fact(0, 100 - pendingUs / second)],
      gaps: [],
      want: [
        {
          source: 'ebpf',
          mode: 'complete',
          from: at(10),
          to: at(100 - pendingUs / second),
          lost: 0,
          gaps: 0,
        },
      ],
    },
    {
      name: 'a longer silence at the end is a hole',
      facts: [fact(0, 99 - pendingUs / second)],
      gaps: [],
      want: [
        {
          source: 'ebpf',
          mode: 'complete',
          from: at(10),
          to: at(99 - pendingUs / second),
          lost: 0,
          gaps: 0,
        },
        {
          source: 'none',
          mode: 'none',
          from: at(99 - pendingUs / second),
          to: at(100),
          lost: null,
          gaps: 0,
        },
      ],
    },
    {
      name: 'gaps are counted and summed where they lie, and outside the range not at all',
      facts: [fact(0, 50), fact(60, 100)],
      gaps: [
        lostIn(20, 21, 5),
        lostIn(30, 30, 2),
        lostIn(70, 71, 11),
        lostIn(1, 9, 100),
        lostIn(100, 101, 7),
      ],
      want: [
        { source: 'ebpf', mode: 'complete', from: at(10), to: at(50), lost: 7, gaps: 2 },
        { source: 'none', mode: 'none', from: at(50), to: at(60), lost: null, gaps: 0 },
        { source: 'ebpf', mode: 'complete', from: at(60), to: at(100), lost: 11, gaps: 1 },
      ],
    },
    {
      name: 'one unknown loss makes the sum unknown',
      facts: [fact(0, 100)],
      gaps: [lostIn(20, 21, 5), lostIn(30, 31, null)],
      want: [{ source: 'ebpf', mode: 'complete', from: at(10), to: at(100), lost: null, gaps: 2 }],
    },
    {
      name: 'a gap over two segments counts once',
      facts: [fact(0, 50), fact(60, 100)],
      gaps: [lostIn(40, 70, 5)],
      want: [
        { source: 'ebpf', mode: 'complete', from: at(10), to: at(50), lost: 5, gaps: 1 },
        { source: 'none', mode: 'none', from: at(50), to: at(60), lost: null, gaps: 0 },
        { source: 'ebpf', mode: 'complete', from: at(60), to: at(100), lost: 0, gaps: 0 },
      ],
    },
    {
      name: 'the gap of an absent agent lies in the hole it left',
      facts: [fact(0, 50), fact(60, 100)],
      gaps: [lostIn(50, 60, null)],
      want: [
        { source: 'ebpf', mode: 'complete', from: at(10), to: at(50), lost: 0, gaps: 0 },
        { source: 'none', mode: 'none', from: at(50), to: at(60), lost: null, gaps: 1 },
        { source: 'ebpf', mode: 'complete', from: at(60), to: at(100), lost: 0, gaps: 0 },
      ],
    },
    {
      name: "another node's facts and gaps do not count, reversed facts neither",
      facts: [fact(0, 100, { node: 'other' }), fact(90, 20)],
      gaps: [{ ...lostIn(20, 30, 5), node: 'other' }],
      want: [{ source: 'none', mode: 'none', from: at(10), to: at(100), lost: null, gaps: 0 }],
    },
  ]
  for (const { name, facts, gaps, want } of cases) {
    await t.test(name, async (t) => {
      t.same(mergeCoverage({ ranges: ranges(10, 100), facts, gaps }).map(line), want)
    })
  }
})

t.test('merged ranges and holes tile the range, whatever the facts', async () => {
  const anyRange = fc
    .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }))
    .map(([fromUs, toUs]) => ({ fromUs, toUs }))
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 12 }), (facts) => {
      const merged = mergeRanges(facts)
      const open = holes({ fromUs: 0, toUs: 200 }, merged)
      const tiles = [...merged, ...open].sort((a, b) => a.fromUs - b.fromUs)
      for (let moment = 0; moment < 200; moment += 1) {
        const covered = facts.some(({ fromUs, toUs }) => fromUs <= moment && moment < toUs)
        const inside = (range: { fromUs: number; toUs: number }): boolean =>
          range.fromUs <= moment && moment < range.toUs
        if (merged.some(inside) !== covered || tiles.filter(inside).length !== 1) return false
      }
      return true
    }),
  )
})

t.test('coverage as the store answers it', { skip: engineMissing }, async (t) => {
  const store = await openTestStore(temporaryDirectory(t))
  t.teardown(() => store.close())
  const id = containerId('a')
  const minute = 60 * second
  await store.insert([
    chunk(1, [
      coverageFact({ fromUs: t0 - minute, toUs: t0 }),
      coverageFact({ fromUs: t0 - minute, toUs: t0 + minute }),
      coverageFact({ fromUs: t0 - minute, toUs: t0 + minute, source: 'procfs', complete: [] }),
      container({ timeUs: t0, containerId: id }),
      exec({ timeUs: t0 + 1, containerId: id }),
      gap({ timeUs: t0 + 4, fromUs: t0 + 2, toUs: t0 + 3, lost: 4 }),
      gap({ timeUs: t0 + 5, fromUs: t0 + 2, toUs: t0 + 3, lost: 9, containerId: containerId('b') }),
      exec({ timeUs: t0 + 10, containerId: id }),
    ]),
    chunk(
      1,
      [
        coverageFact({ fromUs: t0 - minute, toUs: t0 + 2 * minute }),
        exec({ containerId: containerId('c') }),
      ],
      { agent: 'agent-2', node: 'node-2' },
    ),
  ])

  await t.test(
    'of a container: its node, its lifetime, its gaps and those of the whole node',
    async (t) => {
      t.same(await store.coverage({ pod: 'api-7d9f-x1', limit: 1 }), [
        {
          node: 'node-1',
          source: 'ebpf',
          mode: 'complete',
          complete: ['exec', 'exit'],
          from: rfc3339(t0),
          to: rfc3339(t0 + 11),
          lost: 4,
          gaps: 1,
        },
        {
          node: 'node-1',
          source: 'procfs',
          mode: 'sampled',
          complete: [],
          from: rfc3339(t0),
          to: rfc3339(t0 + 11),
          lost: 0,
          gaps: 0,
        },
      ])
    },
  )

  await t.test('of everything: all nodes, all that is known of each', async (t) => {
    t.match(await store.coverage({ limit: 1 }), [
      {
        node: 'node-1',
        source: 'ebpf',
        from: rfc3339(t0 - minute),
        to: rfc3339(t0 + minute),
        lost: 13,
        gaps: 2,
      },
      { node: 'node-1', source: 'procfs' },
      {
        node: 'node-2',
        source: 'ebpf',
        from: rfc3339(t0 - minute),
        to: rfc3339(t0 + 2 * minute),
        lost: 0,
        gaps: 0,
      },
    ])
  })

  await t.test('of a range before anyone watched: a hole', async (t) => {
    const query = { node: 'node-2', sinceUs: t0 - 3 * minute, untilUs: t0, limit: 1 }
    t.match(await store.coverage(query), [
      {
        source: 'none',
        mode: 'none',
        from: rfc3339(t0 - 3 * minute),
        to: rfc3339(t0 - minute),
        lost: null,
      },
      { source: 'ebpf', from: rfc3339(t0 - minute), to: rfc3339(t0), lost: 0 },
    ])
  })

  await t.test('of a node that is not known: a hole, not nothing', async (t) => {
    const query = { node: 'missing', sinceUs: t0, untilUs: t0 + minute, limit: 1 }
    t.match(await store.coverage(query), [{ node: 'missing', source: 'none', lost: null }])
  })

  await t.test(
    'of a container in a range of its own silence: its node still answers',
    async (t) => {
      const query = { container: id, sinceUs: t0 + 20, untilUs: t0 + 30, limit: 1 }
      t.match(await store.coverage(query), [
        { node: 'node-1', source: 'ebpf', lost: 0 },
        { source: 'procfs' },
      ])
    },
  )
})
