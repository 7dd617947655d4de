import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  type RuntimeDirectories,
  runtimeDirectories,
} from '#agent/containers/runtime-directories.ts'
import { RuntimeStates } from '#agent/containers/runtime-states.ts'
import { randomContainerId } from '#test/fixtures/oci-bundle.ts'

const scene = (t: { testdir(): string; teardown(action: () => unknown): void }) => {
  const root = t.testdir()
  const directories: RuntimeDirectories = runtimeDirectories({ hostRoot: root })
  const states = new RuntimeStates(directories)
  t.teardown(() => states.close())
  const state = { learnt: 0 }
  states.onLearnt = () => {
    state.learnt += 1
  }
  const make = (path: string, content?: unknown): void => {
    mkdirSync(join(root, path, '..'), { recursive: true })
    if (content === undefined) mkdirSync(join(root, path))
    else writeFileSync(join(root, path), JSON.stringify(content))
  }
  const crun = directories.fixed.find((one) => one.layout === 'crun')
  if (crun === undefined) throw new Error('crun has a place')
  return { root, states, make, crun, state }
}

t.test('without a runtime no plain name is a container', (t) => {
  const { states } = scene(t)
  for (const path of ['/web', '/default/web', '/', '', '/../web', '/init.scope'])
    t.equal(states.confirm(path, true), undefined, path)
  t.end()
})

t.test('a state that names the cgroup proves it, and everything below it', (t) => {
  const { states, make } = scene(t)
  make('run/crun/web/status', { 'cgroup-path': '/own/path' })
  t.same(states.confirm('/own/path', true), { containerId: 'web', runtime: 'crun', below: 0 })
  t.same(states.confirm('/own/path/a/b', true), { containerId: 'web', runtime: 'crun', below: 2 })
  t.equal(states.confirm('/own/pathology', true), undefined)
  t.equal(states.confirm('/own', true), undefined)
  t.end()
})

t.test(
  'a state that names another cgroup is proof against a cgroup of the container’s name',
  (t) => {
    const { states, make } = scene(t)
    make('run/crun/web/status', { 'cgroup-path': '/own/path' })
    t.equal(states.confirm('/web', true), undefined)
    t.end()
  },
)

t.test('runc’s state names the mounts, and the paths in them count', (t) => {
  const { states, make } = scene(t)
  make('run/runc/web/state.json', {
    cgroup_paths: { memory: '/sys/fs/cgroup/memory/parent/web', '': '/sys/fs/cgroup/unified/web' },
  })
  t.same(states.confirm('/parent/web', true), { containerId: 'web', runtime: 'runc', below: 0 })
  t.same(states.confirm('/web', true), { containerId: 'web', runtime: 'runc', below: 0 })
  t.end()
})

t.test('a directory of the cgroup’s very name is enough while the state is not written', (t) => {
  const { states, make, state } = scene(t)
  make('run/crun/web')
  t.same(states.confirm('/user.slice/web/child', true), {
    containerId: 'web',
    runtime: 'crun',
    below: 1,
  })
  t.equal(states.confirm('/user.slice/website', true), undefined)
  t.ok(state.learnt > 0)
  t.end()
})

t.test('ctr’s containers are known by the configuration in their containerd namespace', (t) => {
  const { states, make } = scene(t)
  make('run/containerd/io.containerd.runtime.v2.task/default/web/config.json', {
    linux: { cgroupsPath: '/default/web' },
  })
  t.same(states.confirm('/default/web', true), {
    containerId: 'web',
    runtime: 'containerd',
    below: 0,
  })
  t.end()
})

t.test('without a look at the directories only what was seen counts', (t) => {
  const { states, make, crun } = scene(t)
  make('run/crun/web/status', { 'cgroup-path': '/web' })
  t.equal(states.confirm('/web', false), undefined)
  states.observe(crun, 'web')
  t.match(states.confirm('/web', false), { containerId: 'web' })
  t.end()
})

t.test('what was seen outlives its directory', (t) => {
  const { states, make, crun, root } = scene(t)
  make('run/crun/web/status', { 'cgroup-path': '/elsewhere' })
  states.observe(crun, 'web')
  rmSync(join(root, 'run/crun/web'), { recursive: true })
  states.observe(crun, 'web')
  t.match(states.confirm('/elsewhere', true), { containerId: 'web' })
  t.end()
})

t.test('a name used again for another cgroup is known by both', (t) => {
  const { states, make, crun } = scene(t)
  make('run/crun/web/status', { 'cgroup-path': '/first' })
  states.observe(crun, 'web')
  make('run/crun/web/status', { 'cgroup-path': '/second' })
  states.observe(crun, 'web')
  t.match(states.confirm('/second', false), { containerId: 'web' })
  t.match(states.confirm('/first', false), { containerId: 'web' })
  t.end()
})

t.test('a state that follows its directory is found without being asked for', async (t) => {
  const { states, make, crun, state } = scene(t)
  make('run/crun/web')
  states.observe(crun, 'web')
  make('run/crun/web/status', { 'cgroup-path': '/elsewhere' })
  while (states.confirm('/elsewhere', false) === undefined)
    await new Promise((resolve) => setTimeout(resolve, 5))
  t.ok(state.learnt >= 2)
})

t.test('ids of 64 hex digits are left to their paths', (t) => {
  const { states, make, crun, state } = scene(t)
  const id = randomContainerId()
  make(`run/crun/${id}/status`, { 'cgroup-path': '/web' })
  states.observe(crun, id)
  t.equal(states.confirm('/web', true), undefined)
  t.equal(state.learnt, 0)
  t.end()
})

t.test('a state of rubbish proves nothing but the name', (t) => {
  const { states, make } = scene(t)
  make('run/crun/web/status', ['rubbish'])
  t.match(states.confirm('/web', true), { containerId: 'web' })
  t.equal(states.confirm('/', true), undefined)
  t.end()
})
