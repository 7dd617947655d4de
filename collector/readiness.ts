/** Whether the collector does its work: its store takes and answers, and agents are taken. Asked for both /readyz. Pure. */
import type { Readiness } from '#base/metric-server.ts'
import type { StatusAnswer } from '#proto/api.ts'

export const collectorReadiness = (
  { state, detail }: Pick<StatusAnswer['store'], 'state' | 'detail'>,
  isIngestOpen: boolean,
): Readiness => {
  const missing = [
    ...(isIngestOpen ? [] : ['the collector ends, agents are not taken any more']),
    ...(state === 'ready' ? [] : [`the store is ${state}${detail === '' ? '' : `: ${detail}`}`]),
  ]
  return { ready: missing.length === 0, detail: missing.join('; ') || 'ready' }
}
