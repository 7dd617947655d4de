/**
 * What a condition needs before it can hold, read from its syntax tree: so that of all rules only those are evaluated that an
 * event can satisfy. An over-approximation: what is not understood may hold. Pure; called by rule-file.ts, used by rule-index.ts.
 *
 * Sound for CEL's three values: an error is never true, and where `||` or `exists` absorbs one, it is true by another operand,
 * whose needs are met.
 */
import { fields } from '../fields.ts'
import type { NamedLists } from './condition.ts'
import type { SyntaxNode } from './syntax-node.ts'

export type Scalar = string | bigint

/** Of a value: it is one of these, is none of them, begins with one…; `filled`: a text or a list that is not empty. */
export type ValueTest = 'equals' | 'differs' | 'begins' | 'ends' | 'contains' | 'filled'

/** What must be so of a value, or of some element where the path goes through a list. */
export interface ValueNeed {
  readonly kind: 'value'
  /** `process.name`, `process.args[]`, `ancestors[].program`. */
  readonly path: string
  readonly how: ValueTest
  readonly values: readonly Scalar[]
}

export type Needs =
  | ValueNeed
  | { readonly kind: 'all'; readonly parts: readonly Needs[] }
  /** Of no parts: it never holds. */
  | { readonly kind: 'any'; readonly parts: readonly Needs[] }
  | { readonly kind: 'unknown' }

/** Perhaps met by anything. */
export const unknown: Needs = { kind: 'unknown' }
/** Met by nothing. */
export const never: Needs = { kind: 'any', parts: [] }

export const isNever = (needs: Needs): boolean => needs.kind === 'any' && needs.parts.length === 0

const value = (path: string, how: ValueTest, values: readonly Scalar[] = []): Needs => ({
  kind: 'value',
  path,
  how,
  values,
})

/** All of them have to be met. */
export const allOf = (needs: readonly Needs[]): Needs => {
  if (needs.some(isNever)) return never
  const parts = needs
    .flatMap((one) => (one.kind === 'all' ? one.parts : [one]))
    .filter(({ kind }) => kind !== 'unknown')
  return parts.length > 1 ? { kind: 'all', parts } : (parts[0] ?? unknown)
}

/** Tests of the same value that only differ in what they look for, as one. */
const joined = (parts: readonly Needs[]): readonly Needs[] => {
  const byTest = new Map<string, Needs>()
  for (const [at, part] of parts.entries()) {
    const isJoinable = part.kind === 'value' && part.how !== 'differs'
    const key = isJoinable ? `${part.how} ${part.path}` : String(at)
    const same = byTest.get(key)
    const isSame = isJoinable && same?.kind === 'value'
    byTest.set(key, isSame ? { ...part, values: [...same.values, ...part.values] } : part)
  }
  return [...byTest.values()]
}

/** One of them has to be met. */
export const anyOf = (needs: readonly Needs[]): Needs => {
  const parts = joined(needs.flatMap((one) => (one.kind === 'any' ? one.parts : [one])))
  if (parts.some(({ kind }) => kind === 'unknown')) return unknown
  return parts.length === 1 ? (parts[0] as Needs) : { kind: 'any', parts }
}

/** What a name stands for: something of the activity, a list of texts, or one of a list's texts in a loop over it. */
type Meaning =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'list'; readonly values: readonly Scalar[] }
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'unknown' }

/** Names in scope; a loop's variable hides what had its name. */
type Scope = ReadonlyMap<string, Meaning>

const outerScope = (lists: NamedLists): Scope =>
  new Map<string, Meaning>([
    ...Object.entries(lists).map(([name, values]) => [name, { kind: 'list', values }] as const),
    ...[...Object.keys(fields), 'ancestors'].map((path) => [path, { kind: 'path', path }] as const),
  ])

const isNode = (node: unknown): node is SyntaxNode =>
  typeof node === 'object' && node !== null && 'op' in node

const argsOf = (node: SyntaxNode): readonly unknown[] =>
  Array.isArray(node.args) ? node.args : [node.args]

const meaningOf = (node: SyntaxNode, scope: Scope): Meaning | undefined =>
  node.op === 'id' ? scope.get(String(node.args)) : undefined

const pathOf = (node: unknown, scope: Scope): string | undefined => {
  if (!isNode(node)) return undefined
  const meaning = meaningOf(node, scope)
  if (meaning !== undefined) return meaning.kind === 'path' ? meaning.path : undefined
  if (node.op !== '.') return undefined
  const [owner, name] = argsOf(node)
  const path = pathOf(owner, scope)
  return path === undefined || typeof name !== 'string' ? undefined : `${path}.${name}`
}

/** A text or whole number that is written out, or joined of such. */
const scalarOf = (node: unknown, scope: Scope): Scalar | undefined => {
  if (!isNode(node)) return undefined
  const meaning = meaningOf(node, scope)
  if (meaning !== undefined) return meaning.kind === 'scalar' ? meaning.value : undefined
  const { op, args } = node
  if (op === 'value') return typeof args === 'string' || typeof args === 'bigint' ? args : undefined
  if (op !== '+') return undefined
  const [left, right] = argsOf(node).map((one) => scalarOf(one, scope))
  return typeof left === 'string' && typeof right === 'string' ? left + right : undefined
}

