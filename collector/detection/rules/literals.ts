/**
 * Which of many literals a text has, in one pass over it, however many there are and however they overlap: the automaton of
 * Aho and Corasick ("Efficient string matching: an aid to bibliographic search", CACM 18(6), 1975), with the beginning and the end of
 * a text as symbols of their own. Time is linear in the text, and in the literals while it is made. Pure; used by answers.ts.
 *
 * Memory is bounded, and what is told for it errs on one side only: a literal that is there is always found.
 */

export interface Literal {
  readonly how: 'begins' | 'ends' | 'contains'
  readonly text: string
  /** What is told where it is found. */
  readonly number: number
}

/** Of a longer literal, only so much is looked for: its beginning, or its end where a text must end with it. */
const maxLength = 32
/** Four bytes each per kind of character; literals for which there is no room are found in every text. */
const maxStates = 30_000
/**
 * Up to so many literals, V8's own matcher says sooner that a text has none of them: it skips what cannot begin one. It is linear
 * too, for literals alone without quantifiers.
 */
const fewLiterals = 64

const other = 0
const begin = 1
const end = 2
const firstCharacter = 3
const asciiSize = 128

/** Characters of the literals have symbols; all others have one together. */
class Alphabet {
  readonly ascii = new Uint8Array(asciiSize)
  readonly #beyond = new Map<number, number>()
  size = firstCharacter

  learn(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (this.of(code) !== other) continue
      if (code < asciiSize) this.ascii[code] = this.size
      else this.#beyond.set(code, this.size)
      this.size += 1
    }
  }

  /** Of a UTF-16 code unit. */
  of(code: number): number {
    return code < asciiSize ? (this.ascii[code] as number) : (this.#beyond.get(code) ?? other)
  }

  symbolsOf({ how, text }: Literal): readonly number[] {
    const symbols = Array.from({ length: text.length }, (_, at) => this.of(text.charCodeAt(at)))
    if (how === 'begins') return [begin, ...symbols]
    return how === 'ends' ? [...symbols, end] : symbols
  }
}

/** What was read last: the longest beginning of a literal. */
interface State {
  readonly index: number
  readonly children: Map<number, State>
  /** Numbers of the literals that end here. */
  readonly ending: Set<number>
}

/** All literals as one tree of symbols; there is no room for those that are left. */
const treeOf = (literals: readonly Literal[], alphabet: Alphabet) => {
  const states: State[] = []
  const add = (): State => {
    const state = { index: states.length, children: new Map(), ending: new Set<number>() }
    states.push(state)
    return state
  }
  const root = add()
  const left: number[] = []
  for (const literal of literals) {
    const symbols = alphabet.symbolsOf(literal)
    if (literal.text === '' || states.length + symbols.length > maxStates) {
      left.push(literal.number)
      continue
    }
    let state = root
    for (const symbol of symbols) {
      const next = state.children.get(symbol) ?? add()
      state.children.set(symbol, next)
      state = next
    }
    state.ending.add(literal.number)
  }
  return { root, states, left }
}

/**
 * By state and symbol, the next state: where the tree has no branch, the one of the longest suffix of what was read that begins a
 * literal. It is shorter, and the states come in the order of their length; so it is complete by then. What ends there ends here.
 */
const transitionsOf = (root: State, states: readonly State[], size: number): Int32Array => {
  const next = new Int32Array(states.length * size)
  const suffixes = new Int32Array(states.length)
  const queue = [root]
  for (const { index, children, ending } of queue) {
    const suffix = suffixes[index] as number
    for (const number of states[suffix]?.ending ?? []) ending.add(number)
    const [place, elsewhere] = [index * size, suffix * size]
    if (index !== root.index) next.copyWithin(place, elsewhere, elsewhere + size)
    for (const [symbol, child] of children) {
      // Of the root's children the suffix is the root.
      suffixes[child.index] = index === root.index ? root.index : (next[place + symbol] as number)
      next[place + symbol] = child.index
      queue.push(child)
    }
  }
  return next
}

export class Literals {
  readonly #alphabet = new Alphabet()
  /** Places in it are states times symbols; of a state where literals end, the complement stands, which is negative. */
  readonly #next: Int32Array
  /** By state. */
  readonly #ending: readonly (readonly number[])[]
  /** The place in which every text begins. */
  readonly #first: number
  readonly #always: readonly number[]
  readonly #any: RegExp | undefined

  constructor(literals: readonly Literal[]) {
    const shortened = literals.map(shorten)
    for (const { text } of shortened) this.#alphabet.learn(text)
    const { size } = this.#alphabet
    const { root, states, left } = treeOf(shortened, this.#alphabet)
    this.#next = transitionsOf(root, states, size)
    this.#ending = states.map(({ ending }) => [...ending])
    for (const [at, index] of this.#next.entries()) {
      const place = index * size
      this.#next[at] = (this.#ending[index]?.length ?? 0) > 0 ? ~place : place
    }
    this.#first = this.#next[begin] as number
    this.#always = left
    if (literals.length <= fewLiterals && left.length === 0) this.#any = alternationOf(shortened)
  }

  /** Of memory, as far as it depends on the literals. */
  get bytes(): number {
    return this.#next.byteLength
  }

  /** Calls `found` with the number of each literal that `text` has; with some more than once. */
  find(text: string, found: (number: number) => void): void {
    if (this.#any?.test(text) === false) return
    for (const number of this.#always) found(number)
    const [next, alphabet] = [this.#next, this.#alphabet]
    const { ascii } = alphabet
    const { length } = text
    let place = this.#first
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at)
      const symbol = code < asciiSize ? (ascii[code] as number) : alphabet.of(code)
      place = next[place + symbol] as number
      if (place < 0) {
        place = ~place
        this.#tell(place, found)
      }
    }
    const last = next[place + end] as number
    if (last < 0) this.#tell(~last, found)
  }

  #tell(place: number, found: (number: number) => void): void {
    for (const number of this.#ending[place / this.#alphabet.size] ?? []) found(number)
  }
}

const shorten = (literal: Literal): Literal => {
  const { how, text } = literal
  if (text.length <= maxLength) return literal
  return { ...literal, text: how === 'ends' ? text.slice(-maxLength) : text.slice(0, maxLength) }
}

const alternationOf = (literals: readonly Literal[]): RegExp => {
  const patterns = literals.map(({ how, text }) => {
    const literal = RegExp.escape(text)
    return how === 'begins' ? `^${literal}` : how === 'ends' ? `${literal}$` : literal
  })
  return new RegExp([...new Set(patterns)].join('|'))
}
