import t from 'tap'
import {
  containerDirectories,
  runtimeDirectories,
  taskDirectories,
} from '#agent/containers/runtime-directories.ts'

t.test('everything lies below the host root', (t) => {
  const directories = runtimeDirectories({
    hostRoot: '/host',
    crunRoots: ['/srv/crun'],
    runcRoots: ['/run/runc'],
  })
  const all = [...directories.fixed, ...directories.taskRoots].map((one) => one.directory)
  for (const directory of [...all, directories.docker])
    t.match(directory, /^\/host\/(run|var|srv)\//)
  t.ok(all.includes('/host/srv/crun'))
  t.equal(
    all.filter((directory) => directory === '/host/run/runc').length,
    1,
    'named twice, looked at once',
  )
  t.end()
})

t.test(
  'each containerd namespace is a place of its own, moby is Docker’s, and too many are cut off',
  (t) => {
    const root = t.testdir({ 'k8s.io': {}, moby: {} })
    t.same(
      taskDirectories({ runtime: 'containerd', directory: root }).map((one) => one.runtime),
      ['containerd', 'docker'],
    )
    const many = t.testdir(
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`ns${index}`, {}])),
    )
    t.equal(taskDirectories({ runtime: 'containerd', directory: many }).length, 16)
    t.same(taskDirectories({ runtime: 'containerd', directory: `${root}/nowhere` }), [])
    t.end()
  },
)

t.test('on a host without any runtime only the fixed places remain', (t) => {
  const directories = runtimeDirectories({ hostRoot: t.testdir() })
  t.same(containerDirectories(directories), directories.fixed)
  t.end()
})