const scalarsOf = (node: unknown, scope: Scope): readonly Scalar[] | undefined => {
  if (!isNode(node)) return undefined
  const meaning = meaningOf(node, scope)
  if (meaning !== undefined) return meaning.kind === 'list' ? meaning.values : undefined
  if (node.op !== 'list') return undefined
  const found = argsOf(node).map((one) => scalarOf(one, scope))
  return found.every((one) => one !== undefined) ? found : undefined
}

/** A path compared with what is written out, on either side. */
const compared = (how: 'equals' | 'differs', node: SyntaxNode, scope: Scope): Needs => {
  const [left, right] = argsOf(node)
  const path = pathOf(left, scope) ?? pathOf(right, scope)
  const scalar = scalarOf(right, scope) ?? scalarOf(left, scope)
  return path === undefined || scalar === undefined ? unknown : value(path, how, [scalar])
}

/** `x.size() > 0` and its like. */
const sized = (node: SyntaxNode, scope: Scope): Needs => {
  const [left, right] = argsOf(node)
  const least = scalarOf(right, scope)
  if (!isNode(left) || left.op !== 'rcall' || typeof least !== 'bigint') return unknown
  const [method, receiver] = argsOf(left)
  const path = method === 'size' ? pathOf(receiver, scope) : undefined
  const isFilled = node.op === '!=' ? least === 0n : node.op === '>' ? least >= 0n : least >= 1n
  return path === undefined || !isFilled ? unknown : value(path, 'filled')
}

const isIn = (node: SyntaxNode, scope: Scope): Needs => {
  const [left, right] = argsOf(node)
  const [path, values] = [pathOf(left, scope), scalarsOf(right, scope)]
  if (path !== undefined && values !== undefined) return value(path, 'equals', values)
  // `"x" in process.args`
  const [scalar, list] = [scalarOf(left, scope), pathOf(right, scope)]
  return scalar === undefined || list === undefined
    ? unknown
    : value(`${list}[]`, 'equals', [scalar])
}

const textTests = { startsWith: 'begins', endsWith: 'ends', contains: 'contains' } as const

const method = (node: SyntaxNode, scope: Scope): Needs => {
  const [name, receiver, given] = argsOf(node)
  const args = Array.isArray(given) ? (given as readonly unknown[]) : []
  if (typeof name === 'string' && Object.hasOwn(textTests, name)) {
    const [path, text] = [pathOf(receiver, scope), scalarOf(args[0], scope)]
    if (path === undefined && name === 'contains') return lengthened(receiver, text, scope)
    return path === undefined || typeof text !== 'string' || text === ''
      ? unknown
      : value(path, textTests[name as keyof typeof textTests], [text])
  }
  return name === 'exists' || name === 'exists_one' ? loop(receiver, args, scope) : unknown
}

/**
 * `(process.command + " ").contains(text)`: at most the end of the text is found in what is added, so its beginning is in the field.
 */
const lengthened = (receiver: unknown, text: Scalar | undefined, scope: Scope): Needs => {
  if (!isNode(receiver) || receiver.op !== '+' || typeof text !== 'string') return unknown
  const [field, added] = argsOf(receiver)
  const [path, end] = [pathOf(field, scope), scalarOf(added, scope)]
  if (path === undefined || typeof end !== 'string' || text.length <= end.length) return unknown
  return value(path, 'contains', [text.slice(0, text.length - end.length)])
}

/** Some element satisfies the predicate. */
const loop = (
  receiver: unknown,
  [variable, predicate]: readonly unknown[],
  scope: Scope,
): Needs => {
  if (!isNode(variable) || variable.op !== 'id') return unknown
  const name = String(variable.args)
  const within = (meaning: Meaning): Needs => needsIn(predicate, new Map(scope).set(name, meaning))
  const values = scalarsOf(receiver, scope)
  if (values !== undefined)
    return anyOf(values.map((one) => within({ kind: 'scalar', value: one })))
  const list = pathOf(receiver, scope)
  if (list === undefined) return within({ kind: 'unknown' })
  return allOf([value(list, 'filled'), within({ kind: 'path', path: `${list}[]` })])
}

const needsIn = (node: unknown, scope: Scope): Needs => {
  if (!isNode(node)) return unknown
  switch (node.op) {
    case '&&':
      return allOf(argsOf(node).map((one) => needsIn(one, scope)))
    case '||':
      return anyOf(argsOf(node).map((one) => needsIn(one, scope)))
    case '==':
      return allOf([compared('equals', node, scope), sized(node, scope)])
    case '!=':
      return allOf([compared('differs', node, scope), sized(node, scope)])
    case '>':
    case '>=':
      return sized(node, scope)
    case 'in':
      return isIn(node, scope)
    case 'rcall':
      return method(node, scope)
    default:
      return unknown
  }
}

/** What the condition of this tree needs. */
export const needsOf = (tree: SyntaxNode, lists: NamedLists): Needs =>
  needsIn(tree, outerScope(lists))
