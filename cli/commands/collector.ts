/** `mayfly collector`: runs the collector until it is told to end. */
import { type FlagValues, readConfig } from '#base/config.ts'
import { createLog } from '#base/log.ts'
import { collectorFields, withClusterApiServer } from '#collector/config.ts'

export { collectorFields } from '#collector/config.ts'

import { runCollector } from '#collector/main.ts'
import type { Context } from '../context.ts'

export const collector = async (flags: FlagValues, { env, signal }: Context): Promise<void> => {
  const config = withClusterApiServer(readConfig(collectorFields, flags, env), env)
  await runCollector(config, { log: createLog(config.logLevel, 'collector'), signal })
}
