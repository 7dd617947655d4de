import t from 'tap'
import { choosePaint, coloured, plain } from '#cli/render/paint.ts'

t.test('colours where they were asked for, or where somebody sees them', async (t) => {
  t.equal(choosePaint('always', false, '1'), coloured)
  t.equal(choosePaint('never', true, undefined), plain)
  t.equal(choosePaint('auto', true, undefined), coloured)
  t.equal(choosePaint('auto', true, ''), coloured, 'an empty NO_COLOR counts as not set')
  t.equal(choosePaint('auto', true, '1'), plain)
  t.equal(choosePaint('auto', false, undefined), plain)
})

t.test('paint ends what it begins and leaves nothing alone', async (t) => {
  t.equal(coloured('bad', 'x'), '\x1b[31mx\x1b[39m')
  t.equal(coloured('bad', ''), '')
  t.equal(plain('bad', 'x'), 'x')
})
