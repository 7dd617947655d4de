/**
 * What a condition may not be, for its cost or its check: the CEL library limits what is written, not what it takes to evaluate.
 * Loops within loops multiply, texts of texts grow, a pattern may take for ever, `dyn()` switches the type check off and `has()`
 * of a field that is not declared is simply false. Pure; called by condition.ts.
 */
import type { SyntaxNode } from './syntax-node.ts'

/** Loops within each other, over lists of at most 64 arguments or 500 texts. */
const maxNesting = 2
const loops: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all'])
/** All linear in their text. */
const allowed: readonly string[] = [...loops, 'startsWith', 'endsWith', 'contains', 'size']

export interface Refusal {
  readonly message: string
  /** Characters from the beginning of the condition. */
  readonly offset: number
}

const isNode = (node: unknown): node is SyntaxNode =>
  typeof node === 'object' && node !== null && 'op' in node

const call = (name: string, nesting: number): string | undefined => {
  if (name === 'matches')
    return 'matches() is not for rules: use startsWith, endsWith, contains or in'
  if (!allowed.includes(name))
    return `${name}() is not for rules, which know ${allowed.map((one) => `${one}()`).join(', ')}`
  return loops.has(name) && nesting >= maxNesting
    ? `${name}() is within ${maxNesting} loops already, and may not be within more`
    : undefined
}

/** What is read of the activity may be longer each time; what is written out is as long as it is. */
const isWritten = (node: unknown): boolean => isNode(node) && node.op === 'value'

/** The first thing that is refused; undefined where all is well. */
export const refusalOf = (node: unknown, nesting = 0): Refusal | undefined => {
  if (Array.isArray(node)) {
    for (const one of node) {
      const refusal = refusalOf(one, nesting)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }
  if (!isNode(node)) return undefined
  const { op, args, start } = node
  const parts = Array.isArray(args) ? (args as readonly unknown[]) : [args]
  const isCall = op === 'call' || op === 'rcall'
  const message = isCall
    ? call(String(parts[0]), nesting)
    : op === '+' && !parts.some(isWritten)
      ? '+ is for a text and one that is written out, as in process.command + " "'
      : undefined
  if (message !== undefined) return { message, offset: start }
  return refusalOf(parts, isCall && loops.has(String(parts[0])) ? nesting + 1 : nesting)
}
