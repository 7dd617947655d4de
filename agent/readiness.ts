/**
 * Whether the agent does its work: a source captures, and what it captures is safe. Asked by main for /readyz. Pure.
 *
 * Not ready is no reason to end an agent: one whose disk fails still captures and delivers, from memory. Hence the chart asks /healthz
 * whether it has started and whether it lives.
 */
import type { Readiness } from '#base/metric-server.ts'
import type { SourceHealth } from '#proto/api.ts'
import type { SpoolStats } from './spool/spool.ts'

export interface AgentFacts {
  /** Drains so far; the first one proves that the start is over. */
  readonly ticks: number
  /** The last drain threw: what it read stays in the ring. */
  readonly isFailing: boolean
  /** The probe does not see the agent's own test process. */
  readonly isBlind: boolean
  readonly sources: readonly SourceHealth[]
  readonly spool: Pick<SpoolStats, 'mode' | 'problem'>
  /** How this node is captured, in a line. */
  readonly summary: string
}

/** Says all that is missing, the worst first; what is captured when nothing is. */
export const agentReadiness = (facts: AgentFacts): Readiness => {
  const { ticks, isFailing, isBlind, sources, spool, summary } = facts
  const captures = sources.some(({ state }) => state !== 'failed')
  const missing = [
    ...(captures ? [] : ['no source captures']),
    ...(isBlind ? ['the probe does not see the agent’s own test process'] : []),
    ...(ticks === 0 ? ['nothing was read yet'] : []),
    ...(isFailing ? ['what was read cannot be written; see the log'] : []),
    ...(spool.mode === 'disk' ? [] : [`the spool is not on disk: ${spool.problem}`]),
  ]
  const ready = missing.length === 0
  return { ready, detail: ready ? summary : missing.join('; ') }
}
