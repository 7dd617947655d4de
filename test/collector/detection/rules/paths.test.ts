import t from 'tap'
import { type ExampleActivity, exampleActivity } from '#collector/detection/example-activity.ts'
import { fields } from '#collector/detection/fields.ts'
import type { Scalar } from '#collector/detection/rules/needs.ts'
import { visitorOf } from '#collector/detection/rules/paths.ts'

const example: ExampleActivity = {
  process: { exe: '/tmp/nc', args: ['nc', '-e', '/bin/sh'], uid: 7 },
  ancestors: [
    { exe: '/bin/sh', args: ['sh', '-i'] },
    { exe: '/sbin/init', args: ['init'] },
  ],
  connection: { port: 443, kind: 'external' },
}

const valuesAt = (path: string, given: ExampleActivity = example): readonly Scalar[] => {
  const values: Scalar[] = []
  visitorOf(path, (value) => values.push(value))(exampleActivity(given))
  return values
}

t.test('every value at a path is shown', async (t) => {
  t.strictSame(valuesAt('process.args[]'), ['nc', '-e', '/bin/sh'])
  t.strictSame(valuesAt('process.args'), [['nc', '-e', '/bin/sh']])
  t.strictSame(valuesAt('process.uid'), [7n])
  t.strictSame(valuesAt('parent.name'), ['sh'])
  t.strictSame(valuesAt('ancestors[].program'), ['sh', 'init'])
  t.strictSame(valuesAt('ancestors[].args[]'), ['sh', '-i', 'init'])
  t.strictSame(valuesAt('connection.port'), [443n])
  t.equal((valuesAt('ancestors')[0] as unknown as readonly unknown[]).length, 2)
  t.strictSame(valuesAt('process.sockets[]'), [])
})

t.test('every declared field can be read, and is what the activity has', async (t) => {
  const activity = exampleActivity(example)
  for (const [variable, declared] of Object.entries(fields))
    for (const field of Object.keys(declared)) {
      const part = activity[variable as keyof typeof fields] as Readonly<Record<string, unknown>>
      t.strictSame(valuesAt(`${variable}.${field}`), [part[field]], `${variable}.${field}`)
    }
})

t.test('a path that no activity has is refused', async (t) => {
  for (const path of ['', 'nobody', 'nobody.name', 'process.nothing', 'process.args.size', '[]'])
    t.throws(() => visitorOf(path, () => undefined), /there is no/, path)
})
