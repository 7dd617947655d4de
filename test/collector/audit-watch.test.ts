import t from 'tap'
import { silentLog } from '#base/log.ts'
import { AuditWatch } from '#collector/audit-watch.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { Store } from '#collector/store/store.ts'
import type { AuditRow } from '#proto/api.ts'
import { auditRow } from '#test/fixtures/audit-rows.ts'
import { until } from '#test/fixtures/until.ts'

const watching = (times: { firstMs?: number; intervalMs?: number } = {}) => {
  const told: string[] = []
  const site = { rows: [] as AuditRow[], failure: undefined as Error | undefined, looks: 0, told }
  const store: Pick<Store, 'audit'> = {
    audit: async ({ deep }) => {
      site.looks += 1
      if (site.failure) throw site.failure
      return { rows: site.rows, query: '', deep }
    },
  }
  const tell = (_facts: object, message: string) => told.push(message)
  const log = { ...silentLog, info: tell, warn: tell, error: tell }
  return { site, watch: new AuditWatch({ store, liveAgents: () => [], log, ...times }) }
}

t.test('a surplus in one epoch does not hide a loss in another', async (t) => {
  const { site, watch } = watching()
  t.equal(watch.totals, undefined, 'nothing is known before the first look')
  site.rows = [
    auditRow({ unaccounted: 5, missingSeqs: 2, inFlight: 7 }),
    auditRow({ unaccounted: -5, missingSeqs: 1, inFlight: 3 }),
  ]
  await watch.look()
  t.strictSame(watch.totals, { unaccounted: 10, missingSeqs: 3, inFlight: 10 })
})

t.test('a store that cannot answer leaves no old numbers behind', async (t) => {
  const { site, watch } = watching()
  site.rows = [auditRow()]
  await watch.look()
  t.strictSame(watch.totals, { unaccounted: 0, missingSeqs: 0, inFlight: 10 })
  site.failure = new StoreError('unreachable', 'away')
  await watch.look()
  t.equal(watch.totals, undefined)
})

t.test('a state is logged when it begins, not at each look', async (t) => {
  const { site, watch } = watching()
  const look = async (rows: AuditRow[] | Error) => {
    site.failure = rows instanceof Error ? rows : undefined
    if (!(rows instanceof Error)) site.rows = rows
    await watch.look()
    return site.told.splice(0)
  }
  t.strictSame(await look([auditRow()]), [])
  t.match(await look([auditRow({ unaccounted: 1 })]), [/unaccounted for; "mayfly audit"/])
  t.strictSame(await look([auditRow({ unaccounted: 2 })]), [])
  t.match(await look([auditRow()]), [/every event is accounted for/])
  t.match(await look([auditRow({ missingSeqs: 1 })]), [/unaccounted for/])
  t.match(await look(new Error('away')), [/cannot be audited now/])
  t.strictSame(await look(new Error('away')), [])
  watch.close()
  await look([auditRow()])
  t.strictSame(await look(new Error('closed')), [], 'the end of the store is no failure')
})

t.test('it looks by itself, again and again, until it is closed', async (t) => {
  const { site, watch } = watching({ firstMs: 1, intervalMs: 1 })
  site.failure = new Error('away')
  watch.start()
  await until('it has looked three times', () => site.looks >= 3)
  watch.close()
  const { looks } = site
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.ok(site.looks <= looks + 1, 'at most the one that was under way')
})
