import t from 'tap'
import {
  clusterRank,
  shownNameSources,
  writeCorrectedNames,
} from '#collector/store/corrected-names.ts'
import { nameSources } from '#proto/event.ts'
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
import { stubClient } from './stub-client.ts'

t.test('the cluster is stronger than every source that an agent can name', async (t) => {
  t.ok(nameSources.every((source) => shownNameSources.indexOf(source) < clusterRank))
  t.equal(shownNameSources[clusterRank], 'cluster')
  const { client, statements } = stubClient()
  await writeCorrectedNames(client, [])
  t.strictSame(statements, [])
})

t.test('names that the cluster knows better', { skip: engineMissing }, async (t) => {
  const store = await openTestStore(temporaryDirectory(t), fixedClock())
  t.teardown(() => store.close())
  const own = { containerId: containerId('a'), podUid: 'p1' }
  const named = container({ ...own, namespace: 'shop', pod: 'web-1', workload: 'guess' })
  await store.insert([chunk(1, [named, exec({ ...own, timeUs: t0 + 1 })])])
  await store.correctNames([{ ...named, node: 'node-1', workload: 'web', workloadType: 'canary' }])
  // The agent says it again, later.
  await store.insert([
    chunk(3, [{ ...named, timeUs: t0 + 9_000_000 }], {
      before: { captured: 1, filtered: 0, unknownGaps: 0 },
    }),
  ])
  t.match(await store.containers({ limit: 9 }), [
    {
      workload: 'web',
      workloadType: 'canary',
      pod: 'web-1',
      nameSource: 'cluster',
      image: named.image,
    },
  ])
  t.equal((await store.events({ limit: 9, workload: 'web', kinds: ['exec'] })).events.length, 1)
  t.equal((await store.events({ limit: 9, workload: 'guess' })).events.length, 0)
})
