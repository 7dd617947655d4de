import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { findCgroupMounts, parseCgroupControllers } from '#agent/containers/cgroup-mounts.ts'

t.test('/proc/cgroups names hierarchies, and what is in none of v1 is left out', (t) => {
  const text =
    '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t1\t1\nmemory\t4\t13\t1\npids\t8\t1\t1\nbad line\n\t\t'
  t.same(
    [...parseCgroupControllers(text)],
    [
      ['memory', 4],
      ['pids', 8],
    ],
  )
  t.end()
})

t.test('any text names hierarchies above zero only', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) =>
      [...parseCgroupControllers(text).values()].every((hierarchy) => hierarchy > 0),
    ),
  )
  t.end()
})

t.test(
  'the hierarchies of this machine are found, v2 first, and are the roots of cgroup file systems',
  (t) => {
    const mounts = findCgroupMounts('/sys/fs/cgroup', '/proc')
    t.equal(mounts[0]?.hierarchy, 0)
    t.equal(statSync(mounts[0]?.directory ?? '').ino, 1, 'the root of v2 has the id 1')
    const numbers = new Set(mounts.map((mount) => mount.hierarchy))
    t.equal(numbers.size, mounts.length)
    const mine = readFileSync('/proc/self/cgroup', 'utf8')
    for (const number of numbers) t.match(mine, new RegExp(`^${number}:`, 'm'))
    t.end()
  },
)

t.test(
  'directories that are no cgroup file systems are none, and a root that is not there has none',
  (t) => {
    const root = t.testdir({ memory: {}, pids: {}, unified: {} })
    t.same(findCgroupMounts(root, '/proc'), [])
    t.same(findCgroupMounts(join(root, 'nowhere'), join(root, 'nowhere')), [])
    t.end()
  },
)
