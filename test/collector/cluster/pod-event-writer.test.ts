import t from 'tap'
import { maxPending, PodEventWriter } from '#collector/cluster/pod-event-writer.ts'
import type { PodEventRecord } from '#collector/store/store.ts'
import { podEventRecord } from '#test/fixtures/pod-event-record.ts'

const site = () => {
  const state = { isFailing: false, written: [] as PodEventRecord[], told: 0 }
  const writer = new PodEventWriter({
    workloadOf: (_namespace, pod) => ({ workload: `of ${pod}`, workloadType: 'job' }),
    write: async (records) => {
      if (state.isFailing) throw new Error('down')
      state.written.push(...records)
    },
    onStored: (records) => {
      state.told += records.length
    },
  })
  return { state, writer }
}

t.test('each state of an event once, however often it is listed', async (t) => {
  const { state, writer } = site()
  for (const count of [1, 1, 2, 1, 3, 3]) writer.add(podEventRecord({ count }))
  writer.add(podEventRecord({ uid: 'other' }))
  await writer.flush()
  await writer.flush()
  t.strictSame(
    state.written.map(({ uid, count }) => `${uid} ${count}`),
    ['u1 1', 'u1 2', 'u1 3', 'other 1'],
  )
  t.strictSame([state.told, writer.stored, writer.pending], [4, 4, 0])
  t.match(state.written[0], { workload: 'of web-1', workloadType: 'job' }, 'asked when written')
})

t.test('while the store fails they wait, the oldest go first, and are counted', async (t) => {
  const { state, writer } = site()
  state.isFailing = true
  for (let index = 0; index < maxPending + 5; index += 1)
    writer.add(podEventRecord({ uid: `${index}` }))
  await t.rejects(writer.flush())
  t.strictSame([writer.pending, writer.givenUp], [maxPending, 5])
  state.isFailing = false
  await writer.flush()
  t.equal(state.written[0]?.uid, '5')
  t.equal(state.written.length, maxPending)
})
