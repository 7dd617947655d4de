import fc from 'fast-check'
import t from 'tap'
import {
  ackedColumns,
  ackedRanges,
  ackedRow,
  containerColumns,
  containerRow,
  coverageColumns,
  coverageRow,
  fileColumns,
  fileRow,
} from '#collector/store/fact-rows.ts'
import { hostileText } from './event-arbitraries.ts'
import { chunk, container, coverageFact, exec, exit, fileFact } from './fixtures.ts'

const columnsIn = (line: string): number => {
  if (line.indexOf('\n') !== line.length - 1) throw new Error(`not one line: ${line}`)
  return line.split('\t').length
}

t.test('hostile names are one line with a cell for every column', async () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const sender = chunk(1, [], { agent: text, node: text, boot: text })
      const named = container({
        pod: text,
        labels: { [text]: text },
        podIps: [text],
        hostIps: [text, text],
      })
      const [range] = ackedRanges([{ ...sender, events: [exec()] }])
      return (
        columnsIn(containerRow(sender, named, 1)) === containerColumns.length &&
        columnsIn(fileRow(sender, fileFact({ path: text, sha256: text }))) === fileColumns.length &&
        columnsIn(coverageRow(sender, coverageFact(), '2026-11-23')) === coverageColumns.length &&
        range !== undefined &&
        columnsIn(ackedRow(range, '2026-11-23')) === ackedColumns.length
      )
    }),
  )
})

t.test('a stronger source or state has the higher rank', async (t) => {
  const rank = (columns: readonly string[], column: string, line: string) =>
    line.split('\t')[columns.indexOf(column)]
  const sender = chunk(1, [])
  for (const [nameSource, expected] of [
    ['cgroup', '0'],
    ['oci', '1'],
    ['kubelet', '2'],
  ] as const) {
    const line = containerRow(sender, container({ nameSource }), 1)
    t.equal(rank(containerColumns, 'name_rank', line), expected)
  }
  for (const [state, expected] of [
    ['missed', '0'],
    ['skipped', '1'],
    ['hashed', '2'],
  ] as const) {
    t.equal(rank(fileColumns, 'state_rank', fileRow(sender, fileFact({ state }))), expected)
  }
})

t.test('the same coverage is the same key, in whatever order its kinds come', async (t) => {
  const line = (complete: readonly ('exec' | 'exit')[]) =>
    coverageRow(chunk(1, []), coverageFact({ complete }), '2026-11-23')
  t.equal(line(['exit', 'exec']), line(['exec', 'exit']))
  t.match(line(['exit', 'exec']), /\texec,exit\t/)
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
  ] as const) {
    const ranges = ackedRanges(chunks).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])
    t.strictSame(ranges, expected, name)
  }
})

t.test('a range counts its events by kind', async (t) => {
  const [range] = ackedRanges([chunk(1, [exec(), exit()]), chunk(3, [exec(), fileFact()])])
  if (range === undefined) throw new Error('no range')
  t.equal(
    ackedRow(range, '2026-11-23'),
    "2026-11-23\tagent-1\t1\t1\t4\tnode-1\t{'exec':2,'exit':1,'file':1}\n",
  )
})
