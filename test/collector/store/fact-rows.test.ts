import fc from 'fast-check'
import t from 'tap'
import {
  containerColumns,
  containerRow,
  coverageColumns,
  coverageRow,
  fileColumns,
  fileRow,
} from '#collector/store/fact-rows.ts'
import { nameSources } from '#proto/event.ts'
import { hostileText } from './event-arbitraries.ts'
import { chunk, container, coverageFact, fileFact } from './fixtures.ts'

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
      return (
        columnsIn(containerRow(sender, named, { seq: 1, rank: 2 })) === containerColumns.length &&
        columnsIn(fileRow(sender, fileFact({ path: text, sha256: text }))) === fileColumns.length &&
        columnsIn(coverageRow(sender, coverageFact(), '2026-11-23')) === coverageColumns.length
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
    const place = { seq: 1, rank: nameSources.indexOf(nameSource) }
    const line = containerRow(sender, container({ nameSource }), place)
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
