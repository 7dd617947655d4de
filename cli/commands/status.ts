/** `mayfly status`: collector, store, agents and coverage at a glance. */
import { type FlagValues, readConfig } from '#base/config.ts'
import type { AgentInfo, AgentsAnswer, Coverage, StatusAnswer, TimelineAnswer } from '#proto/api.ts'
import { type Client, ClientError } from '../client.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields } from '../options.ts'
import { statusLines } from '../render/status.ts'

export const statusFields = clientFields

/** Something is wrong that the status has shown: the command's status. */
export class StatusError extends Error {
  constructor(problem: string) {
    super(`status: ${problem}`)
    this.name = 'StatusError'
  }
}

/** `problem`: why nothing is known, such as a store that does not answer; empty when all is. */
interface Fleet {
  readonly agents: readonly AgentInfo[]
  readonly coverage: readonly Coverage[]
  readonly problem: string
}

const readFleet = async (client: Client): Promise<Fleet> => {
  try {
    const { agents } = await client.get<AgentsAnswer>('agents')
    // One event is the least that can be asked for; the coverage that comes with it is what is wanted.
    const { coverage } = await client.get<TimelineAnswer>('timeline', { since: '15m', limit: 1 })
    return { agents, coverage, problem: '' }
  } catch (error) {
    if (!(error instanceof ClientError) || !error.retryable) throw error
    return { agents: [], coverage: [], problem: error.message }
  }
}

/** Runs the command. Throws ConfigError, ClientError, and StatusError when the store keeps it from knowing all. */
export const status = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(statusFields, flags, context.env)
  const { output } = context
  const client = clientOf(config, context)
  const collector = await client.get<StatusAnswer>('status')
  const fleet = await readFleet(client)
  const { agents, coverage, problem } = fleet
  if (config.output === 'table') {
    const { paint } = tableStyle(config, context)
    await output.lines(statusLines(collector, agents, coverage, paint, problem))
  } else {
    const indent = config.output === 'json' ? 2 : undefined
    await output.line(JSON.stringify({ collector, ...fleet }, null, indent))
  }
  if (problem !== '') throw new StatusError(problem)
}
