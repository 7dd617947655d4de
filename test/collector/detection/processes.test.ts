import t from 'tap'
import { maxAncestors, ProcessMemory, type ProcessView } from '#collector/detection/processes.ts'
import { exec, exit } from '#test/fixtures/timeline-events.ts'

const id = (pid: number) => `b00t-${pid}-0`

/** Learns a line of processes, each the parent of the next. */
const line = (memory: ProcessMemory, pids: readonly number[], container?: string) => {
  for (const [index, pid] of pids.entries()) {
    const parent = pids[index - 1]
    const facts = { pid, exe: `/bin/p${pid}`, parentId: parent === undefined ? null : id(parent) }
    memory.learn(exec(facts, container === undefined ? {} : { containerId: container }))
  }
}

const { containerId } = exec()
const ancestorsOf = (memory: ProcessMemory, parent: number, node = 'node-1') =>
  memory.ancestors(node, { parentId: id(parent) }, containerId).map(({ pid }) => pid)

t.test('the line of parents, the nearest first', async (t) => {
  const memory = new ProcessMemory()
  line(memory, [1, 7, 9])
  t.strictSame(ancestorsOf(memory, 9), [9, 7, 1])
  t.strictSame(
    ancestorsOf(memory, 9, 'node-2'),
    [],
    'the same id on another node is another process',
  )
  t.strictSame(ancestorsOf(memory, 8), [])
})

t.test('it ends where the container does', async (t) => {
  const memory = new ProcessMemory()
  memory.learn(exec({ pid: 1 }, { containerId: 'host' }))
  memory.learn(exec({ pid: 2, parentId: id(1) }))
  t.strictSame(ancestorsOf(memory, 2), [2])
})

t.test('who forked it tells more than who adopted it', async (t) => {
  const memory = new ProcessMemory()
  line(memory, [1, 7])
  memory.learn(exec({ pid: 9, parentId: id(1), creatorId: id(7) }))
  t.strictSame(ancestorsOf(memory, 9), [9, 7, 1])
})

t.test('lies about parents end', async (t) => {
  const memory = new ProcessMemory()
  memory.learn(exec({ pid: 1, parentId: id(2) }))
  memory.learn(exec({ pid: 2, parentId: id(1) }))
  memory.learn(exec({ pid: 3, parentId: id(3) }))
  t.strictSame(ancestorsOf(memory, 2), [2, 1])
  t.strictSame(ancestorsOf(memory, 3), [3])
  line(
    memory,
    Array.from({ length: 100 }, (_, index) => index + 10),
  )
  t.equal(ancestorsOf(memory, 109).length, maxAncestors)
})

t.test('the dead are remembered for a while, and go before the living', async (t) => {
  const memory = new ProcessMemory()
  line(memory, [1, 2])
  memory.learn(exit({ pid: 1 }))
  memory.learn(exit({ pid: 77 }))
  t.strictSame(ancestorsOf(memory, 2), [2, 1])
  for (let pid = 1_000; pid < 22_000; pid += 1) {
    memory.learn(exec({ pid }))
    memory.learn(exit({ pid }))
  }
  t.strictSame(ancestorsOf(memory, 2), [2])
  t.equal(memory.forgotten, 0)
})

t.test('when more live than fit, the longest known go, and are counted', async (t) => {
  const memory = new ProcessMemory()
  for (let pid = 1; pid <= 100_010; pid += 1) memory.learn(exec({ pid }))
  t.equal(memory.forgotten, 10)
  t.equal(memory.get('node-1', id(1)), undefined)
  t.equal(memory.get('node-1', id(100_010))?.pid, 100_010)
})

t.test('a process that executes again is what it runs now', async (t) => {
  const memory = new ProcessMemory()
  memory.learn(exec({ pid: 1, exe: '/bin/sh', argv: ['sh'] }))
  memory.learn(exec({ pid: 1, exe: '/usr/sbin/nginx', argv: ['nginx', 'x'.repeat(5_000), 'y'] }))
  const known = memory.get('node-1', id(1))
  t.equal(known?.exe, '/usr/sbin/nginx')
  t.strictSame(
    known?.argv.map(({ length }) => length),
    [5, 1_018],
    'long arguments are cut',
  )
})

t.test('a moment stays as it was while those above run something else', async (t) => {
  const memory = new ProcessMemory()
  const shell = exec({ id: 'b-1-0', pid: 1, parentId: null, exe: '/bin/sh' })
  const child = exec({ id: 'b-2-0', pid: 2, parentId: 'b-1-0', exe: '/bin/nc' })
  memory.learn(shell)
  memory.learn(child)
  const moment = memory.moment(child)
  memory.learn(exec({ id: 'b-1-0', pid: 1, parentId: null, exe: '/bin/sleep' }))
  const { node, containerId, process } = child
  const exes = (view: ProcessView) =>
    view.ancestors(node, process, containerId).map(({ exe }) => exe)
  t.strictSame(exes(memory), ['/bin/sleep'])
  t.strictSame(exes(moment), ['/bin/sh'])
  t.equal(moment.get(node, 'b-2-0')?.exe, '/bin/nc')
  t.equal(moment.get(node, 'b-1-0'), undefined)
})
