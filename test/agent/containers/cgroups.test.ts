import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CgroupMemory } from '#agent/containers/cgroup-memory.ts'
import { findCgroupMounts } from '#agent/containers/cgroup-mounts.ts'
import { CgroupRegistry, type CgroupRegistryOptions } from '#agent/containers/cgroups.ts'
import { runtimeDirectories } from '#agent/containers/runtime-directories.ts'
import { RuntimeStates } from '#agent/containers/runtime-states.ts'
import type { CgroupRecord } from '#agent/sources/record.ts'
import { systemClock } from '#base/clock.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import {
  hostIsCgroup2,
  makeBundle,
  randomContainerId,
  randomContainerName,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'

const H = randomContainerId()
const other = randomContainerId()
const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'

const record = (
  phase: CgroupRecord['phase'],
  id: number,
  path: string,
  hierarchy = 0,
): CgroupRecord => ({ kind: 'cgroup', bootNs: 0, phase, cgroup: { hierarchy, id }, path })

const key = (id: number, hierarchy = 0) => ({ hierarchy, id })

const registry = (options: Partial<CgroupRegistryOptions> = {}) =>
  new CgroupRegistry({ mounts: [], clock: systemClock, ...options })

t.test('a cgroup that nobody named is nobody’s; without one it is the host', (t) => {
  const cgroups = registry()
  t.match(cgroups.attribute([key(7)]), { containerId: 'unknown', known: false })
  t.match(cgroups.attribute([]), { containerId: 'host', known: false })
  t.equal(cgroups.counts.unknown, 2)
  t.end()
})

t.test('a known v2 root says nothing while the container’s own hierarchy is not known', (t) => {
  const directory = t.testdir({})
  const cgroups = registry({ mounts: [{ hierarchy: 4, directory }] })
  cgroups.apply(record('created', 1, '/'))
  t.match(cgroups.attribute([key(1), key(40, 4)]), { containerId: 'unknown', known: false })
  t.match(
    cgroups.attribute([key(1), key(40, 5)]),
    { containerId: 'host', known: true },
    'of a hierarchy that is not mounted nothing is expected',
  )
  t.end()
})

t.test('a container that ended between two agents is still known to the second', (t) => {
  const dir = t.testdir({})
  const first = registry({ memory: new CgroupMemory({ dir, boot: 'b' }) })
  first.start()
  first.apply(record('created', 17, `/docker/${H}`, 4))
  first.save()
  const second = registry({ memory: new CgroupMemory({ dir, boot: 'b' }) })
  second.start()
  t.match(second.attribute([key(17, 4)]), { containerId: H, known: true, own: true })
  const elsewhere = registry({ memory: new CgroupMemory({ dir, boot: 'another' }) })
  elsewhere.start()
  t.match(elsewhere.attribute([key(17, 4)]), { containerId: 'unknown' })
  t.end()
})

t.test('the same id in two hierarchies is two cgroups', (t) => {
  const cgroups = registry()
  cgroups.apply(record('created', 17, `/docker/${H}`, 4))
  cgroups.apply(record('created', 17, '/system.slice/cron.service', 8))
  t.equal(cgroups.attribute([key(17, 4)]).containerId, H)
  t.equal(cgroups.attribute([key(17, 8)]).containerId, 'host')
  t.end()
})

t.test('everything in the v2 root, the container shows only in v1', (t) => {
  const cgroups = registry()
  cgroups.apply(record('created', 1, '/'))
  cgroups.apply(record('created', 40, `/kubepods/pod${uid}/${H}`, 4))
  t.match(cgroups.attribute([key(1), key(40, 4)]), {
    containerId: H,
    podUid: uid,
    own: true,
    known: true,
  })
  t.end()
})

t.test('the hierarchy with the pod wins over the one with the node around it', (t) => {
  const cgroups = registry()
  cgroups.apply(record('created', 5, `/docker/${other}`))
  cgroups.apply(record('created', 6, `/docker/${other}/kubelet/kubepods/pod${uid}/${H}`, 4))
  t.equal(cgroups.attribute([key(5), key(6, 4)]).containerId, H)
  t.end()
})

