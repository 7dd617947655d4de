import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { ClickHouseStore } from '#collector/store/clickhouse-store.ts'
import { schemaVersion } from '#collector/store/migrations.ts'
import {
  chunk,
  container,
  containerId,
  coverageFact,
  engineMissing,
  exec,
  fileFact,
  fixedClock,
  openTestStore,
  t0,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'

const id = containerId('a')
const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    exec({ timeUs: t0 + from + index, argv: ['run', `${from + index}`] }),
  )

/** All sequence numbers of the container, through all pages. */
const allSeqs = async (store: ClickHouseStore): Promise<readonly number[]> => {
  const seqs: number[] = []
  let cursor: string | null | undefined
  do {
    const page = await store.events({
      container: id,
      limit: 5_000,
      ...(typeof cursor === 'string' ? { cursor } : {}),
    })
    seqs.push(...page.events.map(({ seq }) => seq))
    cursor = page.next
  } while (cursor !== null)
  return seqs
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

t.test(
  'history survives a restart, and a newer schema is refused',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    const first = await openTestStore(dataDir)
    await first.insert([chunk(1, [container(), ...events(0, 10), coverageFact()])])
    const before = await first.events({ container: id, limit: 100 })
    await first.close()
    t.equal(first.health().state, 'closed')
    await t.rejects(first.insert([chunk(13, events(10, 1))]), { code: 'closed' })
    await t.rejects(first.events({ limit: 1 }), { code: 'closed' })

    const second = await openTestStore(dataDir)
    t.same(await second.events({ container: id, limit: 100 }), before)
    t.equal((await second.durable('agent-1', 1)).seq, 12)
    t.equal((await second.durable('agent-1', 2)).seq, 0, 'another epoch starts at nothing')
    t.match(await second.containers({ limit: 10 }), [{ pod: 'api-7d9f-x1' }])
    await second.close()

    await withEngine(dataDir, async (client) => {
      await client.command({
        query: `INSERT INTO schema_version (version) VALUES (${schemaVersion + 1})`,
      })
    })
    await t.rejects(openTestStore(dataDir), {
      code: 'newer_data',
      message: new RegExp(
        `holds data of schema version ${schemaVersion + 1}.*start the newer Mayfly`,
      ),
    })
  },
)

t.test(
  'what is durable is known even where `acked` was not written',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    const first = await openTestStore(dataDir)
    await first.insert([chunk(1, events(0, 10))])
    await first.insert([chunk(11, [fileFact(), coverageFact()])])
    t.equal((await first.durable('agent-1', 1)).seq, 12, 'a batch of facts only counts')
    await first.close()
    await withEngine(dataDir, async (client) => {
      await client.command({ query: 'TRUNCATE TABLE acked' })
    })
    const second = await openTestStore(dataDir)
    t.match((await second.audit({ deep: true, agents: [] })).rows, [
      { captured: 10, stored: 10, unaccounted: 0, lastSeq: 10 },
    ])
    t.equal((await second.durable('agent-1', 1)).seq, 10, 'then the rows themselves say it')
    await second.close()
  },
)

t.test(
  'kill -9 of the engine in mid-insert: nothing lost, nothing twice',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    const store = await openTestStore(dataDir)
    t.teardown(() => store.close())
    const size = 4_000
    let next = 1
    for (let round = 0; round < 4; round += 1) {
      const inserts: Promise<void>[] = []
      for (let batch = 0; batch < 3; batch += 1) {
        const before = { captured: next - 1, filtered: 0, unknownGaps: 0 }
        inserts.push(store.insert([chunk(next, events(next, size), { before })]))
        next += size
      }
      await sleep(5 + round * 40)
      const { enginePid } = store
      if (enginePid !== undefined) process.kill(enginePid, 'SIGKILL')
      await Promise.all(inserts)
    }
    t.same(await allSeqs(store), range(1, next - 1))
    t.match((await store.audit({ deep: true, agents: [] })).rows, [
      { captured: next - 1, stored: next - 1, unaccounted: 0, deep: { duplicates: 0 } },
    ])
    t.equal((await store.durable('agent-1', 1)).seq, next - 1)
    const health = store.health()
    t.equal(health.state, 'ready')
    t.equal(health.rowsInserted, next - 1)
    t.ok(health.engineRestarts >= 1, 'it was killed')
    t.ok(health.insertsRetried >= 1, 'while inserting')
  },
)

t.test('a retry after midnight sends the same bytes', { skip: engineMissing }, async (t) => {
  const clock = fixedClock(Date.parse('2026-11-23T23:59:59.900Z') * 1_000)
  const store = await openTestStore(temporaryDirectory(t), clock)
  t.teardown(() => store.close())
  const { enginePid } = store
  if (enginePid === undefined) throw new Error('no engine')
  const whole = store.insert([chunk(1, events(0, 20_000))])
  await sleep(150)
  process.kill(enginePid, 'SIGKILL')
  clock.nowUsValue += 3_600_000_000
  await whole
  t.equal((await allSeqs(store)).length, 20_000)
})

t.test(
  'data that can never be accepted is rejected, and what follows is not held up',
  { skip: engineMissing },
  async (t) => {
    const store = await openTestStore(temporaryDirectory(t))
    t.teardown(() => store.close())
    const poison = exec({ kind: 'no such kind' as 'exec' })
    const rejected = store.insert([chunk(1, [{ ...poison, uid: Number.NaN }])])
    const good = store.insert([chunk(1, events(0, 2), { agent: 'other' })])
    await t.rejects(rejected, {
      name: 'StoreError',
      code: 'rejected',
      message: /cannot insert into events/,
    })
    await good
    t.equal((await store.durable('other', 1)).seq, 2)
    t.equal((await store.durable('agent-1', 1)).seq, 0)
    t.equal(store.health().state, 'ready')
  },
)

/** Mounts a small file system of its own; false where that is not allowed. */
const mountSmallDisk = (path: string, sizeMiB: number): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'none', path]).status === 0

t.test(
  'a full disk: failing with a reason, and well again when there is space',
  { skip: engineMissing },
  async (t) => {
    const path = temporaryDirectory(t)
    if (!mountSmallDisk(path, 48)) {
      t.pass('a full disk', { skip: 'a small file system cannot be mounted without privileges' })
      return
    }
    t.teardown(() => {
      spawnSync('umount', ['-l', path])
    })
    const store = await openTestStore(path)
    await store.insert([chunk(1, events(0, 100))])
    const { bavail, bsize } = statfsSync(path)
    const ballast = join(path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 100_000))
    const waiting = store.insert([chunk(101, events(100, 40_000))])
    while (store.health().state !== 'failing') await sleep(20)
    t.match(store.health().detail, /disk of the data directory is full, free some space/)
    t.equal((await store.events({ container: id, limit: 10 })).events.length, 10, 'reads go on')
    rmSync(ballast)
    await waiting
    t.equal(store.health().state, 'ready')
    t.equal((await allSeqs(store)).length, 40_100)
    await store.close()
  },
)
