/**
 * What /api/v1/audit answers. A deep audit reads every row that is stored: one at a time, and who comes second is told so
 * instead of waiting, as two would only make each other slower and everybody else's questions too.
 */
import type { AgentInfo, AuditAnswer } from '#proto/api.ts'
import { StoreError } from '../store/errors.ts'
import type { Store } from '../store/store.ts'
import { ApiError } from './errors.ts'

/** @throws ApiError `audit_busy`, `store_timeout` */
export type Audit = (isDeep: boolean) => Promise<AuditAnswer>

const tooSlow = (cause: StoreError): ApiError =>
  new ApiError(
    'store_timeout',
    'counting every row took too long; the audit without deep goes by what was counted when rows were stored',
    undefined,
    cause,
  )

/** Makes the answering function; it owns the one place for deep audits. */
export const createAudit = (
  store: Pick<Store, 'audit'>,
  liveAgents: () => readonly AgentInfo[],
): Audit => {
  let isCounting = false
  return async (isDeep) => {
    if (!isDeep) return store.audit({ deep: false, agents: liveAgents() })
    if (isCounting) {
      throw new ApiError('audit_busy', 'another deep audit is running; ask again when it is done')
    }
    isCounting = true
    try {
      return await store.audit({ deep: true, agents: liveAgents() })
    } catch (error) {
      throw error instanceof StoreError && error.code === 'limit' ? tooSlow(error) : error
    } finally {
      // Also when the client has left meanwhile: the engine counts on all the same.
      isCounting = false
    }
  }
}