t.test('known cgroups are answered with the same frozen object, whatever is asked before', (t) => {
  const cgroups = registry()
  cgroups.apply(record('created', 5, `/docker/${H}`))
  const keys = [key(5)]
  const first = cgroups.attribute(keys)
  t.equal(cgroups.attribute(keys), first)
  t.ok(Object.isFrozen(first))
  t.end()
})

t.test(
  'a cgroup below the container’s own is the container’s, but its removal is not the end',
  (t) => {
    const cgroups = registry()
    t.match(cgroups.apply(record('created', 5, `/machine.slice/libpod-${H}.scope`)), {
      containerId: H,
      own: true,
    })
    t.match(cgroups.apply(record('created', 6, `/machine.slice/libpod-${H}.scope/container`)), {
      containerId: H,
      own: false,
    })
    t.end()
  },
)

t.test('the dead stay known for the grace period, and no longer', async (t) => {
  const time = manualTime()
  const cgroups = registry({ clock: time.clock, graceMs: 1000 })
  cgroups.apply(record('created', 5, `/docker/${H}`))
  t.equal(cgroups.apply(record('removed', 5, `/docker/${H}`)).containerId, H)
  await time.advance(900)
  t.equal(cgroups.attribute([key(5)]).containerId, H)
  await time.advance(200)
  cgroups.apply(record('created', 6, '/x'))
  t.equal(cgroups.attribute([key(5)]).known, false)
  t.equal(cgroups.counts.entries, 1)
})

t.test('a removal of which the creation was lost still says whose it was', (t) => {
  const cgroups = registry()
  t.equal(cgroups.apply(record('removed', 5, `/docker/${H}`)).containerId, H)
  t.equal(cgroups.attribute([key(5)]).containerId, H)
  t.end()
})

t.test('an id used again is the new cgroup’s', (t) => {
  const cgroups = registry()
  cgroups.apply(record('created', 5, `/docker/${H}`, 4))
  cgroups.apply(record('removed', 5, `/docker/${H}`, 4))
  cgroups.apply(record('created', 5, `/docker/${other}`, 4))
  t.equal(cgroups.attribute([key(5, 4)]).containerId, other)
  t.equal(cgroups.counts.entries, 1)
  t.end()
})

t.test(
  'a hundred thousand cgroups do not need room for more than the limit, and the dead go first',
  (t) => {
    const cgroups = registry({ entriesMax: 100 })
    cgroups.apply(record('created', 1, `/docker/${H}`))
    for (let id = 2; id < 100_000; id += 1) {
      cgroups.apply(record('created', id, `/docker/${other}/${id}`))
      cgroups.apply(record('removed', id, `/docker/${other}/${id}`))
    }
    t.equal(cgroups.counts.entries, 100)
    t.equal(cgroups.counts.evicted, 99_999 - 100)
    t.equal(cgroups.attribute([key(1)]).containerId, H, 'the living are still known')
    t.end()
  },
)

t.test('more living cgroups than the limit push out the oldest', (t) => {
  const cgroups = registry({ entriesMax: 10 })
  for (let id = 1; id <= 20; id += 1) cgroups.apply(record('created', id, `/docker/${H}`))
  t.equal(cgroups.counts.entries, 10)
  t.equal(cgroups.attribute([key(1)]).known, false)
  t.equal(cgroups.attribute([key(20)]).containerId, H)
  t.end()
})

t.test(
  'an unknown cgroup is looked up in /proc once a second at most, and then known',
  async (t) => {
    const time = manualTime()
    const asked: number[] = []
    let text: string | undefined
    const cgroups = registry({
      clock: time.clock,
      readProcessCgroups: (pid) => {
        asked.push(pid)
        return text
      },
    })
    t.equal(cgroups.attribute([key(9)], 42).known, false)
    t.equal(cgroups.attribute([key(9)], 42).known, false)
    t.same(asked, [42], 'a vanished process is not asked for twice')
    await time.advance(1001)
    text = `4:memory:/docker/${other}\n0::/docker/${H}\n`
    t.equal(cgroups.attribute([key(9)], 43).containerId, H)
    t.equal(cgroups.attribute([key(9)], 44).containerId, H)
    t.same(asked, [42, 43])
    t.equal(cgroups.counts.foundLate, 1)
  },
)

