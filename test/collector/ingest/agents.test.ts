import t from 'tap'
import { AgentTable } from '#collector/ingest/agents.ts'
import type { AgentInfo } from '#proto/api.ts'
import { hello } from '#test/fixtures/ingest-server.ts'

const status = (captured: number) => ({
  kind: 'status' as const,
  ledger: { captured, filtered: 0, lost: 0, spooled: 0, acked: 0 },
  sources: [],
  lastSeq: captured,
  spoolBytes: 0,
  epochs: [
    {
      epoch: 11,
      firstUnackedSeq: 1,
      lastSeq: captured,
      totals: { captured, filtered: 0, unknownGaps: 0 },
    },
  ],
  kernelUnaccounted: 0,
})

const table = (fails = false) => {
  const upserts: AgentInfo[] = []
  const time = { ms: 0 }
  const agents = new AgentTable({
    store: {
      agentSeen: async (info) => {
        if (fails) throw new Error('down')
        upserts.push(info)
      },
    },
    clock: { nowUs: () => time.ms * 1000, monotonicMs: () => time.ms },
    maxAgents: 2,
  })
  return { agents, upserts, time }
}

t.test('status is written now and then, connecting and leaving at once', async (t) => {
  const { agents, upserts, time } = table()
  agents.welcomed(hello(), 4)
  for (let tick = 1; tick <= 30; tick += 1) {
    time.ms += 1000
    agents.status('agent-1', status(tick), 4)
  }
  t.equal(upserts.length, 3, 'at 0, 15 and 30 s')
  t.match(agents.all(), [{ captured: 30, ackedSeq: 4, connected: true }])
  agents.disconnected('agent-1', 9)
  t.match(upserts.at(-1), { connected: false, ackedSeq: 9, captured: 30 })
})

t.test('the ledger goes on over a reconnect, and begins anew with an epoch', async (t) => {
  const { agents } = table()
  agents.welcomed(hello(), 0)
  agents.status('agent-1', status(5), 0)
  agents.welcomed(hello(), 0)
  t.match(agents.all(), [{ captured: 5 }])
  agents.welcomed(hello({ epoch: 12 }), 0)
  t.match(agents.all(), [{ captured: 0, epoch: 12 }])
})

t.test('those that are gone longest are forgotten first, the connected never', async (t) => {
  const { agents } = table()
  for (const agent of ['a', 'b']) agents.welcomed(hello({ agent }), 0)
  agents.disconnected('a', 0)
  agents.welcomed(hello({ agent: 'c' }), 0)
  t.strictSame(
    agents
      .all()
      .map(({ agent }) => agent)
      .sort(),
    ['b', 'c'],
  )
})

t.test('a store that refuses is counted, and unknown agents are not invented', async (t) => {
  const { agents } = table(true)
  agents.welcomed(hello(), 0)
  await Promise.resolve()
  await Promise.resolve()
  t.equal(agents.failedUpserts, 1)
  agents.status('stranger', status(1), 0)
  t.equal(agents.all().length, 1)
})
