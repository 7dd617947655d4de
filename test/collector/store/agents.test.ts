import fc from 'fast-check'
import t from 'tap'
import { readAgents, writeAgent } from '#collector/store/agents.ts'
import { storable } from '#collector/store/cells.ts'
import type { AgentInfo } from '#proto/api.ts'
import { hostileText } from './event-arbitraries.ts'
import { serverError, stubClient } from './stub-client.ts'

const agent = (change: Partial<AgentInfo> = {}): AgentInfo => ({
  agent: 'agent-1',
  node: 'node-1',
  epoch: 1,
  version: '1.0.0',
  kernel: '6.12.0',
  sources: [{ name: 'ebpf', state: 'running', detail: '' }],
  connected: true,
  lastSeen: '2026-11-23T10:00:00.000000Z',
  epochs: [{ epoch: 1, lastSeq: 8, captured: 10, filtered: 2 }],
  kernelUnaccounted: 0,
  captured: 10,
  filtered: 2,
  lost: 0,
  lastSeq: 8,
  ackedSeq: 8,
  ...change,
})

/** The cells of the one row that the statement carries. */
const cellsOf = (statement: string): readonly string[] => {
  const [, row = '', end, ...more] = statement.split('\n')
  if (end !== '' || more.length > 0) throw new Error('more than one line of data')
  return row.split('\t')
}

t.test('an agent with hostile names stays one row of four cells', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, hostileText, async (name, node) => {
      const { client, statements } = stubClient()
      await writeAgent(client, agent({ agent: name, node, kernel: name }))
      return statements.length === 1 && cellsOf(statements[0] ?? '').length === 4
    }),
  )
})

t.test(
  'the row is as new as the agent was seen, and as old as can be where that is no time',
  async (t) => {
    for (const [lastSeen, seenUs] of [
      ['yesterday', '0'],
      ['', '0'],
      ['1950-01-01T00:00:00Z', '0'],
      ['2026-11-23T10:00:00.000000Z', '1795428000000000'],
    ] as const) {
      const { client, statements } = stubClient()
      await writeAgent(client, agent({ lastSeen }))
      t.equal(cellsOf(statements[0] ?? '')[2], seenUs, lastSeen)
    }
  },
)

t.test('what was recorded of an agent is read back whole', async (t) => {
  const strange = agent({ agent: 'a\0b\ud800', node: '\ufdd0' })
  const { client, statements } = stubClient(() => [[storable(JSON.stringify(strange)), 'node-1']])
  t.strictSame(await readAgents(client), [strange])
  t.match(statements[0], /argMax\(facts, last_seen_us\).* LIMIT 10000 /)
})

t.test('a server that refuses or is away is told apart', async (t) => {
  const refusing = stubClient(() => {
    throw serverError(60, 'Table agents does not exist')
  })
  await t.rejects(writeAgent(refusing.client, agent()), {
    message: /^cannot record the agent: Table/,
  })
  const away = stubClient(() => {
    throw new Error('connect ECONNREFUSED')
  })
  await t.rejects(readAgents(away.client), { code: 'unreachable', message: /^cannot read agents/ })
})
