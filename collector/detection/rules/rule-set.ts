/**
 * All rules in force, and which of them an event can satisfy: by its kind, its program (rules-by-program.ts) and
 * what else each condition needs (rule-index.ts). Most events evaluate nothing. Immutable; a new set replaces it whole. Made by load.ts, asked by evaluator.ts.
 */
import type { Activity } from '../fields.ts'
import { type Rule, type RuleException, ruleKinds } from './rule.ts'
import { RulesByProgram } from './rules-by-program.ts'

const fits = (pattern: string | undefined, text: string): boolean => {
  if (pattern === undefined) return true
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

/** Whether somebody is meant by an exception: everything that it gives fits. */
export const isExcepted = (
  { namespace, workload, image, executable, parent }: RuleException,
  activity: Activity,
): boolean =>
  fits(namespace, activity.pod.namespace) &&
  fits(workload, activity.workload.name) &&
  fits(image, activity.container.image) &&
  fits(executable, activity.process.exe) &&
  fits(parent, activity.parent.exe)

export class RuleSet {
  readonly rules: readonly Rule[]
  readonly #byKind: ReadonlyMap<string, RulesByProgram>

  /** Ids must be distinct. */
  constructor(rules: readonly Rule[]) {
    this.rules = rules
    this.#byKind = new Map(
      ruleKinds.map((kind) => [
        kind,
        new RulesByProgram(rules.filter(({ kinds }) => kinds.includes(kind))),
      ]),
    )
  }

  /** Whether there is any rule about such events: the others need not be looked at. */
  concerns(kind: string): boolean {
    return (this.#byKind.get(kind)?.size ?? 0) > 0
  }

  /** The rules that every event of their kinds asks for, because no value finds them. */
  get always(): readonly Rule[] {
    return [...new Set([...this.#byKind.values()].flatMap(({ always }) => always))]
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): readonly Rule[] {
    return this.#byKind.get(activity.event.kind)?.candidates(activity) ?? []
  }
}
