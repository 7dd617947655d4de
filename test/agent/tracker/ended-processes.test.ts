import t from 'tap'
import { EndedProcesses } from '#agent/tracker/ended-processes.ts'

const facts = { exe: '/bin/x', containerId: 'c', podUid: 'u' }

t.test('a process is remembered by pid and start, not by pid', async (t) => {
  const ended = new EndedProcesses()
  ended.remember({ pid: 1, startNs: 10 }, facts)
  t.strictSame(ended.get({ pid: 1, startNs: 10 }), facts)
  t.equal(ended.get({ pid: 1, startNs: 11 }), undefined)
})

t.test('only what was asked for is kept', async (t) => {
  const ended = new EndedProcesses()
  const live = { ...facts, argv: ['much'] }
  ended.remember({ pid: 1, startNs: 10 }, live)
  t.strictSame(ended.get({ pid: 1, startNs: 10 }), facts)
})

t.test('the memory is bounded, and what goes is counted', async (t) => {
  const ended = new EndedProcesses()
  for (let pid = 0; pid < 16_384; pid += 1) ended.remember({ pid, startNs: 1 }, facts)
  ended.remember({ pid: 16_383, startNs: 1 }, facts)
  t.equal(ended.evicted, 0)
  ended.remember({ pid: 16_384, startNs: 1 }, facts)
  t.equal(ended.evicted, 1)
  t.equal(ended.get({ pid: 0, startNs: 1 }), undefined)
  t.ok(ended.get({ pid: 16_384, startNs: 1 }))
})
