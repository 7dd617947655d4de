/** Holds rules against their own examples, as `mayfly rules test` and the tests of the shipped rules do. Pure. */

import { EventPart } from '../activity-parts.ts'
import { exampleActivity } from '../example-activity.ts'
import type { Rule } from './rule.ts'
import { isExcepted, RuleSet } from './rule-set.ts'

export interface ExampleResult {
  readonly rule: string
  readonly example: string
  /** Why it is not as it should be; empty when it is. */
  readonly fault: string
}

/** Through the index, as events go: what it leaves out cannot match. */
const matches = (
  rules: RuleSet,
  rule: Rule,
  activity: ReturnType<typeof exampleActivity>,
): boolean =>
  rules.candidates(activity).includes(rule) &&
  rule.condition.holds(activity) &&
  !rule.exceptions.some((one) => isExcepted(one, activity))

export const tryExamples = (rule: Rule): readonly ExampleResult[] => {
  const rules = new RuleSet([rule])
  const tried = (wanted: boolean) =>
    (wanted ? rule.examples.match : rule.examples.noMatch).map(({ name, activity: example }) => {
      let fault = ''
      try {
        const activity = exampleActivity(example)
        // Examples need not repeat the kind of a rule that has one only.
        const [kind] = rule.kinds
        const given = (example.event as { kind?: string } | undefined)?.kind
        const whole = {
          ...activity,
          event: new EventPart({ ...activity.event, kind: given ?? kind ?? 'exec' }),
        }
        const found = matches(rules, rule, whole)
        if (found !== wanted)
          fault = wanted ? 'does not match, and should' : 'matches, and should not'
      } catch (error) {
        fault = (error as Error).message.split('\n')[0] ?? 'fails'
      }
      return { rule: rule.id, example: name, fault }
    })
  return [...tried(true), ...tried(false)]
}
