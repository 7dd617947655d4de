import t from 'tap'
import { type LiveProcess, ProcessTable } from '#agent/tracker/process-table.ts'

const live = (pid: number, startNs: number, containerId = 'c'): LiveProcess => ({
  key: { pid, startNs },
  parent: undefined,
  creator: undefined,
  ancestor: undefined,
  containerId,
  podUid: '',
  exe: '',
  entry: 'unknown',
  runtime: false,
  executed: undefined,
  nsPid: 0,
  uid: 0,
  mountNamespace: 0,
  missing: 0,
})

t.test('two owners of one pid are two processes', async (t) => {
  const table = new ProcessTable({ processesMax: 10 })
  table.set({ ...live(7, 100), exe: '/old' })
  table.set({ ...live(7, 200), exe: '/new' })
  t.equal(table.get({ pid: 7, startNs: 100 })?.exe, '/old')
  t.equal(table.delete({ pid: 7, startNs: 200 })?.exe, '/new')
  t.equal(table.get({ pid: 7, startNs: 200 }), undefined)
  t.equal(table.size, 1)
})

t.test('over its limit the table forgets the longest known, and counts it', async (t) => {
  const table = new ProcessTable({ processesMax: 3 })
  for (let pid = 1; pid <= 5; pid += 1) table.set(live(pid, pid))
  t.equal(table.size, 3)
  t.equal(table.evicted, 2)
  t.strictSame(
    table.keys().map((key) => key.pid),
    [3, 4, 5],
  )
  table.set({ ...live(4, 4), exe: '/again' })
  t.equal(table.evicted, 2, 'an update evicts nobody')
})

t.test('an unknown or absent key is no process', async (t) => {
  const table = new ProcessTable({ processesMax: 3 })
  t.equal(table.get(undefined), undefined)
  t.equal(table.delete({ pid: 1, startNs: 1 }), undefined)
})

t.test('pids of a container are bounded', async (t) => {
  const table = new ProcessTable({ processesMax: 10 })
  for (let pid = 1; pid <= 6; pid += 1) table.set(live(pid, pid, pid % 2 === 0 ? 'even' : 'odd'))
  t.strictSame(table.pidsOf('even', 2), [2, 4])
  t.strictSame(table.pidsOf('none', 2), [])
})
