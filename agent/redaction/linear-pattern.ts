/**
 * Decides whether a person's own regular expression may run on every argv of a node. JavaScript's engine backtracks; a pattern that
 * can make it do so without bound would let any container stop the agent. Called once per pattern, at start.
 *
 * Rule: per starting position an accepted pattern tries at most `waysMax` ways, whatever the text: so its time is linear.
 */

/** Product of the choices that a pattern may leave open: `{0,64}` counts 65, `a|b` counts 2. */
export const waysMax = 4096

/** What is wrong with a pattern, in words that continue "pattern X "; undefined when it is linear. */
export type PatternFault = string | undefined

interface Part {
  /** Ways to match at one position. */
  readonly ways: number
  /** Contains a quantifier other than `?`, or alternatives. */
  readonly open: boolean
  /** Ends in a quantifier without an upper bound. */
  readonly unbounded: boolean
}

class Fault extends Error {}

/** A recursive-descent reader of the syntax that matters here; RegExp itself has checked the rest. */
class PatternReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  alternatives(): Part {
    let [ways, open, unbounded] = [0, false, false]
    for (;;) {
      const branch = this.#sequence()
      ways += branch.ways
      open ||= branch.open
      unbounded ||= branch.unbounded
      if (this.#source[this.#at] !== '|') return { ways, open, unbounded }
      this.#at += 1
      open = true
    }
  }

  #sequence(): Part {
    let part: Part = { ways: 1, open: false, unbounded: false }
    for (;;) {
      const next = this.#source[this.#at]
      if (next === undefined || next === '|' || next === ')') return part
      if (part.unbounded) {
        throw new Fault(
          'has an unbounded quantifier (*, + or {n,}) before its end: write an upper bound, such as {1,64}',
        )
      }
      const item = this.#quantified(this.#atom())
      const ways = part.ways * item.ways
      if (ways > waysMax) {
        throw new Fault(
          `leaves more than ${waysMax} ways to match: use fewer or smaller quantifiers`,
        )
      }
      part = { ways, open: part.open || item.open, unbounded: item.unbounded }
    }
  }

  #atom(): Part {
    const source = this.#source
    const plain: Part = { ways: 1, open: false, unbounded: false }
    const first = source[this.#at]
    if (first === '\\') {
      const next = source[this.#at + 1] ?? ''
      if (/[1-9]/.test(next) || (next === 'k' && source[this.#at + 2] === '<')) {
        throw new Fault('has a backreference, which cannot be matched in linear time')
      }
      this.#at += 2
      // \u{…}, \p{…}: the braces belong to the escape.
      if (/[upP]/.test(next) && source[this.#at] === '{') this.#skipPast('}')
      return plain
    }
    if (first === '[') {
      this.#skipClass()
      return plain
    }
    this.#at += 1
    if (first !== '(') return plain
    const prefix = /^\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)/.exec(source.slice(this.#at, this.#at + 80))
    this.#at += prefix?.[0].length ?? 0
    const group = this.alternatives()
    this.#at += 1
    return group
  }

  #quantified(atom: Part): Part {
    const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(
      this.#source.slice(this.#at, this.#at + 32),
    )
    if (match === null) return atom
    this.#at += match[0].length
    const [, sign, from, comma, to] = match
    if (sign === '?') return { ...atom, ways: atom.ways + 1, open: atom.open }
    if (from !== undefined && comma === '' && !atom.open) return atom
    if (atom.open || atom.unbounded) {
      throw new Fault('has a quantifier on a group that itself has quantifiers or alternatives')
    }
    if (sign !== undefined || to === '') return { ways: 2, open: true, unbounded: true }
    return { ways: Number(to ?? from) - Number(from) + 1, open: true, unbounded: false }
  }

  #skipPast(character: string): void {
    const end = this.#source.indexOf(character, this.#at)
    this.#at = end === -1 ? this.#source.length : end + 1
  }

  #skipClass(): void {
    for (this.#at += 1; this.#at < this.#source.length; this.#at += 1) {
      if (this.#source[this.#at] === '\\') this.#at += 1
      else if (this.#source[this.#at] === ']') break
    }
    this.#at += 1
  }
}

/** Checks a pattern that RegExp has already accepted. Total. */
export const patternFault = (source: string): PatternFault => {
  try {
    new PatternReader(source).alternatives()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return error.message
    return 'is nested too deeply'
  }
}
