/** What is known of each agent: its last hello and status, one row each. Called by clickhouse-store.ts. */
import type { ClickHouseClient } from '@clickhouse/client'
import type { AgentInfo } from '#proto/api.ts'
import { cell, fromStored } from './cells.ts'
import { storeError } from './errors.ts'
import { asText, select } from './select.ts'
import { settings } from './sql.ts'

/** The most agents that are listed. */
const maxAgents = 10_000

/** Writes the agent's row; an older `lastSeen` never replaces a newer one. */
export const writeAgent = async (client: ClickHouseClient, agent: AgentInfo): Promise<void> => {
  const seenUs = Math.max(0, Date.parse(agent.lastSeen) || 0) * 1000
  const row = [cell(agent.agent), cell(agent.node), seenUs, cell(JSON.stringify(agent))].join('\t')
  try {
    await client.command({
      query: `INSERT INTO agents (agent, node, last_seen_us, facts) ${settings({ async_insert: 0, max_execution_time: 30 })} FORMAT TabSeparated\n${row}\n`,
    })
  } catch (error) {
    throw storeError('cannot record the agent', error)
  }
}

/** All agents, by node. */
export const readAgents = async (client: ClickHouseClient): Promise<readonly AgentInfo[]> => {
  const rows = await select(
    client,
    'agents',
    `SELECT argMax(facts, last_seen_us), any(node) AS n FROM agents GROUP BY agent ORDER BY n, agent LIMIT ${maxAgents}`,
  )
  return rows.map(([facts]) => JSON.parse(fromStored(asText(facts))) as AgentInfo)
}