t.test('a process that has moved on does not lend its new path to its old cgroup', (t) => {
  const root = t.testdir({ docker: { [H]: {} }, old: {} })
  const mount = { hierarchy: 0, directory: root }
  const cgroups = registry({ mounts: [mount], readProcessCgroups: () => `0::/docker/${H}\n` })
  const inode = (path: string): number => statSync(join(root, path)).ino
  t.match(cgroups.attribute([key(inode('old'))], 42), { containerId: 'host', path: '/old' })
  t.match(cgroups.attribute([key(inode(`docker/${H}`))], 42), { containerId: H })
  t.end()
})

t.test('a path is answered from memory, until a runtime proves it a container', async (t) => {
  const root = t.testdir({ run: { crun: {} } })
  const states = new RuntimeStates(runtimeDirectories({ hostRoot: root }))
  const cgroups = registry({ states })
  const before = cgroups.attributePath('/web')
  t.match(before, { containerId: 'host', path: '/web' })
  t.equal(cgroups.attributePath('/web'), before)
  mkdirSync(join(root, 'run/crun/web'))
  states.observe({ runtime: 'crun', layout: 'crun', directory: join(root, 'run/crun') }, 'web')
  t.match(cgroups.attributePath('/web'), { containerId: 'web', runtime: 'crun' })
  states.close()
})

t.test(
  'a plain name that a runtime proves later is the container’s from then on, and counted',
  (t) => {
    const root = t.testdir({ run: { crun: {} } })
    const states = new RuntimeStates(runtimeDirectories({ hostRoot: root }))
    const cgroups = registry({ states })
    cgroups.apply(record('created', 5, '/web'))
    for (let event = 0; event < 10; event += 1)
      t.equal(cgroups.attribute([key(5)]).containerId, 'host')
    mkdirSync(join(root, 'run/crun/web'))
    t.equal(
      cgroups.attribute([key(5)]).containerId,
      'host',
      'its directories are not looked at for ever',
    )
    states.observe({ runtime: 'crun', layout: 'crun', directory: join(root, 'run/crun') }, 'web')
    t.match(cgroups.attribute([key(5)]), { containerId: 'web', own: true })
    t.equal(cgroups.counts.confirmedLate, 1)
    states.close()
    t.end()
  },
)

t.test('a walk learns every directory by its inode, and misses none that are gone', (t) => {
  const root = t.testdir({ docker: { [H]: { child: {} } }, 'system.slice': { 'cron.service': {} } })
  const cgroups = registry({ mounts: [{ hierarchy: 0, directory: root }] })
  cgroups.walk()
  const inode = (path: string): number => statSync(join(root, path)).ino
  t.match(cgroups.attribute([key(inode(`docker/${H}`))]), {
    containerId: H,
    path: `/docker/${H}`,
    own: true,
  })
  t.match(cgroups.attribute([key(inode(`docker/${H}/child`))]), { containerId: H, own: false })
  t.match(cgroups.attribute([key(inode('system.slice/cron.service'))]), {
    containerId: 'host',
    known: true,
  })
  const before = inode(`docker/${H}/child`)
  rmdirSync(join(root, `docker/${H}/child`))
  cgroups.walk()
  t.equal(cgroups.attribute([key(before)]).containerId, H, 'in its grace period')
  t.end()
})

t.test('a walk over the limit is counted', (t) => {
  const root = t.testdir(
    Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`g${index}`, {}])),
  )
  const cgroups = registry({ mounts: [{ hierarchy: 0, directory: root }], entriesMax: 10 })
  cgroups.walk()
  t.equal(cgroups.counts.walksTruncated, 1)
  t.equal(cgroups.counts.entries, 10)
  t.end()
})

