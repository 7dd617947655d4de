import t from 'tap'
import { observeStore, type StoreRead, storeReads } from '#collector/observed-store.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { AgentChunk } from '#collector/store/store.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { chunkOf, exec, wireExec } from '#test/fixtures/timeline-events.ts'

let nowMs = 0
/** 5 ms from one look to the next. */
const clock = {
  monotonicMs: () => {
    nowMs += 5
    return nowMs
  },
}

t.test('only what is durable is told', async (t) => {
  const inner = new ListStore()
  const told: AgentChunk[] = []
  const stored = (chunks: readonly AgentChunk[]) => void told.push(...chunks)
  const store = observeStore(inner, clock, { stored, asked: () => undefined })
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
  const asked: StoreRead[] = []
  const store = observeStore(inner, clock, {
    stored: () => undefined,
    asked: (read, durationMs) => {
      t.equal(durationMs, 5, read)
      asked.push(read)
    },
  })
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
  inner.failure = new StoreError('unreachable', 'away')
  await t.rejects(store.who({ limit: 1 }), { code: 'unreachable' }, 'a failure takes time, too')
  t.strictSame(new Set(asked), new Set(storeReads), 'each read is timed')
})
