import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  CgroupMemory,
  parseCgroupLine,
  type RememberedCgroup,
} from '#agent/containers/cgroup-memory.ts'

const cgroup = (id: number, containerId = `c${id}`): RememberedCgroup => ({
  key: { hierarchy: 0, id },
  path: `/pods/${containerId}`,
  rank: 3,
  attribution: {
    containerId,
    podUid: 'uid',
    path: `/pods/${containerId}`,
    runtime: 'crun',
    sandbox: false,
    own: true,
    known: true,
  },
})

const idsOf = (memory: CgroupMemory) => memory.recall().map(({ key }) => key.id)

t.test('what was written is recalled by the next agent of the same boot only', async (t) => {
  const dir = t.testdir()
  const memory = new CgroupMemory({ dir, boot: 'one' })
  t.strictSame(memory.recall(), [], 'no file')
  memory.rewrite([cgroup(1)])
  memory.remember(cgroup(2))
  memory.write(() => [])
  t.strictSame(new CgroupMemory({ dir, boot: 'one' }).recall(), [cgroup(1), cgroup(2)])
  t.strictSame(new CgroupMemory({ dir, boot: 'two' }).recall(), [])
})

t.test('a torn or damaged line costs itself', async (t) => {
  const dir = t.testdir()
  const memory = new CgroupMemory({ dir, boot: 'one' })
  memory.rewrite([cgroup(1)])
  appendFileSync(join(dir, 'cgroups'), '[0,2,"/pods/c2",3,"c2","u')
  appendFileSync(join(dir, 'cgroups'), '\n[1]\n[0,"x","/",3,"c","","",false,true]\n')
  memory.remember(cgroup(3))
  memory.write(() => [])
  t.strictSame(idsOf(memory), [1, 3])
})

t.test('any text gives a cgroup or nothing', async (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const parsed = parseCgroupLine(text)
      return parsed === undefined || parsed.attribution.containerId !== ''
    }),
  )
  t.pass()
})

t.test('a file that has grown begins anew with what is known', async (t) => {
  const dir = t.testdir()
  const memory = new CgroupMemory({ dir, boot: 'one', maxBytes: 300 })
  memory.rewrite([])
  for (let id = 1; id <= 20; id += 1) {
    memory.remember(cgroup(id))
    memory.write(() => [cgroup(id)])
  }
  t.ok(readFileSync(join(dir, 'cgroups')).length < 600)
  t.ok(idsOf(memory).includes(20))
})

t.test('where nothing can be written, the lines wait and the failure counts', async (t) => {
  const dir = join(t.testdir(), 'gone')
  const memory = new CgroupMemory({ dir, boot: 'one' })
  memory.rewrite([])
  memory.remember(cgroup(1))
  memory.write(() => [cgroup(1)])
  t.equal(memory.failures, 2)
  mkdirSync(dir)
  memory.write(() => [cgroup(1)])
  t.strictSame(idsOf(memory), [1])
})
