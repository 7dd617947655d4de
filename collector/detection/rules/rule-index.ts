/**
 * Rules, found by the values that their conditions need: one look at a field asks for all rules at once. Never leaves out a rule
 * that would match. Made by rules-by-program.ts.
 */
import type { Activity } from '../fields.ts'
import { Answers } from './answers.ts'
import type { Needs, ValueNeed } from './needs.ts'
import { type Check, checkOf, isMade, valuesOf } from './needs-check.ts'
import type { Rule } from './rule.ts'

interface Entry {
  readonly rule: Rule
  /** False where the condition cannot hold: cheaper to ask than the condition. */
  readonly mayHold: Check
}

/**
 * What it costs to find a rule by this, by rule of thumb: mostly how many events it lets through. All rules'
 * texts are searched for in one pass, and the longer a text is, the rarer; a name such as a shell's is common.
 * Undefined for what finds nothing: lists that are not empty, what most events have, and the kind, by which rules are sorted already.
 */
const priceOf = ({ path, how, values }: ValueNeed): number | undefined => {
  if (how === 'differs' || how === 'filled' || path === 'event.kind') return undefined
  if (values.some((value) => value === '' || value === 0n)) return undefined
  const shortest = Math.min(...values.map((value) => String(value).length))
  const each = how === 'equals' ? 2 : 6 / shortest
  return each + values.length * 0.01 + (isMade(path) ? 5 : 0) + (path.includes('[]') ? 20 : 0)
}

interface Keys {
  readonly needs: readonly ValueNeed[]
  readonly price: number
}

/** The needs to find a rule by: whenever its condition holds, one of them is met. Undefined where there are none. */
const keysOf = (needs: Needs): Keys | undefined => {
  switch (needs.kind) {
    case 'value': {
      const price = priceOf(needs)
      return price === undefined ? undefined : { needs: [needs], price }
    }
    case 'any': {
      const parts = needs.parts.map(keysOf)
      if (!parts.every((part) => part !== undefined)) return undefined
      return {
        needs: parts.flatMap((part) => part.needs),
        price: parts.reduce((sum, { price }) => sum + price, 0),
      }
    }
    case 'all':
      return needs.parts
        .map(keysOf)
        .filter((part) => part !== undefined)
        .toSorted((a, b) => a.price - b.price)[0]
    case 'unknown':
      return undefined
  }
}

/** A rule, and what it needs of the activities that an index is asked about. */
export interface FindableRule {
  readonly rule: Rule
  readonly needs: Needs
}

const noRules: readonly Rule[] = []
const noEntries: readonly Entry[] = []

export class RuleIndex {
  readonly #answers: Answers
  readonly #always: readonly Entry[]
  /** By the number of the question that finds them. */
  readonly #found: readonly (readonly Entry[])[]
  /** One for each path that finds rules. */
  readonly #reads: readonly (() => void)[]

  constructor(rules: readonly FindableRule[]) {
    this.#answers = new Answers(rules.flatMap(({ needs }) => valuesOf(needs)))
    const always: Entry[] = []
    const found = Array.from({ length: this.#answers.size }, (): Entry[] => [])
    const reads = new Map<string, () => void>()
    for (const { rule, needs } of rules) {
      const entry = { rule, mayHold: checkOf(needs, this.#answers) }
      const keys = keysOf(needs)
      if (keys === undefined) always.push(entry)
      for (const need of keys?.needs ?? []) {
        const { number, read } = this.#answers.asked(need)
        found[number]?.push(entry)
        reads.set(need.path, read)
      }
    }
    this.#always = always
    this.#found = found
    this.#reads = [...reads.values()]
  }

  /** Of memory, as far as it depends on the literals. */
  get bytes(): number {
    return this.#answers.bytes
  }

  /** Rules that no value finds: every event asks for them. */
  get always(): readonly Rule[] {
    return this.#always.map(({ rule }) => rule)
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): readonly Rule[] {
    const answers = this.#answers
    answers.turnTo(activity)
    let rules = noRules
    for (const { rule, mayHold } of this.#always) if (mayHold()) rules = [...rules, rule]
    for (const read of this.#reads) read()
    // What the checks read on their way adds to what is met, and finds nothing new.
    for (let at = 0; at < answers.metCount; at += 1)
      for (const { rule, mayHold } of this.#found[answers.met[at] as number] ?? noEntries)
        if (mayHold() && !rules.includes(rule)) rules = [...rules, rule]
    return rules
  }
}
