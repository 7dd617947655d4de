import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { openEmbeddedStore } from '#collector/store/clickhouse-store.ts'
import type { Store } from '#collector/store/store.ts'
import {
  chunk,
  engineMissing,
  exec,
  fixedClock,
  temporaryDirectory,
  totalsAfter,
  withSchema,
} from './fixtures.ts'
import { at, one, retentionOf, soundLedger, storeDay } from './retention-fixture.ts'

const days = [17, 18, 19, 22, 23] as const

/** A store on these days, of which two are kept. */
const open = (dataDir: string) =>
  openEmbeddedStore({
    ...{ dataDir, retentionDays: 2, log: silentLog },
    clock: fixedClock(at(23) + 3_600_000_000),
  })

const expired = async (store: Store): Promise<number> => {
  const { rows } = await store.audit({ deep: true, agents: [] })
  if (rows.some(({ unaccounted }) => unaccounted !== 0)) throw new Error('not accounted for')
  return rows.reduce((sum, row) => sum + row.expired, 0)
}

/** Resolves when all three days are gone. */
const allTaken = async (store: Store): Promise<void> => {
  while ((await expired(store)) < 18) await sleep(20)
}

t.test(
  'a store takes what is over as soon as it opens, but not what is held',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    await withSchema(dataDir, async (client) => {
      for (const day of days) await storeDay(client, day)
    })
    const first = await open(dataDir)
    t.ok((await expired(first)) >= 6, 'an audit waits for the day that is being taken')
    await allTaken(first)
    const hold = await first.hold({ reason: 'r', selection: { container: one } })
    t.match(hold, { events: 12, isLate: null }, 'a name, an exec and a gap of 2 days and nodes')
    t.same(await first.holds(), [hold])
    await first.close()

    const second = await open(dataDir)
    t.same(await second.holds(), [hold])
    t.equal(await expired(second), 18)
    t.ok(await second.release(hold.id))
    t.notOk(await second.release(hold.id))
    await second.close()
    await t.rejects(second.holds(), { code: 'closed' })
    await t.rejects(second.release('x'), { code: 'closed' })
    await t.rejects(second.audit({ deep: false, agents: [] }), { code: 'closed' })
  },
)

t.test(
  'a store that is closed while it takes a day goes on with it when it opens',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    await withSchema(dataDir, async (client) => {
      for (const day of days) await storeDay(client, day)
    })
    for (let times = 0; times < 3; times += 1) await (await open(dataDir)).close()
    const last = await open(dataDir)
    t.teardown(() => last.close())
    await allTaken(last)
    t.equal(await expired(last), 18)
  },
)

t.test(
  'with the clock set back, nothing is stored on a day that was taken, where it would expire uncounted',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    await withSchema(dataDir, async (client) => {
      for (const day of days) await storeDay(client, day)
      await retentionOf(client, at(23) + 3_600_000_000).run()
    })
    const store = await openEmbeddedStore({
      ...{ dataDir, retentionDays: 2, log: silentLog, clock: fixedClock(at(18)) },
    })
    const { seq, totals: before } = await store.durable('agent-n1', 1)
    const events = [exec({ containerId: one, timeUs: at(23) })]
    const own = { agent: 'agent-n1', node: 'n1', before, after: totalsAfter(before, events) }
    await store.insert([chunk(seq + 1, events, own)])
    await store.close()
    await withSchema(dataDir, async (client) => {
      for (const day of [24, 25]) await storeDay(client, day)
      await retentionOf(client, at(26)).run()
      t.match(await soundLedger(client), [{ unaccounted: 0 }, { unaccounted: 0 }])
    })
  },
)
