import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { walkCgroups } from '#agent/containers/cgroup-walk.ts'

t.test('a root that is not there has no cgroups', (t) => {
  t.same(walkCgroups(join(t.testdir(), 'nowhere'), 10), { cgroups: [], truncated: false })
  t.end()
})

t.test('every directory is a cgroup, files and links are none', (t) => {
  const root = t.testdir({
    'cgroup.procs': '',
    'a b': { c: { 'pids.max': 'max' } },
    loop: t.fixture('symlink', '.'),
  })
  const walk = walkCgroups(root, 10)
  t.same(
    walk.cgroups.map((cgroup) => cgroup.path),
    ['/', '/a b', '/a b/c'],
  )
  t.equal(walk.cgroups[2]?.id, statSync(join(root, 'a b/c')).ino)
  t.end()
})

t.test('a walk stops at its limit and says so', (t) => {
  const root = t.testdir({ a: { b: { c: {} } } })
  t.match(walkCgroups(root, 2), { cgroups: { length: 2 }, truncated: true })
  t.match(walkCgroups(root, 4), { cgroups: { length: 4 }, truncated: false })
  t.end()
})
