/** `mayfly status`: collector, store, agents and coverage at a glance. */
import { type FlagValues, readConfig } from '#base/config.ts'
import type { AgentsAnswer, StatusAnswer, TimelineAnswer } from '#proto/api.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields } from '../options.ts'
import { statusLines } from '../render/status.ts'

export const statusFields = clientFields

/** Runs the command. Throws ConfigError and ClientError. */
export const status = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(statusFields, flags, context.env)
  const { output } = context
  const client = clientOf(config, context)
  const collector = await client.get<StatusAnswer>('status')
  const { agents } = await client.get<AgentsAnswer>('agents')
  // One event is the least that can be asked for; the coverage that comes with it is what is wanted.
  const { coverage } = await client.get<TimelineAnswer>('timeline', { since: '15m', limit: 1 })
  if (config.output === 'table') {
    const { paint } = tableStyle(config, context)
    await output.lines(statusLines(collector, agents, coverage, paint))
  } else {
    const answer = { collector, agents, coverage }
    const indent = config.output === 'json' ? 2 : undefined
    await output.line(JSON.stringify(answer, null, indent))
  }
}
