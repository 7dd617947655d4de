import fc from 'fast-check'
import t from 'tap'
import {
  candidateIds,
  isContainerId,
  isHexContainerId,
  splitPath,
} from '#agent/containers/cgroup-segments.ts'

t.test(
  'the names that may be plain containers come innermost first, scopes without their prefix as well',
  (t) => {
    t.same(candidateIds('/default/web'), ['web', 'default'])
    t.same(candidateIds('/user.slice/crun-web.scope/child'), ['child', 'crun-web', 'web'])
    t.same(candidateIds('/system.slice/cron.service'), [])
    t.same(candidateIds('/../.hidden/a b/\u0000'), [])
    t.end()
  },
)

t.test('an id never leaves the directory it is looked for in', (t) => {
  for (const id of ['', '.', '..', '-rf', 'a/b', 'a b', 'a\u0000', 'x'.repeat(256)])
    t.notOk(isContainerId(id), JSON.stringify(id))
  for (const id of ['web', 'web_1.2+3@4', '0'.repeat(64)]) t.ok(isContainerId(id), id)
  fc.assert(
    fc.property(fc.string(), (path) =>
      candidateIds(path).every((id) => isContainerId(id) && !id.includes('/')),
    ),
  )
  t.end()
})

t.test('hex ids are 64 lower-case digits exactly', (t) => {
  for (const id of ['0'.repeat(63), '0'.repeat(65), 'A'.repeat(64), `${'0'.repeat(63)}\n`])
    t.notOk(isHexContainerId(id))
  t.ok(isHexContainerId('0123456789abcdef'.repeat(4)))
  t.end()
})

t.test('segments are those that say something', (t) => {
  t.same(splitPath('//a/./b/../c (deleted)'), ['a', 'b', '..', 'c'])
  t.same(splitPath('/a/syscont-cgroup-root/b'), ['a'])
  t.same(splitPath('/a'.repeat(4096)), [])
  t.end()
})
