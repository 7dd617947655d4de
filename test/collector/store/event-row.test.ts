import fc from 'fast-check'
import t from 'tap'
import { storable } from '#collector/store/cells.ts'
import { eventRowReader, fileKeyOf, fileKeyText, has, orNull } from '#collector/store/event-row.ts'
import { flagBits } from '#collector/store/event-rows.ts'
import { hostileText } from './event-arbitraries.ts'

const read = eventRowReader(['pid', 'exe', 'argv', 'flags'])

t.test('a row that is not what was asked for reads as empty, and never throws', async (t) => {
  for (const [name, cells] of [
    ['no cells', []],
    ['too few cells', [1]],
    ['cells of other types', [['x'], 7, { a: 'b' }, 'none']],
  ] as const) {
    const row = read(cells)
    t.equal(row.text('exe'), '', name)
    t.strictSame(row.list('argv'), [], name)
    t.equal(row.text('no such column'), '')
    t.equal(row.number('no such column'), 0)
    t.strictSame(row.list('no such column'), [])
  }
})

t.test('texts and lists are decoded, whatever they hold', async () => {
  fc.assert(
    fc.property(hostileText, fc.array(hostileText, { maxLength: 4 }), (exe, argv) => {
      const row = read([1, storable(exe), argv.map((one) => `${storable(one)}\0`).join(''), 0])
      return row.text('exe') === exe && JSON.stringify(row.list('argv')) === JSON.stringify(argv)
    }),
  )
})

t.test('each flag is one bit of its own', async (t) => {
  const names = Object.keys(flagBits) as (keyof typeof flagBits)[]
  for (const name of names) {
    const row = read([0, '', '', flagBits[name]])
    t.strictSame(
      names.filter((other) => has(row, other)),
      [name],
    )
  }
})

t.test('minus one stands for null, and nothing else does', async (t) => {
  t.strictSame([-1, 0, 1, -2].map(orNull), [null, 0, 1, -2])
})

t.test(
  'an executable is the same only on the same node, boot, device, inode and change',
  async (t) => {
    const columns = ['node', 'boot', 'file_device', 'file_inode', 'file_ctime_us']
    const key = (...cells: readonly (string | number)[]) =>
      fileKeyOf(eventRowReader(columns)(cells))
    const one = key('n', 'b', 1, 22, 3)
    t.equal(one, fileKeyText('n', 'b', 1, 22, 3))
    const others = [
      key('m', 'b', 1, 22, 3),
      key('n', 'c', 1, 22, 3),
      key('n', 'b', 12, 2, 3),
      key('n', 'b', 1, 2, 23),
      key('nb', '', 1, 22, 3),
    ]
    t.equal(new Set([one, ...others]).size, 6)
  },
)
