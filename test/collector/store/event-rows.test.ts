import fc from 'fast-check'
import t from 'tap'
import {
  eventColumns,
  eventRow,
  isRowEvent,
  type RowEvent,
  rowContext,
} from '#collector/store/event-rows.ts'
import { anyEvent, hostileText } from './event-arbitraries.ts'
import { chunk, container, coverageFact, exec, exit, fileFact, gap } from './fixtures.ts'

/** The cells of a line by column; throws where it is not exactly one line of exactly all columns. */
const cellsOf = (line: string): Readonly<Record<string, string>> => {
  if (line.indexOf('\n') !== line.length - 1) throw new Error(`not one line: ${line}`)
  const cells = line.slice(0, -1).split('\t')
  if (cells.length !== eventColumns.length) throw new Error(`${cells.length} cells`)
  return Object.fromEntries(eventColumns.map((name, place) => [name, cells[place] ?? '']))
}

const rowOf = (event: RowEvent, seq = 1) =>
  cellsOf(eventRow(rowContext(chunk(1, []), '2026-11-23'), event, seq))

t.test('whatever an agent sends is one line with a cell for every column', async () => {
  fc.assert(
    fc.property(anyEvent, hostileText, (event, name) => {
      const context = rowContext(
        chunk(1, [], { agent: name, node: name, boot: name }),
        '2026-11-23',
      )
      if (!isRowEvent(event)) return
      const cells = cellsOf(eventRow(context, event, 7))
      if (cells.kind !== event.kind || cells.seq !== '7') throw new Error('cells are shifted')
      if (cells.time_us !== `${event.timeUs}`) throw new Error('the time is shifted')
    }),
  )
})

t.test('a column is named once', async (t) => {
  t.equal(new Set(eventColumns).size, eventColumns.length)
})

t.test('facts have tables of their own', async (t) => {
  t.strictSame([fileFact(), coverageFact(), gap(), exec()].map(isRowEvent), [
    false,
    false,
    true,
    true,
  ])
})

t.test('what is unknown is stored as unknown, and not as zero', async (t) => {
  t.match(rowOf(exit({ exitCode: null, lifetimeUs: null, signal: 9 })), {
    exit_code: '-1',
    lifetime_us: '-1',
    signal: '9',
  })
  t.match(rowOf(exit({ exitCode: 0, lifetimeUs: 0 })), { exit_code: '0', lifetime_us: '0' })
  t.equal(rowOf(gap({ lost: null })).lost, '-1')
  t.equal(rowOf(gap({ lost: 0 })).lost, '0')
  t.match(rowOf(exec()), { login_uid: '4294967295', creator_pid: '0', file_inode: '0', script: '' })
  t.equal(rowOf(exec({ loginUid: 0 })).login_uid, '0', 'root logged in')
})

t.test('numbers keep all their digits', async (t) => {
  const row = rowOf(exec({ process: { pid: 1, startNs: 2 ** 60 }, capabilities: 2 ** 40 }))
  t.match(row, { start_ns: '1152921504606846976', capabilities: '1099511627776' })
  t.equal(rowOf(exit({ userUs: 1e21 })).user_us, '1000000000000000000000', 'no 1e+21')
})

t.test('a group that a kind does not use is empty', async (t) => {
  const row = rowOf(container({ phase: 'ended' }))
  t.match(row, {
    kind: 'container',
    phase: 'ended',
    exe: '',
    argv: '',
    dns_name: '',
    gap_reason: '',
  })
  t.match(rowOf(gap()), { gap_reason: 'ring_full', affects: 'exec,exit', phase: '', argv: '' })
})

t.test('arguments are told apart by NUL, so that empty ones count', async (t) => {
  t.equal(rowOf(exec({ argv: ['', 'a\tb', ''] })).argv, '\\0a\\tb\\0\\0')
  t.equal(rowOf(exec({ argv: [] })).argv, '')
})
