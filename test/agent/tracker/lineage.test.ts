import t from 'tap'
import { entryOf, runsInRuntime } from '#agent/tracker/lineage.ts'
import type { LiveProcess } from '#agent/tracker/process-table.ts'

const hostMountNamespace = 1
const containerMountNamespace = 77

const live = (change: Partial<LiveProcess>): LiveProcess => ({
  key: { pid: 100, startNs: 5 },
  parent: undefined,
  creator: undefined,
  ancestor: undefined,
  containerId: 'c1',
  podUid: '',
  exe: '/bin/x',
  entry: 'child',
  runtime: false,
  executed: true,
  nsPid: 2,
  uid: 0,
  mountNamespace: containerMountNamespace,
  missing: 0,
  ...change,
})

t.test('set-up by the runtime', async (t) => {
  const shim = live({ containerId: 'host', mountNamespace: 55 })
  const rows = [
    {
      name: 'still in the host’s mount namespace: runtime',
      mountNamespace: 1,
      parent: undefined,
      want: true,
    },
    {
      name: 'still in the mount namespace of the parent outside: runtime',
      mountNamespace: 55,
      parent: shim,
      want: true,
    },
    {
      name: 'in a mount namespace of its own: the container’s',
      mountNamespace: containerMountNamespace,
      parent: shim,
      want: false,
    },
    {
      name: 'a child inside the container shares its parent’s mount namespace: the container’s',
      mountNamespace: containerMountNamespace,
      parent: live({}),
      want: false,
    },
    {
      name: 'an unreadable namespace proves nothing',
      mountNamespace: 0,
      parent: shim,
      want: false,
    },
  ]
  for (const { name, want, ...facts } of rows) {
    t.equal(runsInRuntime({ ...facts, hostMountNamespace, containerId: 'c1' }), want, name)
  }
})

t.test('entry', async (t) => {
  const outside = live({ containerId: 'host', mountNamespace: hostMountNamespace })
  const parentKey = { pid: 9, startNs: 9 }
  const base = {
    record: { nsPid: 1, parent: parentKey },
    known: undefined,
    parent: outside as LiveProcess | undefined,
    runtime: false,
    where: { containerId: 'c1' },
    initSeen: false as boolean | undefined,
  }
  const rows = [
    { name: 'the first own process is init', change: {}, want: 'init' },
    {
      name: 'with a shared pid namespace the first own process is init although its pid is not 1',
      change: { record: { nsPid: 31, parent: parentKey } },
      want: 'init',
    },
    {
      name: 'a later one from outside is an exec',
      change: { initSeen: true, record: { nsPid: 31, parent: parentKey } },
      want: 'exec',
    },
    {
      name: 'one whose parent is the runtime still in the cgroup is not a child',
      change: { initSeen: true, parent: live({ runtime: true }) },
      want: 'exec',
    },
    {
      name: 'a child of the container is a child',
      change: { initSeen: true, parent: live({}) },
      want: 'child',
    },
    {
      name: 'the runtime itself has no entry',
      change: { runtime: true },
      want: 'unknown',
    },
    {
      name: 'init that executes again stays init',
      change: { initSeen: true, known: live({ entry: 'init' }) },
      want: 'init',
    },
    {
      name: 'an unknown parent is not guessed',
      change: { initSeen: true, parent: undefined, record: { nsPid: 4, parent: parentKey } },
      want: 'unknown',
    },
    {
      name: 'outside containers everything is a child',
      change: { initSeen: undefined },
      want: 'child',
    },
  ] as const
  for (const { name, change, want } of rows) t.equal(entryOf({ ...base, ...change }), want, name)
})
