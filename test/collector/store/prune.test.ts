import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { prune } from '#collector/store/prune.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  fileFact,
  openTestStore,
  t0,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'

const dayUs = 86_400_000_000

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
      const settled = async (): Promise<void> => {
        const running = 'SELECT count() FROM system.mutations WHERE NOT is_done'
        for (;;) {
          const result = await client.query({ query: running, format: 'JSONCompactEachRow' })
          if ((await result.json<[number]>())[0]?.[0] === 0) return
          await sleep(20)
        }
      }
      await prune(client, t0 + 8 * dayUs, 7)
      await settled()
      t.same(await left('container_id', 'containers'), [[gone], [running], [used]], 'events remain')
      await client.command({
        query: "ALTER TABLE events DELETE WHERE boot = 'old' SETTINGS mutations_sync=2",
      })
      await prune(client, t0 + 6 * dayUs, 7)
      await settled()
      t.same(
        await left('container_id', 'containers'),
        [[gone], [running], [used]],
        'within retention',
      )
      await prune(client, t0 + 8 * dayUs, 7)
      await settled()
      t.same(
        await left('container_id', 'containers'),
        [[running], [used]],
        'what runs keeps its name',
      )
      t.same(await left('boot', 'files'), [['new']])
      await prune(client, t0 + 401 * dayUs, 7)
      await settled()
      t.same(await left('container_id', 'containers'), [[used]], 'but not for ever')
    })
  },
)
