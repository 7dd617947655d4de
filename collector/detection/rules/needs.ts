/**
 * What a condition needs before it can hold, read from its syntax tree: so that of all rules only those are evaluated that an
 * event can satisfy. An over-approximation: what is not understood needs nothing, and the rule is then always a candidate.
 * Pure; called by rule-set.ts.
 */
import type { NamedLists, SyntaxNode } from './condition.ts'

/** One way to hold: a text field must be one of these, begin with one, or hold one. */
export interface Need {
  /** `process.name`, `dns.name`… */
  readonly field: string
  readonly how: 'equals' | 'begins' | 'contains'
  readonly values: readonly string[]
}

/** At least one of these must be; undefined where nothing is known to be needed. */
export type Needs = readonly Need[] | undefined

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'op' in value

/** `a.b` of two names. */
const fieldOf = (node: unknown): string | undefined => {
  if (!isNode(node) || node.op !== '.' || !Array.isArray(node.args)) return undefined
  const [owner, name] = node.args as readonly unknown[]
  return isNode(owner) && owner.op === 'id' && typeof name === 'string'
    ? `${owner.args}.${name}`
    : undefined
}

const textOf = (node: unknown): string | undefined =>
  isNode(node) && node.op === 'value' && typeof node.args === 'string' ? node.args : undefined

/** Texts of a list, written out or by its name; undefined when one of them is no text. */
const textsOf = (node: unknown, lists: NamedLists): readonly string[] | undefined => {
  if (!isNode(node)) return undefined
  if (node.op === 'id' && typeof node.args === 'string') return lists[node.args]
  if (node.op !== 'list' || !Array.isArray(node.args)) return undefined
  const texts = node.args.map(textOf)
  return texts.every((text) => text !== undefined) ? (texts as string[]) : undefined
}

const equals = (a: unknown, b: unknown): Needs => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const [field, text] = [fieldOf(one), textOf(other)]
    if (field !== undefined && text !== undefined) return [{ field, how: 'equals', values: [text] }]
  }
  return undefined
}

const methods = { startsWith: 'begins', contains: 'contains', endsWith: 'contains' } as const

const call = (args: readonly unknown[]): Needs => {
  const [method, receiver, given] = args
  const field = fieldOf(receiver)
  const text = Array.isArray(given) ? textOf(given[0]) : undefined
  if (field === undefined || text === undefined || text === '') return undefined
  const how = methods[method as keyof typeof methods]
  return how === undefined ? undefined : [{ field, how, values: [text] }]
}

/** How few events satisfy it, by rule of thumb: equality with few values first. */
const cost = (needs: readonly Need[]): number =>
  needs.reduce((sum, { how, values }) => sum + (how === 'equals' ? 1 : 20) * values.length, 0)

const better = (a: Needs, b: Needs): Needs => {
  if (a === undefined || b === undefined) return a ?? b
  return cost(a) <= cost(b) ? a : b
}

/** The kind is what rules are sorted by anyway: it tells nothing more. */
const withoutKind = (needs: Needs): Needs =>
  needs?.some(({ field }) => field === 'event.kind') ? undefined : needs

/** What the condition of this tree needs. */
export const needsOf = (node: unknown, lists: NamedLists): Needs => {
  if (!isNode(node) || !Array.isArray(node.args)) return undefined
  const args = node.args as readonly unknown[]
  switch (node.op) {
    case '&&':
      return args.map((one) => needsOf(one, lists)).reduce(better, undefined)
    case '||': {
      const all = args.map((one) => needsOf(one, lists))
      return all.every((one) => one !== undefined) ? all.flat() : undefined
    }
    case '==':
      return withoutKind(equals(args[0], args[1]))
    case 'in': {
      const [field, values] = [fieldOf(args[0]), textsOf(args[1], lists)]
      return field === undefined || values === undefined
        ? undefined
        : withoutKind([{ field, how: 'equals', values }])
    }
    case 'rcall':
      return call(args)
    default:
      return undefined
  }
}
