/** `mayfly agent`: runs the agent until it is told to end; with --detach removes what it left in the kernel instead. */
import { agentFields } from '#agent/config.ts'
import { detachAgent } from '#agent/detach.ts'
import { runAgent } from '#agent/main.ts'
import { type Fields, type FlagValues, readConfig } from '#base/config.ts'
import { createLog } from '#base/log.ts'
import type { Context } from '../context.ts'

export const agentCommandFields = {
  ...agentFields,
  detach: {
    flag: '--detach',
    kind: 'bool',
    environment: false,
    help: 'Remove every pinned probe, link and map from the kernel and end',
  },
} as const satisfies Fields

export const agent = async (flags: FlagValues, { env, signal, output }: Context): Promise<void> => {
  const config = readConfig(agentCommandFields, flags, env)
  const log = createLog(config.logLevel, 'agent')
  if (config.detach) await output.line(detachAgent(config))
  else await runAgent(config, { log, signal })
}
