import fc from 'fast-check'
import t from 'tap'
import { ttyName } from '#agent/sources/procfs/tty.ts'

t.test('terminals by device number', async (t) => {
  const rows: readonly (readonly [number, string])[] = [
    [0, ''],
    [0x8803, 'pts/3'],
    [0x8900, 'pts/256'],
    [0x401, 'tty1'],
    [0x440, 'ttyS0'],
    [0x501, 'console'],
    [0xe500, 'hvc0'],
    [0xcc40, '204:64'],
    [0x0010_8801, 'pts/257'],
    [-1, '4095:1048575'],
    [Number.NaN, ''],
  ]
  for (const [number, name] of rows) t.equal(ttyName(number), name, `${number}`)
  fc.assert(fc.property(fc.integer(), (number) => ttyName(number).length < 20))
})
