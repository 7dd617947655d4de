import t from 'tap'
import { SpoolError } from '#agent/spool/spool-error.ts'

t.test('it carries its code', async (t) => {
  t.match(new SpoolError('locked', 'in use'), {
    name: 'SpoolError',
    code: 'locked',
    message: 'in use',
  })
})
