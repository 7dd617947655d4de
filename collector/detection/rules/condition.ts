/**
 * Conditions of rules: CEL over the fields of an activity, type-checked when they are read. The library is @marcbachmann/cel-js:
 * maintained, without dependencies, with typed fields, positions in its errors and an open syntax tree; half a microsecond for
 * a condition of four terms. Called by rule-file.ts.
 */
import { Environment, type TypeCheckResult } from '@marcbachmann/cel-js'
import {
  ConnectionPart,
  ContainerPart,
  DnsPart,
  EventPart,
  PodPart,
  WorkloadPart,
} from '../activity-parts.ts'
import { type Activity, fields } from '../fields.ts'
import { SeenProcess } from '../seen-process.ts'
import { refusalOf } from './cost-limits.ts'
import type { SyntaxNode } from './syntax-node.ts'

/** Lists that conditions may name, from the rule file. */
export type NamedLists = Readonly<Record<string, readonly string[]>>

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

/** By variable: its type's name, and the class whose values are of it, which the library then takes as they are. */
const typesByVariable = {
  event: ['Event', EventPart],
  process: ['Process', SeenProcess],
  parent: ['Process', SeenProcess],
  container: ['Container', ContainerPart],
  pod: ['Pod', PodPart],
  workload: ['Workload', WorkloadPart],
  connection: ['Connection', ConnectionPart],
  dns: ['Dns', DnsPart],
} as const satisfies Readonly<
  Record<keyof typeof fields, readonly [string, new (...values: never) => unknown]>
>

const createEnvironment = (lists: NamedLists): Environment => {
  const environment = new Environment({ limits })
  for (const [variable, [name, ctor]] of Object.entries(typesByVariable)) {
    if (variable !== 'parent') {
      const declared = Object.entries(fields[variable as keyof typeof fields])
      const types = Object.fromEntries(declared.map(([field, { type }]) => [field, type]))
      environment.registerType(name, { ctor, fields: types })
    }
    environment.registerVariable(variable, name)
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
    const refusal = refusalOf(tree)
    if (refusal !== undefined) throw new ConditionError(refusal.message, refusal.offset)
    const checked: TypeCheckResult = parsed.check()
    if (!checked.valid) throw conditionError(checked.error)
    if (checked.type !== 'bool')
      throw new ConditionError(`it gives ${checked.type}, and has to give bool`, undefined)
    return { text, tree, holds: (activity) => parsed(activity as never) === true }
  }
}
