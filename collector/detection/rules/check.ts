/** What `mayfly rules` says of rule files: which rules they give, whether they are sound, and whether their examples hold. */
import { parseRules, readRuleFiles, shippedRules } from './load.ts'
import { tryExamples } from './try-examples.ts'

export interface CheckedRule {
  readonly id: string
  readonly name: string
  readonly severity: string
  readonly maturity: string
  readonly mitre: readonly string[]
  readonly place: string
  readonly examples: number
}

export interface RuleCheck {
  readonly rules: readonly CheckedRule[]
  /** `file:line: what is wrong`, and examples that are not as they should be. */
  readonly faults: readonly string[]
}

/** Rules that ship, with those of a directory beside them. Never throws: what cannot be read is a fault. */
export const checkRules = (directory: string | undefined): RuleCheck => {
  const directories = directory === undefined ? [shippedRules] : [shippedRules, directory]
  const { rules, faults } = parseRules(readRuleFiles(directories))
  const failed = rules.flatMap((rule) =>
    tryExamples(rule)
      .filter(({ fault }) => fault !== '')
      .map(({ example, fault }) => `${rule.place}: ${rule.id}: example "${example}" ${fault}`),
  )
  return {
    rules: rules.map(({ id, name, severity, maturity, mitre, place, examples }) => ({
      ...{ id, name, severity, maturity, mitre, place },
      examples: examples.match.length + examples.noMatch.length,
    })),
    faults: [...faults.map(({ place, message }) => `${place}: ${message}`), ...failed],
  }
}
