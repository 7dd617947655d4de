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

/** A text that finds an entry. */
type FoundBy = Search & { readonly entry: Entry }

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

/**
 * The literals that a text contains. At each position where any begins, the longest is found, and with it come those that it begins
 * with: no occurrence is missed, however they overlap.
 */
class ContainedTexts {
  /** By literal: the entries of it and of those that it begins with. */
  readonly #entries = new Map<string, Set<Entry>>()
  readonly #each: RegExp

  constructor(searches: readonly FoundBy[]) {
    const texts = [...new Set(searches.map(({ text }) => text))]
    for (const text of texts)
      this.#entries.set(
        text,
        new Set(searches.filter((one) => text.startsWith(one.text)).map(({ entry }) => entry)),
      )
    const longestFirst = texts.toSorted((a, b) => b.length - a.length)
    this.#each = new RegExp(longestFirst.map((text) => RegExp.escape(text)).join('|'), 'g')
  }

  find(value: string, found: Entry[]): void {
    const each = this.#each
    each.lastIndex = 0
    for (let match = each.exec(value); match !== null; match = each.exec(value)) {
      for (const entry of this.#entries.get(match[0]) ?? none) found.push(entry)
      each.lastIndex = match.index + 1
    }
  }
}

/** The rules that are found by values at one path. */
class PathIndex {
  readonly #equals = new Map<Scalar, Entry[]>()
  readonly #atEnds: FoundBy[] = []
  readonly #contained: ContainedTexts | undefined
  /** Most texts begin and end with none of them, and stop here. */
  readonly #anyAtEnd: RegExp | undefined

  constructor(keys: readonly { readonly need: ValueNeed; readonly entry: Entry }[]) {
    const contained: FoundBy[] = []
    for (const { need, entry } of keys)
      for (const value of new Set(need.values)) {
        const [how, text] = [need.how, String(value)]
        if (how === 'equals') this.#equals.set(value, [...(this.#equals.get(value) ?? none), entry])
        else if (how === 'contains') contained.push({ how, text, entry })
        else if (how === 'begins' || how === 'ends') this.#atEnds.push({ how, text, entry })
      }
    if (contained.length > 0) this.#contained = new ContainedTexts(contained)
    if (this.#atEnds.length > 0) this.#anyAtEnd = alternationOf(this.#atEnds)
  }

  /** Adds the entries that a value asks for; an entry may come twice. */
  readonly look = (value: Scalar, found: Entry[]): boolean => {
    for (const entry of this.#equals.get(value) ?? none) found.push(entry)
    if (this.#anyAtEnd?.test(value as string)) this.#lookAtEnds(value as string, found)
    this.#contained?.find(value as string, found)
    return false
  }

  #lookAtEnds(value: string, found: Entry[]): void {
    for (const { how, text, entry } of this.#atEnds)
      if (how === 'begins' ? value.startsWith(text) : value.endsWith(text)) found.push(entry)
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
    const paths = new Map<string, { readonly need: ValueNeed; readonly entry: Entry }[]>()
    for (const rule of rules) {
      const entry = { rule, mayHold: checkOf(rule.needs) }
      const keys = keysOf(rule.needs)
      if (keys === undefined) always.push(entry)
      for (const need of keys?.needs ?? [])
        paths.set(need.path, [...(paths.get(need.path) ?? []), { need, entry }])
    }
    this.#always = always
    this.#visits = [...paths].map(([path, keys]) => visitor(path, new PathIndex(keys).look))
  }

  /** Rules that no value finds: every event asks for them. */
  get always(): readonly Rule[] {
    return this.#always.map(({ rule }) => rule)
  }

  /** The rules that this can satisfy, each once. */
  candidates(activity: Activity): readonly Rule[] {
    const found = this.#always.slice()
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
