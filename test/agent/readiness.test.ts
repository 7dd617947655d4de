import t from 'tap'
import { type AgentFacts, agentReadiness } from '#agent/readiness.ts'

const sound: AgentFacts = {
  ticks: 1,
  isFailing: false,
  isBlind: false,
  sources: [{ name: 'ebpf', state: 'running', detail: '' }],
  spool: { mode: 'disk', problem: '' },
  summary: 'eBPF probe attached',
}
const failed = { name: 'ebpf', state: 'failed', detail: 'no BTF' } as const

t.test('an agent that captures and writes is ready', async (t) => {
  const ready = { ready: true, detail: 'eBPF probe attached' }
  t.strictSame(agentReadiness(sound), ready)
  const degraded = { name: 'ebpf', state: 'degraded', detail: 'no DNS' } as const
  t.strictSame(agentReadiness({ ...sound, sources: [degraded] }), ready)
  const procfs = { name: 'procfs', state: 'running', detail: '' } as const
  t.strictSame(agentReadiness({ ...sound, sources: [failed, procfs] }), ready)
})

t.test('whatever is missing makes it unready, and is said', async (t) => {
  const cases: readonly (readonly [string, Partial<AgentFacts>, string])[] = [
    ['no source', { sources: [] }, 'no source captures'],
    ['a failed source', { sources: [failed] }, 'no source captures'],
    ['a blind probe', { isBlind: true }, 'the probe does not see the agent’s own test process'],
    ['no drain yet', { ticks: 0 }, 'nothing was read yet'],
    ['a failing drain', { isFailing: true }, 'what was read cannot be written; see the log'],
    [
      'a full disk',
      { spool: { mode: 'memory', problem: 'ENOSPC' } },
      'the spool is not on disk: ENOSPC',
    ],
    [
      'two at once',
      { ticks: 0, spool: { mode: 'memory', problem: 'EROFS' } },
      'nothing was read yet; the spool is not on disk: EROFS',
    ],
  ]
  for (const [name, facts, detail] of cases)
    t.strictSame(agentReadiness({ ...sound, ...facts }), { ready: false, detail }, name)
})
