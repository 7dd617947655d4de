import t from 'tap'
import { eventKinds, gapReasons, processId } from '#proto/event.ts'

const boot = '2f8c5a0e-3b7d-4f61-9d2a-7c40e1b9a356'

t.test('a process is told from one of another boot, pid or start', async (t) => {
  const id = processId(boot, { pid: 7, startNs: 1_000 })
  t.equal(id, '2f8c5a0e3b7d-7-rs')
  t.not(processId(boot, { pid: 8, startNs: 1_000 }), id)
  t.not(processId(boot, { pid: 7, startNs: 1_001 }), id)
  t.not(processId(boot.replace('2f', '3f'), { pid: 7, startNs: 1_000 }), id)
})

t.test('no kind or reason is listed twice', async (t) => {
  for (const list of [eventKinds, gapReasons]) t.equal(new Set<string>(list).size, list.length)
})
