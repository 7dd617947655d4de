import t from 'tap'
import { podEventSeq } from '#collector/store/pod-events.ts'
import { countStatement } from '#collector/store/row-counts.ts'
import { podEventRecord } from '#test/fixtures/pod-event-record.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  exec,
  fixedClock,
  openTestStore,
  t0,
  temporaryDirectory,
} from './fixtures.ts'

t.test('the same state of an event has the same number', async (t) => {
  t.equal(podEventSeq({ uid: 'a', count: 1 }), podEventSeq({ uid: 'a', count: 1 }))
  t.not(podEventSeq({ uid: 'a', count: 1 }), podEventSeq({ uid: 'a', count: 2 }))
  t.ok(Number.isSafeInteger(podEventSeq({ uid: 'a', count: 2 })))
})

t.test('what Kubernetes tells of pods', { skip: engineMissing }, async (t) => {
  const store = await openTestStore(temporaryDirectory(t), fixedClock())
  t.teardown(() => store.close())
  const own = { containerId: containerId('a'), podUid: 'p1' }
  await store.insert([
    chunk(1, [
      container({ ...own, namespace: 'shop', pod: 'web-1', workload: 'web', container: 'web' }),
      exec({ ...own, timeUs: t0 + 1 }),
    ]),
  ])
  const record = podEventRecord({ timeUs: t0 + 2, firstUs: t0 })
  const pending = podEventRecord({
    ...{
      uid: 'u2',
      timeUs: t0 + 3,
      firstUs: t0 + 3,
      reason: 'FailedScheduling',
      message: 'no room',
    },
    ...{ pod: 'web-2', podUid: 'p2', container: '', node: '', reporter: 'default-scheduler' },
  })
  await store.insertPodEvents([record, pending])
  await store.insertPodEvents([record])
  const kinds = async (query: object) =>
    (await store.events({ limit: 100, ...query })).events.map(
      (event) => `${event.kind} ${event.kind === 'pod' ? event.reason : ''}`,
    )

  await t.test('stands on the timeline once, whatever it is asked by', async (t) => {
    const all = ['container ', 'exec ', 'pod BackOff', 'pod FailedScheduling']
    for (const query of [{}, { namespace: 'shop' }, { namespace: 'shop', workload: 'web' }])
      t.strictSame(await kinds(query), all, JSON.stringify(query))
    t.strictSame(await kinds({ namespace: 'shop', container: 'web' }), all.slice(0, 3))
    t.strictSame(await kinds({ pod: 'web-2' }), ['pod FailedScheduling'])
    t.strictSame(await kinds({ kinds: ['pod'] }), all.slice(2))
    t.strictSame(await kinds({ text: 'RESTARTING' }), ['pod BackOff'])
    t.strictSame(await kinds({ namespace: 'other' }), [])
    t.strictSame(await kinds({ newestFirst: true, limit: 1 }), ['pod FailedScheduling'])
  })

  await t.test('as it was told', async (t) => {
    const { events } = await store.events({ limit: 1, pod: 'web-1', kinds: ['pod'] })
    t.match(events[0], {
      kind: 'pod',
      source: 'kubernetes',
      node: 'node-1',
      namespace: 'shop',
      workload: 'web',
      pod: 'web-1',
      container: 'web',
      podUid: 'p1',
      agent: '',
      reason: 'BackOff',
      message: record.message,
      severity: 'warning',
      reporter: 'kubelet',
      count: 1,
      exitCode: null,
    })
  })

  await t.test('is neither a container nor a workload, nor the word of an agent', async (t) => {
    t.strictSame(
      (await store.containers({ limit: 9 })).map(({ pod }) => pod),
      ['web-1'],
    )
    t.match(await store.workloads({ limit: 9 }), [{ workload: 'web', containers: 1 }])
    const audit = await store.audit({ deep: true, agents: [] })
    t.strictSame(
      audit.rows.map(({ agent, unaccounted }) => [agent, unaccounted]),
      [['agent-1', 0]],
    )
    t.match(countStatement({ from: 'events', where: '1' }), /agent != ''/)
    t.strictSame(
      (await store.coverage({ limit: 1, pod: 'web-2' })).map(({ node }) => node),
      [],
      'nobody is expected to have watched no node',
    )
  })

  await t.test('is kept by a hold like everything of its pod', async (t) => {
    const hold = await store.hold({ reason: 'r', selection: { pod: 'web-2' } })
    t.equal(hold.events, 1)
  })
})
