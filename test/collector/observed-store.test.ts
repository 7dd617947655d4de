import t from 'tap'
import { observeStore } from '#collector/observed-store.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { AgentChunk } from '#collector/store/store.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { chunkOf, exec, wireExec } from '#test/fixtures/timeline-events.ts'

t.test('only what is durable is told', async (t) => {
  const inner = new ListStore()
  const told: AgentChunk[] = []
  const store = observeStore(inner, (chunks) => told.push(...chunks))
  const chunk = chunkOf(wireExec())
  inner.failure = new StoreError('unreachable', 'away')
  await t.rejects(store.insert([chunk]), { code: 'unreachable' })
  t.strictSame(told, [])
  inner.failure = undefined
  await store.insert([chunk])
  t.strictSame(told, [chunk])
})

t.test('everything else goes through', async (t) => {
  const inner = new ListStore()
  inner.timelineEvents = [exec()]
  const store = observeStore(inner, () => undefined)
  t.strictSame((await store.events({ limit: 5 })).events, [exec()])
  t.strictSame(await store.durable('a', 1), await inner.durable())
  const made = await store.hold({ reason: 'why', selection: { pod: 'a' } })
  t.strictSame(await store.holds(), [made])
  t.equal(await store.release(made.id), true)
  t.strictSame(await store.holds(), [])
  t.match(await store.audit({ deep: true, agents: [] }), { deep: true })
  t.equal(store.health().state, 'ready')
  for (const read of [store.coverage, store.containers, store.workloads]) {
    t.strictSame(await read({ limit: 1 }), [])
  }
  t.strictSame(await store.agents(), [])
})
