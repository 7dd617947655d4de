/**
 * All rules in force, and which of them an event can satisfy: by its kind, and by what each condition needs (needs.ts). Most
 * events evaluate nothing. Immutable; a new set replaces it whole. Made by load.ts, asked by evaluator.ts.
 */
import type { Activity } from '../activity.ts'
import type { Need } from './needs.ts'
import { type Rule, type RuleException, type RuleKind, ruleKinds } from './rule.ts'

/** How to read a text field by its path. */
const readField = (activity: Activity, field: string): string => {
  const [variable = '', name = ''] = field.split('.')
  const value = (activity as unknown as Record<string, Record<string, unknown>>)[variable]?.[name]
  return typeof value === 'string' ? value : ''
}

/** Rules of one kind of event. */
interface KindIndex {
  /** Nothing is known of what they need. */
  readonly always: readonly Rule[]
  /** By field, then by value: rules that need this very text there. */
  readonly equals: ReadonlyMap<string, ReadonlyMap<string, readonly Rule[]>>
  /** Rules that need one of several, not all of them equalities. */
  readonly searched: readonly { readonly rule: Rule; readonly needs: readonly Need[] }[]
}

const indexOf = (rules: readonly Rule[]): KindIndex => {
  const always: Rule[] = []
  const equals = new Map<string, Map<string, Rule[]>>()
  const searched: { rule: Rule; needs: readonly Need[] }[] = []
  for (const rule of rules) {
    const { needs } = rule
    if (needs === undefined) always.push(rule)
    else if (needs.every(({ how }) => how === 'equals')) {
      for (const { field, values } of needs) {
        const byValue = equals.get(field) ?? new Map<string, Rule[]>()
        equals.set(field, byValue)
        for (const value of new Set(values))
          byValue.set(value, [...(byValue.get(value) ?? []), rule])
      }
    } else searched.push({ rule, needs })
  }
  return { always, equals, searched }
}

const isMet = (activity: Activity, { field, how, values }: Need): boolean => {
  const text = readField(activity, field)
  switch (how) {
    case 'equals':
      return values.includes(text)
    case 'begins':
      return values.some((value) => text.startsWith(value))
    case 'contains':
      return values.some((value) => text.includes(value))
  }
}

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
  readonly #byKind: ReadonlyMap<string, KindIndex>

  /** Ids must be distinct. */
  constructor(rules: readonly Rule[]) {
    this.rules = rules
    this.#byKind = new Map(
      ruleKinds.map((kind: RuleKind) => [
        kind,
        indexOf(rules.filter(({ kinds }) => kinds.includes(kind))),
      ]),
    )
  }

  /** Whether there is any rule about such events: the others need not be looked at. */
  concerns(kind: string): boolean {
    const index = this.#byKind.get(kind)
    return (
      index !== undefined && index.always.length + index.equals.size + index.searched.length > 0
    )
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): ReadonlySet<Rule> {
    const found = new Set<Rule>()
    const index = this.#byKind.get(activity.event.kind)
    if (index === undefined) return found
    for (const rule of index.always) found.add(rule)
    for (const [field, byValue] of index.equals)
      for (const rule of byValue.get(readField(activity, field)) ?? []) found.add(rule)
    for (const { rule, needs } of index.searched)
      if (needs.some((need) => isMet(activity, need))) found.add(rule)
    return found
  }
}
