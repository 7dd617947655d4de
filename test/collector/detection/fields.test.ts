import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { fields } from '#collector/detection/fields.ts'
import { conditionReader } from '#collector/detection/rules/condition.ts'
import { isWhole } from '#test/fixtures/activities.ts'

t.test(
  'every declared field can be asked for, is of its type, and empty where nothing is known',
  async (t) => {
    const activity = exampleActivity({})
    t.ok(isWhole(activity))
    const empty = { string: '""', int: '0', bool: 'false', 'list<string>': '[]' }
    const known = ['event.kind', 'container.id', 'process.origin', 'process.entry']
    const read = conditionReader({})
    for (const [variable, declared] of Object.entries(fields))
      for (const [name, { type, help }] of Object.entries(declared)) {
        const path = `${variable}.${name}`
        t.not(help, '', `${path} is explained`)
        const { holds } = read(`${path} == ${empty[type as keyof typeof empty]}`)
        const isUnknown = known.includes(path) || /^parent\.(?:origin|entry)$/.test(path)
        t.equal(holds(activity), !isUnknown, path)
      }
  },
)
