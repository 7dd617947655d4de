/** `mayfly audit`: is every captured event stored or accounted for? As a table or as the ledger's rows; status 1 if not. */
import { type FlagValues, readConfig } from '#base/config.ts'
import type { AuditAnswer } from '#proto/api.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields } from '../options.ts'
import { auditLines, faultsOf } from '../render/audit.ts'

export const auditFields = {
  deep: {
    flag: '--deep',
    kind: 'bool',
    environment: false,
    help: 'Count every stored row instead of what was counted when it was stored; takes longer, and shows the query',
  },
  ...clientFields,
} as const

/** The ledger does not add up: the answer was printed, and this is its status. */
export class AuditError extends Error {
  readonly code = 'unaccounted'

  constructor(faults: readonly string[]) {
    super(`audit: ${faults.join(', ')}`)
    this.name = 'AuditError'
  }
}

/** Runs the command. Throws ConfigError, ClientError, and AuditError when something is unaccounted for. */
export const audit = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(auditFields, flags, context.env)
  const { output, complain } = context
  const answer = await clientOf(config, context).get<AuditAnswer>('audit', {
    ...(config.deep && { deep: 'true' }),
  })
  const { rows, query } = answer
  if (config.output === 'table') {
    await output.lines(auditLines(answer, tableStyle(config, context)))
  } else {
    if (config.output === 'json') await output.line(JSON.stringify(rows, null, 2))
    else for (const row of rows) await output.line(JSON.stringify(row))
    // The rows have no place for it, and whoever wants to count again needs it all the same.
    if (config.deep) complain(`counted with: ${query.replace(/\s+/g, ' ').trim()}`)
  }
  const faults = faultsOf(rows)
  if (faults.length > 0) throw new AuditError(faults)
}
