import t from 'tap'
import { createAudit } from '#collector/api/audit.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { Store } from '#collector/store/store.ts'
import type { AuditAnswer } from '#proto/api.ts'

type Asked = Parameters<Store['audit']>[0]

/** A store whose deep audit takes until it is let go. */
const slowStore = () => {
  const waiting: PromiseWithResolvers<AuditAnswer>[] = []
  const asked: Asked[] = []
  const answer = (deep: boolean): AuditAnswer => ({ rows: [], query: 'q', deep })
  const audit = (options: Asked): Promise<AuditAnswer> => {
    asked.push(options)
    if (!options.deep) return Promise.resolve(answer(false))
    const one = Promise.withResolvers<AuditAnswer>()
    waiting.push(one)
    return one.promise
  }
  return { store: { audit }, waiting, asked, answer }
}

t.test(
  'a second deep audit is told to come again, and a cheap one is answered meanwhile',
  async (t) => {
    const { store, waiting, asked, answer } = slowStore()
    const audit = createAudit(store, () => [])
    const first = audit(true)
    await t.rejects(audit(true), { code: 'audit_busy', status: 429, message: /ask again/ })
    t.strictSame(await audit(false), answer(false))
    waiting[0]?.resolve(answer(true))
    t.strictSame(await first, answer(true))
    t.strictSame(asked, [
      { deep: true, agents: [] },
      { deep: false, agents: [] },
    ])
  },
)

t.test('one that fails makes room for the next, and a slow one says what is quicker', async (t) => {
  const { store, waiting } = slowStore()
  const audit = createAudit(store, () => [])
  const slow = audit(true)
  waiting[0]?.reject(new StoreError('limit', 'timeout'))
  await t.rejects(slow, { name: 'ApiError', code: 'store_timeout', message: /without deep/ })
  const failed = audit(true)
  waiting[1]?.reject(new StoreError('unreachable', 'away'))
  await t.rejects(failed, { name: 'StoreError', code: 'unreachable' })
})
