/**
 * Everything about identity that main wires: who may come in, what they may do, what is counted and logged of it. Made once
 * per collector.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { readToken } from '#base/token.ts'
import { createAuth } from '../auth.ts'
import type { CollectorConfig } from '../config.ts'
import { type Access, createKubernetesAccess, openAccess } from './access.ts'
import { AccessLog } from './access-log.ts'
import type { Auth } from './identity.ts'
import { createKubernetesAuth } from './kubernetes-auth.ts'
import { IdentityCounts } from './metric-table.ts'

export interface Gate {
  readonly auth: Auth
  readonly access: Access
  readonly accessLog: AccessLog
  readonly counts: IdentityCounts
}

type GateConfig = Pick<
  CollectorConfig,
  | 'auth'
  | 'token'
  | 'tokenFile'
  | 'agentServiceAccount'
  | 'authGrace'
  | 'kubeApiUrl'
  | 'kubeCaFile'
  | 'kubeTokenFile'
>

/** @throws ConfigError for a token that is none, or where no API server can be found. */
export const openGate = async (config: GateConfig, log: Log, clock: Clock): Promise<Gate> => {
  const counts = new IdentityCounts()
  const accessLog = new AccessLog(log, clock)
  if (config.auth === 'token') {
    return { auth: createAuth(readToken(config)), access: openAccess, accessLog, counts }
  }
  // Tens of megabytes that nobody else needs.
  const [{ createKubeApi }, { kubePlace }] = await Promise.all([
    import('./kube-client.ts'),
    import('../kube/kube-place.ts'),
  ])
  const api = createKubeApi(kubePlace(config))
  const { agentServiceAccount, authGrace: graceMs } = config
  const shared = { api, clock, graceMs, counts: counts.reviews }
  return {
    auth: createKubernetesAuth({ ...shared, agentServiceAccount }),
    access: createKubernetesAccess(shared),
    accessLog,
    counts,
  }
}
