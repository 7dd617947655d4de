/** `mayfly rules list` and `mayfly rules test`: which rules there are, and whether they and their examples hold. Needs no collector. */
import { type FlagValues, readConfig } from '#base/config.ts'
import { checkRules } from '#collector/detection/rules/check.ts'
import type { Context } from '../context.ts'
import { clientFields } from '../options.ts'
import { escapeText } from '../render/text.ts'

export const rulesFields = {
  directory: {
    flag: '--rules',
    kind: 'path',
    environment: false,
    help: 'Directory with rules of yours, beside those that come with Mayfly',
  },
  output: clientFields.output,
} as const

/** A rule file has a fault, or an example is not as it should be: this is the command's status. */
export class RulesError extends Error {
  readonly code = 'rules'

  constructor(count: number) {
    super(`rules: ${count === 1 ? 'one fault' : `${count} faults`}, see above`)
    this.name = 'RulesError'
  }
}

/** Runs the command. Throws ConfigError, and RulesError when something is wrong. */
export const rules = async (
  { verb, ...flags }: FlagValues,
  { output, env }: Context,
): Promise<void> => {
  const config = readConfig(rulesFields, flags, env)
  const { rules: found, faults } = checkRules(config.directory)
  if (config.output === 'json') await output.line(JSON.stringify({ rules: found, faults }, null, 2))
  else if (config.output === 'jsonl')
    for (const one of found) await output.line(JSON.stringify(one))
  else {
    if (verb === 'list')
      for (const { id, severity, maturity, name, mitre } of found)
        await output.line(
          `${id}  ${severity.padEnd(8)}  ${maturity.padEnd(10)}  ${escapeText(name)}  ${mitre.join(' ')}`,
        )
    for (const fault of faults) await output.line(escapeText(fault))
    const examples = found.reduce((sum, one) => sum + one.examples, 0)
    if (verb === 'test' && faults.length === 0)
      await output.line(
        `${found.length} rules are sound, and ${examples} examples are as they should be`,
      )
  }
  if (faults.length > 0) throw new RulesError(faults.length)
}