t.test('in a cgroup namespace of its own the agent resolves what /proc shows it', (t) => {
  const root = t.testdir({ kubepods: { [`pod${uid}`]: { [other]: {}, [H]: {} } } })
  const own = join(root, 'kubepods', `pod${uid}`, other)
  const cgroups = registry({ mounts: [{ hierarchy: 0, directory: root }], ownRoot: own })
  cgroups.walk()
  t.match(cgroups.attributePath('/'), { containerId: other, podUid: uid }, 'the agent itself')
  t.match(cgroups.attributePath(`/../${H}`), { containerId: H, podUid: uid })
  t.match(cgroups.attributePath('/../../../init'), { containerId: 'host', path: '/init' })
  t.end()
})

const liveRegistry = (t: {
  teardown(action: () => unknown): void
}): { readonly cgroups: CgroupRegistry; readonly states: RuntimeStates } => {
  const states = new RuntimeStates(runtimeDirectories({ hostRoot: '' }))
  t.teardown(() => states.close())
  const mounts = findCgroupMounts('/sys/fs/cgroup', '/proc')
  const cgroups = registry({
    mounts,
    states,
    readProcessCgroups: (pid) => readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
  })
  return { cgroups, states }
}

/** The keys a probe would report for a process: the inode of its cgroup in each mounted hierarchy. */
const keysOf = (pid: number) => {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')
  return findCgroupMounts('/sys/fs/cgroup', '/proc').map(({ hierarchy, directory }) => {
    const path = lines
      .find((line) => line.startsWith(`${hierarchy}:`))
      ?.split(':')
      .slice(2)
      .join(':')
    return key(statSync(join(directory, path ?? '/')).ino, hierarchy)
  })
}

for (const runtime of ['crun', 'runc'] as const) {
  t.test(`a container that ${runtime} runs by a plain name is found by a walk`, async (t) => {
    const id = randomContainerName('walk')
    const bundle = await makeBundle(t, { args: ['sleep', '60'] })
    const { pid } = await startContainer(t, { runtime, id, bundle })
    const { cgroups } = liveRegistry(t)
    cgroups.walk()
    t.match(cgroups.attribute(keysOf(pid)), { containerId: id, runtime, own: true, known: true })
    t.match(
      cgroups.attribute(keysOf(process.pid)),
      { containerId: 'host' },
      'this test is no container',
    )
  })

  t.test(
    `a container that ${runtime} runs is found by its process, in a cgroup of another name`,
    async (t) => {
      const id = randomContainerName('named')
      const bundle = await makeBundle(t, { args: ['sleep', '60'], cgroupsPath: `/elsewhere-${id}` })
      const { pid } = await startContainer(t, { runtime, id, bundle })
      const { cgroups } = liveRegistry(t)
      t.match(cgroups.attribute(keysOf(pid), pid), { containerId: id, runtime })
      t.match(cgroups.attributePath(`/elsewhere-${id}/below`), { containerId: id, own: false })
    },
  )

  t.test(`a container that ${runtime} runs by 64 hex digits needs no proof`, async (t) => {
    const id = randomContainerId()
    const bundle = await makeBundle(t, { args: ['sleep', '60'] })
    const { pid } = await startContainer(t, { runtime, id, bundle })
    const cgroups = registry({ mounts: findCgroupMounts('/sys/fs/cgroup', '/proc') })
    cgroups.walk()
    t.match(cgroups.attribute(keysOf(pid)), { containerId: id })
  })
}

t.test('a cgroup that only looks like a container stays the host’s', (t) => {
  const name = randomContainerName('plain')
  const mount = findCgroupMounts('/sys/fs/cgroup', '/proc')[0]
  const directory = join(mount?.directory ?? '', name)
  mkdirSync(directory)
  t.teardown(() => rmdirSync(directory))
  const { cgroups } = liveRegistry(t)
  cgroups.walk()
  t.match(cgroups.attribute([key(statSync(directory).ino)]), {
    containerId: 'host',
    known: true,
    path: `/${name}`,
  })
  t.equal(hostIsCgroup2(), mount?.directory === '/sys/fs/cgroup')
  t.end()
})
