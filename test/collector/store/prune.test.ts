import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import t from 'tap'
import { writeAgent } from '#collector/store/agents.ts'
import { prune } from '#collector/store/prune.ts'
import type { AgentInfo } from '#proto/api.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  exec,
  fileFact,
  openTestStore,
  rowsOf,
  storeOn,
  t0,
  temporaryDirectory,
  withEngine,
  withSchema,
} from './fixtures.ts'

const dayUs = 86_400_000_000

/** Resolves when the engine has deleted what it was told to. */
const settled = async (client: ClickHouseClient): Promise<void> => {
  const running = 'SELECT count() FROM system.mutations WHERE NOT is_done'
  for (;;) {
    const [[count] = [0]] = (await rowsOf(client, running)) as [number][]
    if (Number(count) === 0) return
    await sleep(20)
  }
}

t.test(
  'names and hashes go when nothing needs them any more',
  { skip: engineMissing },
  async (t) => {
    const dataDir = temporaryDirectory(t)
    const ended = (id: string) => [
      container({ containerId: id }),
      container({ containerId: id, phase: 'ended' }),
    ]
    const [gone, running, used] = [containerId('a'), containerId('b'), containerId('c')] as const
    const store = await openTestStore(dataDir)
    await store.insert([
      chunk(1, [...ended(gone), container({ containerId: running }), fileFact()], { boot: 'old' }),
      chunk(5, [...ended(used), fileFact()], { boot: 'new' }),
    ])
    await store.close()
    await withEngine(dataDir, async (client) => {
      const left = async (column: string, table: string): Promise<unknown> => {
        const query = `SELECT DISTINCT ${column} FROM ${table} ORDER BY ${column}`
        return (await client.query({ query, format: 'JSONCompactEachRow' })).json()
      }
      await prune(client, t0 + 8 * dayUs, 7)
      await settled(client)
      t.same(await left('container_id', 'containers'), [[gone], [running], [used]], 'events remain')
      await client.command({
        query: "ALTER TABLE events DELETE WHERE boot = 'old' SETTINGS mutations_sync=2",
      })
      await prune(client, t0 + 6 * dayUs, 7)
      await settled(client)
      t.same(
        await left('container_id', 'containers'),
        [[gone], [running], [used]],
        'within retention',
      )
      await prune(client, t0 + 8 * dayUs, 7)
      await settled(client)
      t.same(
        await left('container_id', 'containers'),
        [[running], [used]],
        'what runs keeps its name',
      )
      t.same(await left('boot', 'files'), [['new']])
      await prune(client, t0 + 401 * dayUs, 7)
      await settled(client)
      t.same(await left('container_id', 'containers'), [[used]], 'but not for ever')
    })
  },
)

t.test(
  'the ledger of an epoch goes whole, long after its last event',
  { skip: engineMissing },
  (t) =>
    withSchema(temporaryDirectory(t), async (client) => {
      const nowUs = t0 + 401 * dayUs
      const lastSeen = (agent: string, timeUs: number): Promise<void> =>
        writeAgent(client, {
          agent,
          node: 'n',
          lastSeen: new Date(timeUs / 1000).toISOString(),
        } as AgentInfo)
      // Old and gone; old in its beginning only; old, and its event is still there, as a hold would have it.
      for (const [agent, ...days] of [
        ['old', '2026-11-20', '2026-11-23'],
        ['goes on', '2026-11-20', '2027-11-23'],
        ['held', '2026-11-20'],
      ] as const) {
        for (const [index, day] of days.entries())
          await storeOn(client, day, [chunk(1 + index, [exec()], { agent })])
        await client.command({
          query: `INSERT INTO expired (receive_day, agent, epoch, units, version) SELECT '2026-11-20', '${agent}', 1, map('exec', 1), 1`,
        })
      }
      await client.command({
        query: "ALTER TABLE events DELETE WHERE agent != 'held' SETTINGS mutations_sync=2",
      })
      await lastSeen('old', t0)
      await lastSeen('goes on', nowUs)
      const left = (table: string) =>
        rowsOf(client, `SELECT DISTINCT agent FROM ${table} ORDER BY agent`)
      await prune(client, t0 + 390 * dayUs, 7)
      await settled(client)
      t.same(await left('acked'), [['goes on'], ['held'], ['old']], 'not yet')
      for (let times = 0; times < 2; times += 1) {
        await prune(client, nowUs, 7)
        await settled(client)
      }
      t.same(await left('acked'), [['goes on'], ['held']])
      t.same(await left('expired'), [['goes on'], ['held']])
      t.same(
        await rowsOf(client, "SELECT count() FROM acked WHERE agent = 'goes on'"),
        [[2]],
        'all of it',
      )
      t.same(await left('agents'), [['goes on']])
    }),
)
