import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runtimeDirectories } from '#agent/containers/runtime-directories.ts'
import { followDelayMs, RuntimeWatcher } from '#agent/containers/runtime-watcher.ts'

type Tap = typeof t

interface Sighting {
  readonly layout: string
  readonly containerId: string
  readonly fresh: boolean
}

const task = 'run/containerd/io.containerd.runtime.v2.task'

const scene = (
  t: Pick<Tap, 'testdir' | 'teardown'>,
  content: Parameters<Tap['testdir']>[0] = {},
) => {
  const root = t.testdir(content)
  const seen: Sighting[] = []
  const watcher = new RuntimeWatcher(
    runtimeDirectories({ hostRoot: root }),
    ({ layout }, containerId, fresh) => seen.push({ layout, containerId, fresh }),
  )
  t.teardown(() => watcher.close())
  watcher.start()
  const make = (path: string): void => {
    mkdirSync(join(root, path), { recursive: true })
  }
  const until = async (containerId: string): Promise<Sighting> => {
    for (;;) {
      const found = seen.find((one) => one.containerId === containerId)
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { root, seen, watcher, make, until }
}

t.test('what is there when watching begins is told of as old', (t) => {
  const { seen } = scene(t, { run: { crun: { web: {} } } })
  t.same(seen, [{ layout: 'crun', containerId: 'web', fresh: false }])
  t.end()
})

t.test('a directory that comes and goes at once is told of', async (t) => {
  const { root, make, until } = scene(t, { run: { crun: {} } })
  make('run/crun/brief')
  rmSync(join(root, 'run/crun/brief'), { recursive: true })
  t.same(await until('brief'), { layout: 'crun', containerId: 'brief', fresh: true })
})

t.test('the first container of a runtime that was never there is told of', async (t) => {
  const { make, until } = scene(t)
  make('run/crun/first')
  t.match(await until('first'), { layout: 'crun', fresh: true })
})

t.test('a containerd namespace that comes later is watched', async (t) => {
  const { make, until } = scene(t, { run: { containerd: {} } })
  make(`${task}/k8s.io`)
  make(`${task}/k8s.io/one`)
  t.match(await until('one'), { layout: 'bundle' })
  make(`${task}/k8s.io/two`)
  t.match(await until('two'), { layout: 'bundle', fresh: true })
})

t.test('a directory that was replaced is watched again', async (t) => {
  const { root, make, until } = scene(t, { run: { crun: {} } })
  renameSync(join(root, 'run/crun'), join(root, 'run/old'))
  make('run/crun/after')
  t.match(await until('after'), { layout: 'crun' })
})

t.test('what runc writes into a new container’s directory is told of', async (t) => {
  const { root, seen, make, until } = scene(t, { run: { runc: {} } })
  make('run/runc/web')
  await until('web')
  const before = seen.length
  writeFileSync(join(root, 'run/runc/web/state.json'), '{}')
  while (seen.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
  t.match(seen.at(-1), { layout: 'runc', containerId: 'web', fresh: true })
})

t.test('names that are no container ids are passed over', (t) => {
  const { seen } = scene(t, { run: { crun: { '.hidden': {}, 'a b': {}, ok: {} } } })
  t.same(
    seen.map((one) => one.containerId),
    ['ok'],
  )
  t.end()
})

t.test('closed, it watches nothing and tells of nothing', async (t) => {
  const { seen, watcher, make } = scene(t, { run: { crun: {} } })
  watcher.close()
  make('run/crun/late')
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(seen, [])
  t.equal(watcher.counts.watched, 0)
})

t.test('a file that follows its directory is looked for 64 times', (t) => {
  const delays = Array.from({ length: 65 }, (_, attempt) => followDelayMs(attempt))
  t.equal(delays.filter((delay) => delay !== undefined).length, 64)
  t.equal(delays[64], undefined)
  t.end()
})
