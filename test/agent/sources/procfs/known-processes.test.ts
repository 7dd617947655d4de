import t from 'tap'
import { KnownProcesses } from '#agent/sources/procfs/known-processes.ts'

const open = (processesMax = 1000) =>
  new KnownProcesses({ root: '/proc', argvBytesMax: 64, processesMax })

const own = (known: KnownProcesses) => {
  const stat = known.readStat(process.pid)
  if (stat === undefined || stat === 'unknown') throw new Error('cannot see ourselves')
  return stat
}

t.test('what is learnt is known until it is forgotten', async (t) => {
  const known = open()
  const reading = known.learn(own(known))
  t.match(reading, { facts: { process: { pid: process.pid }, parent: { pid: process.ppid } } })
  t.match(known.get(process.pid), { ignored: false, denied: false, uid: process.getuid?.() ?? 0 })
  t.equal(known.size, 1)
  known.forget(process.pid)
  known.forget(process.pid)
  t.equal(known.get(process.pid), undefined)
})

t.test('only programs that may be looked into are visible', async (t) => {
  const known = open()
  const { pid, startNs } = own(known)
  known.learn(own(known))
  for (const stat of known.readStats([process.ppid])) known.ignore(stat)
  t.equal(known.size, 2)
  t.strictSame([...known.visible()], [{ pid, startNs }])
})

t.test('a process that cannot be read any more leaves what was known', async (t) => {
  const known = open()
  known.learn(own(known))
  t.equal(known.learn({ ...own(known), startNs: 10_000_000 }), undefined)
  t.equal(known.get(process.pid)?.stat.startNs, own(known).startNs)
  t.match(known.counts, { vanished: 1, known: 1 })
})

t.test('a full table takes no new pid, but new facts of those in it', async (t) => {
  const known = open(1)
  t.ok(known.learn(own(known)))
  t.ok(known.learn(own(known)))
  for (const stat of known.readStats([process.ppid])) t.equal(known.learn(stat), undefined)
  t.match(known.counts, { untracked: 1, known: 1 })
})

t.test('kernel threads and zombies are ignored and counted', async (t) => {
  const known = open()
  const stat = own(known)
  t.equal(known.learn({ ...stat, kernelThread: true }), undefined)
  t.equal(known.learn({ ...stat, state: 'Z', threads: 1 }), undefined)
  t.ok(known.get(process.pid)?.ignored)
  t.match(known.counts, { kernelThreads: 1, zombies: 1, known: 1 })
})

t.test('a fork shares the image of its parent, an exec has its own', async (t) => {
  const known = open()
  const reading = known.learn(own(known))
  if (reading === undefined) throw new Error('cannot read ourselves')
  const child = { ...reading, stat: { ...reading.stat, parentPid: process.pid } }
  t.equal(known.forked(child), true)
  t.equal(known.forked({ ...child, stat: { ...child.stat, image: '1-2-3' } }), false)
  t.equal(known.forked({ ...child, stat: { ...child.stat, image: '' } }), undefined)
  t.equal(known.forked({ ...child, stat: { ...child.stat, parentPid: 2 ** 30 } }), undefined)
})

t.test('looks at many come oldest first, without those that are gone', async (t) => {
  const known = open()
  const stats = known.readStats([process.pid, 2 ** 30, 1])
  t.strictSame(
    stats.map(({ pid }) => pid),
    [1, process.pid],
  )
  t.equal(known.counts.vanished, 1)
  known.clear()
  t.equal(known.size, 0)
})
