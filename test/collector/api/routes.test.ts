import t from 'tap'
import { createAudit } from '#collector/api/audit.ts'
import type { Question } from '#collector/api/query.ts'
import { routes } from '#collector/api/routes.ts'
import { schemas } from '#collector/api/schemas.ts'
import type { AgentInfo, AgentsAnswer, StatusAnswer, WhoAnswer } from '#proto/api.ts'
import { agentInfo } from '#test/fixtures/agent-info.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { baselineSource } from '#test/fixtures/baselines.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'
import { whoConnection, whoDns } from '#test/fixtures/who-answers.ts'

const agent = (facts: Partial<AgentInfo>): AgentInfo =>
  agentInfo({ agent: 'a', node: 'a', version: '1', sources: [], ...facts })

const ask = <T>(
  path: string,
  store: ListStore,
  live: readonly AgentInfo[],
  query: Question = { limit: 1 },
): Promise<T> => {
  const route = routes.find((one) => one.path === path)
  const liveAgents = () => live
  const sources = {
    ...{ store, liveAgents, version: '1', startedAt: '', tails: () => 2 },
    audit: createAudit(store, liveAgents),
    quarantine: () => ({ ...emptyQuarantine, batches: 3 }),
    findings: store,
    baselines: baselineSource(),
  }
  return route?.handle(sources, query) as Promise<T>
}

t.test('paths are unique and every answer has a schema', async (t) => {
  t.equal(new Set(routes.map(({ path }) => path)).size, routes.length)
  for (const { answer } of routes) t.ok(schemas[answer], answer)
})

t.test('a stored agent without a session is away, a live one shows its live state', async (t) => {
  const store = new ListStore()
  store.agentList = [agent({ agent: 'dead', node: 'z', captured: 3 }), agent({ captured: 1 })]
  const { agents } = await ask<AgentsAnswer>('/api/v1/agents', store, [agent({ captured: 9 })])
  t.strictSame(
    agents.map(({ agent, connected, captured }) => [agent, connected, captured]),
    [
      ['a', true, 9],
      ['dead', false, 3],
    ],
  )
})

t.test('status counts who is known and who is here', async (t) => {
  const store = new ListStore()
  store.agentList = [agent({ agent: 'dead' })]
  const live = [agent({}), agent({ agent: 'gone', connected: false })]
  const status = await ask<StatusAnswer>('/api/v1/status', store, live)
  t.match(status, { agents: { known: 3, connected: 1 }, quarantine: { batches: 3 }, tails: 2 })
})

t.test('who answers with coverage, and says when it is cut', async (t) => {
  const store = new ListStore()
  store.whoList = [whoConnection(), whoDns()]
  store.covered = [coverage()]
  const who = (limit: number) =>
    ask<WhoAnswer>('/api/v1/who', store, [], { ip: '203.0.113.7', limit })
  t.strictSame(await who(1), { coverage: [coverage()], rows: [whoConnection()], truncated: true })
  t.match(await who(2), { rows: [whoConnection(), whoDns()], truncated: false })
  await t.rejects(ask('/api/v1/who', store, []), { code: 'bad_query', message: /^give at least/ })
})
