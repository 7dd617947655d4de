import t from 'tap'
import { resourceNames, resources } from '#collector/cluster/resources.ts'
import { watchable } from '#test/stand-ins/api-server-watch.ts'

t.test('pods are not followed, and nothing without a bound', async (t) => {
  t.notOk(resourceNames.some((name) => resources[name].path.endsWith('/pods')))
  t.ok(resourceNames.every((name) => resources[name].max > 0))
  t.ok(resourceNames.every((name) => resources[name].path.endsWith(`/${name}`)))
})

t.test('whatever is followed, the stand-in of the tests knows', async (t) => {
  t.strictSame(
    resourceNames.map((name) => resources[name].path).sort(),
    Object.keys(watchable).sort(),
  )
})
