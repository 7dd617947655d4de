import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { isWhole } from '#test/fixtures/activities.ts'

t.test('an example need only say what it is about', async (t) => {
  t.ok(isWhole(exampleActivity({})))
  t.match(
    exampleActivity({ process: { exe: '/bin/nc', args: ['nc', '-l'] }, connection: { port: 80 } }),
    {
      process: { name: 'nc', command: 'nc -l' },
      connection: { port: 80n },
    },
  )
})

t.test('a parent is the nearest ancestor, whichever is given', async (t) => {
  const parent = exampleActivity({ parent: { exe: '/usr/sbin/nginx' } })
  t.strictSame(
    parent.ancestors.map(({ name }) => name),
    ['nginx'],
  )
  const line = exampleActivity({ ancestors: [{ exe: '/bin/sh' }, { exe: '/usr/sbin/nginx' }] })
  t.equal(line.parent.name, 'sh')
  t.strictSame(exampleActivity({}).ancestors, [])
})

t.test('what cannot be is refused', async (t) => {
  t.throws(() => exampleActivity({ process: { uid: 1.5 } }), /uid: write a whole number/)
  t.throws(() => exampleActivity({ connection: { port: 'http' } }), /port: write a whole number/)
  t.throws(() => exampleActivity({ process: { capabilities: ['CAP_X'] } }), /no capability/)
  t.throws(() => exampleActivity({ process: { hostNamespaces: ['x'] } }), /is none of/)
})
