import t from 'tap'
import { createRegistry } from '#base/metric-table.ts'
import { refusalReasons } from '#collector/identity/identity.ts'
import { doors, IdentityCounts, registerIdentityMetrics } from '#collector/identity/metric-table.ts'

t.test(
  'each refusal is counted by door and reason, and all are there from the start',
  async (t) => {
    const registry = createRegistry()
    const counts = new IdentityCounts()
    registerIdentityMetrics(registry, counts)
    const lines = async () =>
      (await registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('mayfly_collector_identity_refusals_total{'))
    t.equal((await lines()).length, doors.length * refusalReasons.length)
    counts.refused('ingest', 'wrong_node')
    counts.refused('ingest', 'wrong_node')
    counts.refused('api', 'no_right')
    const counted = (await lines()).filter((line) => !line.endsWith(' 0'))
    t.strictSame(counted, [
      'mayfly_collector_identity_refusals_total{door="ingest",reason="wrong_node"} 2',
      'mayfly_collector_identity_refusals_total{door="api",reason="no_right"} 1',
    ])
  },
)

t.test('what the caches do is read when it is asked', async (t) => {
  const registry = createRegistry()
  const counts = new IdentityCounts()
  registerIdentityMetrics(registry, counts)
  Object.assign(counts.reviews, { asked: 5, failed: 2, graced: 1, remembered: 9 })
  const text = await registry.metrics()
  for (const line of [
    'reviews_total 5',
    'reviews_failed_total 2',
    'graced_total 1',
    'remembered_total 9',
  ])
    t.ok(text.includes(`mayfly_collector_identity_${line}\n`), line)
})
