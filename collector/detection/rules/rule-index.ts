/**
 * Rules of one kind of event, found by the values that their conditions need: one look at a field asks for all rules at once.
 * Never leaves out a rule that would match. Immutable; made by rule-set.ts.
 */
import type { Activity } from '../activity.ts'
import type { Needs, Scalar, ValueNeed } from './needs.ts'
import { alternationOf, checkOf, isMade, type Search, visitor } from './needs-check.ts'
import type { Rule } from './rule.ts'

interface Entry {
  readonly rule: Rule
  /** False where the condition cannot hold: cheaper to ask than the condition. */
  readonly mayHold: (activity: Activity) => boolean
}

/** Texts that are as long as this seldom come by chance. */
const rareLength = 5

/**
 * What it costs to find a rule by this, by rule of thumb: mostly how many events it lets through. A text that is searched for is no
 * dearer than a name, because all rules' texts are searched for in one pass, and names such as those of shells are common.
 * Undefined for what finds nothing: lists that are not empty, what most events have, and the kind, by which rules are sorted already.
 */
const priceOf = ({ path, how, values }: ValueNeed): number | undefined => {
  if (how === 'differs' || how === 'filled' || path === 'event.kind') return undefined
  if (values.some((value) => value === '' || value === 0n)) return undefined
  const isRare = how !== 'equals' && values.every((value) => String(value).length >= rareLength)
  const each = how === 'equals' ? 2 : isRare ? 1 : 5
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

const none: readonly Entry[] = []

/** The rules that are found by values at one path. */
class PathIndex {
  readonly #equals = new Map<Scalar, Entry[]>()
  readonly #searches: (Search & { readonly entry: Entry })[] = []
  /** Most texts hold none of those searched for, and stop here. */
  #anySearch: RegExp | undefined

  add({ how, values }: ValueNeed, entry: Entry): void {
    for (const value of new Set(values)) {
      if (how === 'equals') this.#equals.set(value, [...(this.#equals.get(value) ?? none), entry])
      else if (how === 'begins' || how === 'ends' || how === 'contains')
        this.#searches.push({ how, text: String(value), entry })
    }
    if (this.#searches.length > 0) this.#anySearch = alternationOf(this.#searches)
  }

  /** Adds the entries that a value asks for; an entry may come twice. */
  readonly look = (value: Scalar, found: Entry[]): boolean => {
    for (const entry of this.#equals.get(value) ?? none) found.push(entry)
    if (this.#anySearch?.test(value as string)) this.#search(value as string, found)
    return false
  }

  #search(value: string, found: Entry[]): void {
    for (const { how, text, entry } of this.#searches) {
      const isThere =
        how === 'begins'
          ? value.startsWith(text)
          : how === 'ends'
            ? value.endsWith(text)
            : value.includes(text)
      if (isThere) found.push(entry)
    }
  }
}

const noRules: readonly Rule[] = []

export class RuleIndex {
  readonly #always: readonly Entry[]
  readonly #visits: readonly ((activity: Activity, found: Entry[]) => boolean)[]
  readonly size: number

  constructor(rules: readonly Rule[]) {
    this.size = rules.length
    const always: Entry[] = []
    const paths = new Map<string, PathIndex>()
    for (const rule of rules) {
      const entry = { rule, mayHold: checkOf(rule.needs) }
      const keys = keysOf(rule.needs)
      if (keys === undefined) always.push(entry)
      for (const need of keys?.needs ?? []) {
        const index = paths.get(need.path) ?? new PathIndex()
        paths.set(need.path, index)
        index.add(need, entry)
      }
    }
    this.#always = always
    this.#visits = [...paths].map(([path, index]) => visitor(path, index.look))
  }

  /** Rules that no value finds: every event asks for them. */
  get always(): readonly Rule[] {
    return this.#always.map(({ rule }) => rule)
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): readonly Rule[] {
    const found = [...this.#always]
    for (const visit of this.#visits) visit(activity, found)
    let rules: Rule[] | undefined
    for (const { rule, mayHold } of found) {
      if (!mayHold(activity) || rules?.includes(rule)) continue
      rules ??= []
      rules.push(rule)
    }
    return rules ?? noRules
  }
}
