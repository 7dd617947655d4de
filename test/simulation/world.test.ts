/** The simulation itself: that its checks can fail, that a seed replays, and one long outage looked at closely. */
import t from 'tap'
import type { AgentChunk } from '#collector/store/store.ts'
import { simulate } from './simulate.ts'
import { account, World } from './world.ts'

/** A run without faults, in which something is tampered with; what the account says. */
const tamperedRun = async (tamper: (world: World) => void): Promise<string> => {
  const world = new World(7)
  const restore = world.time.install(world.chance.next)
  try {
    tamper(world)
    world.start()
    for (let second = 0; second < 10; second += 1)
      world.time.after(second * 1_000, () => {
        for (const node of world.nodes) node.happen(20)
      })
    await world.time.runUntil(20_000)
    return account(world).join('; ')
  } finally {
    restore()
  }
}

/** Changes what reaches the store. */
const tamperInserts = (world: World, change: (chunk: AgentChunk) => AgentChunk): void => {
  const { viewOf } = world.store
  world.store.viewOf = (owner) => {
    const view = viewOf.call(world.store, owner)
    return { ...view, insert: (chunks) => view.insert(chunks.map(change)) }
  }
}

t.test('an untouched run accounts for everything', async (t) => {
  t.equal(await tamperedRun(() => {}), '')
})

t.test('an event that vanishes on the way into the store is found', async (t) => {
  const text = await tamperedRun((world) =>
    tamperInserts(world, (chunk) => ({ ...chunk, events: chunk.events.slice(0, -1) })),
  )
  t.match(text, /captured and shown/)
  t.match(text, /missing, gaps say 0/)
})

t.test('an event that is stored twice is found', async (t) => {
  const text = await tamperedRun((world) =>
    tamperInserts(world, (chunk) => ({
      ...chunk,
      events: [...chunk.events, ...chunk.events.slice(-1)],
    })),
  )
  t.match(text, /stored twice|told twice/)
})

t.test('rows deleted behind the ledger’s back are found', async (t) => {
  const text = await tamperedRun((world) =>
    world.time.after(15_000, () => {
      for (const rows of world.store.rows.values()) rows.delete(3)
    }),
  )
  t.match(text, /acknowledged, \d+ there/)
})

t.test('a seed replays to the same outcome', async (t) => {
  for (const seed of [3, 17]) t.strictSame(await simulate(seed), await simulate(seed))
})

t.test('ten minutes without a collector: fresh events do not wait for the old ones', async (t) => {
  const world = new World(11, { spoolBytes: 8_000_000 })
  const restore = world.time.install(world.chance.next)
  const outageMs = 600_000
  try {
    for (const node of world.nodes) node.start()
    const busy = () => {
      for (const node of world.nodes) node.happen(10)
      world.time.after(1_000, busy)
    }
    world.time.after(0, busy)
    await world.time.runUntil(outageMs)
    world.startCollector()
    world.store.insertMs = 200
    const isBack = () => world.ingest?.totals().agentsConnected === world.nodes.length
    // Their longest pause is 30 s.
    await world.time.runUntil(outageMs + 31_000, isBack)
    await world.time.runUntil(world.time.nowMs + 2_000)
    const isStored = (id: string) =>
      [...world.store.rows.values()].some((rows) =>
        [...rows.values()].some(({ event }) => event.kind === 'exec' && event.exe === id),
      )
    const backlog = () =>
      world.nodes.reduce((sum, { spool }) => sum + (spool?.stats().pendingEvents ?? 0), 0)
    const delays: number[] = []
    while (backlog() > 500 && delays.length < 20) {
      const id = world.nodes[0]?.happened.at(-1) ?? ''
      const sinceMs = world.time.nowMs
      while (!isStored(id)) await world.time.runUntil(world.time.nowMs + 50)
      delays.push(world.time.nowMs - sinceMs)
      await world.time.runUntil(world.time.nowMs + 500)
    }
    t.ok(delays.length >= 5, `${delays.length} times there was a backlog`)
    t.ok(Math.max(...delays) < 3_000, `fresh events are stored within ${Math.max(...delays)} ms`)
    world.heal()
    await world.time.runUntil(world.time.nowMs + outageMs, () => world.isDelivered)
    await world.time.runUntil(world.time.nowMs + 1_000)
    t.strictSame(account(world), [])
  } finally {
    restore()
  }
})
