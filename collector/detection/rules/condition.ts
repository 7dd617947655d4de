/**
 * Conditions of rules: CEL over the fields of an activity, type-checked when they are read. The library is @marcbachmann/cel-js:
 * maintained, without dependencies, with typed fields, positions in its errors and an open syntax tree; half a microsecond for
 * a condition of four terms. Called by rule-file.ts.
 */
import { Environment, type TypeCheckResult } from '@marcbachmann/cel-js'
import { type Activity, fields } from '../activity.ts'

/** Lists that conditions may name, from the rule file. */
export type NamedLists = Readonly<Record<string, readonly string[]>>

/** A node of the syntax tree, as far as needs.ts reads it. */
export interface SyntaxNode {
  readonly op: string
  readonly args: unknown
}

export interface Condition {
  readonly text: string
  readonly tree: SyntaxNode
  /** Throws what CEL calls an error, such as an index out of range. */
  readonly holds: (activity: Activity) => boolean
}

/** What is wrong with a condition: one line, and where in its text. */
export class ConditionError extends Error {
  /** Characters from its beginning; undefined when the library does not say. */
  readonly offset: number | undefined

  constructor(message: string, offset: number | undefined) {
    super(message)
    this.name = 'ConditionError'
    this.offset = offset
  }
}

const limits = {
  maxAstNodes: 2_000,
  maxDepth: 40,
  maxListElements: 500,
  maxMapEntries: 10,
  maxCallArguments: 8,
}

const typeName = (variable: string): string =>
  variable === 'process' || variable === 'parent'
    ? 'Process'
    : `${variable[0]?.toUpperCase()}${variable.slice(1)}`

const createEnvironment = (lists: NamedLists): Environment => {
  const environment = new Environment({ limits })
  for (const [variable, declared] of Object.entries(fields)) {
    if (variable !== 'parent') {
      const types = Object.fromEntries(
        Object.entries(declared).map(([name, { type }]) => [name, type]),
      )
      environment.registerType(typeName(variable), { fields: types })
    }
    environment.registerVariable(variable, typeName(variable))
  }
  environment.registerVariable('ancestors', 'list<Process>')
  for (const [name, values] of Object.entries(lists))
    environment.registerConstant(name, 'list<string>', [...values])
  return environment
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message

const conditionError = (error: unknown): ConditionError => {
  const { message, range } = error as { message: string; range?: { start: number } }
  return new ConditionError(firstLine(message), range?.start)
}

/** Every call by name in a tree, with its arguments. */
function* callsOf(node: unknown): Generator<SyntaxNode> {
  if (Array.isArray(node)) {
    for (const one of node) yield* callsOf(one)
  } else if (typeof node === 'object' && node !== null && 'op' in node) {
    const { op, args } = node as SyntaxNode
    if (op === 'call' || op === 'rcall') yield { op, args }
    yield* callsOf(args)
  }
}

/** CEL's `matches` would run on a matcher that can take for ever; words are enough for what rules look for. */
const refuseMatches = (tree: SyntaxNode): void => {
  for (const { args } of callsOf(tree))
    if (Array.isArray(args) && args[0] === 'matches')
      throw new ConditionError(
        'matches() is not for rules: use startsWith, endsWith, contains or in',
        undefined,
      )
}

/** Reads conditions that may name these lists. */
export const conditionReader = (lists: NamedLists): ((text: string) => Condition) => {
  const environment = createEnvironment(lists)
  return (text) => {
    let parsed: ReturnType<Environment['parse']>
    try {
      parsed = environment.parse(text)
    } catch (error) {
      throw conditionError(error)
    }
    const tree = parsed.ast as unknown as SyntaxNode
    refuseMatches(tree)
    const checked: TypeCheckResult = parsed.check()
    if (!checked.valid) throw conditionError(checked.error)
    if (checked.type !== 'bool')
      throw new ConditionError(`it gives ${checked.type}, and has to give bool`, undefined)
    return { text, tree, holds: (activity) => parsed(activity as never) === true }
  }
}
