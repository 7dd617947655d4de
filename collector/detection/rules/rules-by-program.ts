/**
 * Rules of one kind of event, by the program that acts. Most conditions ask for programs first, and most events are by programs
 * that were seen before: for such a program an index holds what remains of the rules once its name is known, which is little, and
 * the same for most programs. Made by rule-set.ts.
 */
import { createHash } from 'node:crypto'
import type { Activity } from '../fields.ts'
import { multiCall } from '../seen-process.ts'
import { narrowed } from './narrow.ts'
import { isNever, type Needs } from './needs.ts'
import { valuesOf } from './needs-check.ts'
import type { Rule } from './rule.ts'
import { type FindableRule, RuleIndex } from './rule-index.ts'

/** Activities of a program before it gets an index of its own, which takes as long to make as some hundred activities. */
const enough = 200
/** Executables that are remembered at least; at most twice as many. */
const maxExecutables = 1_000
/** Programs of a multi-call executable. */
const maxApplets = 1_000
/** All indexes by program together: those of the shipped rules take some 3 MB. */
const maxBytes = 48 << 20
/** Of each, what is not counted by its literals; generous. */
const restBytes = 64 << 10
/** A larger one is not made: rules with very long lists are asked all together. */
const maxIndexBytes = maxBytes / 16

/** What is told by the executable, or with the first arguments where one executable is many programs. */
const programPaths: readonly string[] = ['process.exe', 'process.name', 'process.program']

interface Program {
  activities: number
  index: RuleIndex | undefined
}

interface Executable extends Program {
  /** Of a multi-call executable, by name. */
  readonly applets: Map<string, Program> | undefined
}

/** The same for the same rules in the same order with the same needs. */
const hashOf = (rules: readonly FindableRule[]): string => {
  const text = JSON.stringify(
    rules.map(({ rule, needs }) => [rule.id, needs]),
    (_, value) => (typeof value === 'bigint' ? { number: String(value) } : value),
  )
  return createHash('sha256').update(text).digest('base64')
}

const asksForPrograms = (needs: Needs): boolean =>
  valuesOf(needs).some(({ path }) => programPaths.includes(path))

export class RulesByProgram {
  readonly #rules: readonly FindableRule[]
  readonly #all: RuleIndex
  readonly #asksForPrograms: boolean
  /** Two generations, which is a fraction of the work of a list by use: what the older has is taken over when it is seen again. */
  #executables = new Map<string, Executable>()
  #older: ReadonlyMap<string, Executable> = new Map()
  /** By a hash of what remains. */
  readonly #indexes = new Map<string, RuleIndex>()
  #bytes = 0

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map((rule) => ({ rule, needs: rule.needs }))
    this.#all = new RuleIndex(this.#rules)
    this.#asksForPrograms = rules.some(({ needs }) => asksForPrograms(needs))
  }

  get size(): number {
    return this.#rules.length
  }

  /** Of memory, what the indexes by program take, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  /** Rules that no value finds: every event asks for them. */
  get always(): readonly Rule[] {
    return this.#all.always
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): readonly Rule[] {
    if (!this.#asksForPrograms) return this.#all.candidates(activity)
    const { process } = activity
    const program = this.#programOf(process)
    if (program.index === undefined) {
      program.activities += 1
      if (program.activities > enough) program.index = this.#indexFor(process)
    }
    return (program.index ?? this.#all).candidates(activity)
  }

  #programOf(process: Activity['process']): Program {
    const executable = this.#executableOf(process)
    const { applets } = executable
    if (applets === undefined) return executable
    const { program } = process
    const known = applets.get(program)
    if (known !== undefined) return known
    const begun: Program = { activities: 0, index: undefined }
    if (applets.size >= maxApplets) applets.clear()
    applets.set(program, begun)
    return begun
  }

  #executableOf(process: Activity['process']): Executable {
    const { exe } = process
    const known = this.#executables.get(exe)
    if (known !== undefined) return known
    const applets = multiCall.has(process.name) ? new Map<string, Program>() : undefined
    const one = this.#older.get(exe) ?? { activities: 0, index: undefined, applets }
    if (this.#executables.size >= maxExecutables) {
      this.#older = this.#executables
      this.#executables = new Map()
    }
    this.#executables.set(exe, one)
    return one
  }

  #indexFor({ exe, name, program }: Activity['process']): RuleIndex {
    const known = new Map([
      ['process.exe', exe],
      ['process.name', name],
      ['process.program', program],
    ])
    const rules = this.#rules
      .map(({ rule, needs }) => ({ rule, needs: narrowed(needs, known) }))
      .filter(({ needs }) => !isNever(needs))
    const hash = hashOf(rules)
    const same = this.#indexes.get(hash)
    if (same !== undefined) return same
    const index = new RuleIndex(rules)
    const bytes = index.bytes + restBytes
    if (bytes > maxIndexBytes) return this.#all
    if (this.#bytes + bytes > maxBytes) this.#forget()
    this.#indexes.set(hash, index)
    this.#bytes += bytes
    return index
  }

  /** Programs hold their indexes: with all of them goes all memory. */
  #forget(): void {
    this.#indexes.clear()
    this.#executables.clear()
    this.#older = new Map()
    this.#bytes = 0
  }
}
