import t from 'tap'
import { readCgroup } from '#agent/sources/procfs/cgroup.ts'

t.test('the lines of a process, in the order of the kernel', async (t) => {
  const root = t.testdir({ 7: { cgroup: '4:cpu,cpuacct:/a:b\nodd\n0::/c (deleted)\n' } })
  t.strictSame(readCgroup(root, 7), [
    { hierarchy: 4, controllers: 'cpu,cpuacct', path: '/a:b' },
    { hierarchy: 0, controllers: '', path: '/c (deleted)' },
  ])
  t.equal(readCgroup(root, 8), undefined)
  t.ok((readCgroup('/proc', process.pid) as readonly unknown[]).length > 0)
})
