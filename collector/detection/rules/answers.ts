/**
 * What one activity answers to all questions of an index: which of the values that rules need it has. Each value is read once, at
 * the first question about its path, and answers all questions about that path. Used by rule-index.ts and needs-check.ts.
 */
import type { Activity } from '../fields.ts'
import { type Literal, Literals } from './literals.ts'
import type { Scalar, ValueNeed } from './needs.ts'
import { visitorOf } from './paths.ts'

type Meet = (number: number) => void
type Look = (value: Scalar) => void

const equalsLook = (questions: readonly Question[], meet: Meet): Look => {
  const byValue = new Map<Scalar, number[]>()
  for (const { need, number } of questions)
    for (const value of new Set(need.values))
      byValue.set(value, [...(byValue.get(value) ?? []), number])
  return (value) => {
    const numbers = byValue.get(value)
    if (numbers !== undefined) for (const number of numbers) meet(number)
  }
}

const differsLook =
  (questions: readonly Question[], meet: Meet): Look =>
  (value) => {
    for (const { need, number } of questions) if (!need.values.includes(value)) meet(number)
  }

const filledLook =
  (questions: readonly Question[], meet: Meet): Look =>
  (value) => {
    if ((value as string).length > 0) for (const { number } of questions) meet(number)
  }

const literalsOf = (questions: readonly Question[]): Literals =>
  new Literals(
    questions.flatMap(({ need: { how, values }, number }) =>
      values.map((value) => ({ how: how as Literal['how'], text: String(value), number })),
    ),
  )

/** What looks at each value at a path, for all questions about it, and the memory that it takes. */
const lookOf = (
  questions: readonly Question[],
  meet: Meet,
): { readonly look: Look; readonly bytes: number } => {
  const by = Map.groupBy(questions, ({ need: { how } }) =>
    how === 'equals' || how === 'differs' || how === 'filled' ? how : 'literals',
  )
  const literals = by.has('literals') ? literalsOf(by.get('literals') ?? []) : undefined
  const all = [
    ...(by.has('equals') ? [equalsLook(by.get('equals') ?? [], meet)] : []),
    ...(by.has('differs') ? [differsLook(by.get('differs') ?? [], meet)] : []),
    ...(by.has('filled') ? [filledLook(by.get('filled') ?? [], meet)] : []),
    ...(literals === undefined ? [] : [(value: Scalar) => literals.find(value as string, meet)]),
  ]
  const bytes = literals?.bytes ?? 0
  const [only] = all
  if (all.length === 1 && only !== undefined) return { look: only, bytes }
  const look = (value: Scalar): void => {
    for (const one of all) one(value)
  }
  return { look, bytes }
}

interface Question {
  readonly need: ValueNeed
  readonly number: number
}

/** A question that is asked of one activity after the other. */
export interface Asked {
  readonly number: number
  /** Whether the activity of this turn meets the need; more than once, it is read only once. */
  readonly isMet: () => boolean
  /** Reads what is at its path, if nobody has yet. */
  readonly read: () => void
}

const keyOf = ({ path, how, values }: ValueNeed): string =>
  JSON.stringify([path, how, values.map((value) => [typeof value, String(value)])])

export class Answers {
  readonly #questions = new Map<string, Asked>()
  /** By question: the last turn in which it was met. Counts past 2^32, which a busy collector reaches in days. */
  readonly #metIn: Float64Array
  /** Numbers of questions met in this turn, each once, as many as `metCount`. */
  readonly met: Int32Array
  metCount = 0
  /** Of memory, as far as it depends on the literals. */
  bytes = 0
  #turn = 0
  #activity: Activity | undefined

  constructor(needs: readonly ValueNeed[]) {
    const byKey = new Map(needs.map((need) => [keyOf(need), need]))
    const questions = [...byKey.values()].map((need, number) => ({ need, number }))
    this.#metIn = new Float64Array(questions.length)
    this.met = new Int32Array(questions.length)
    const byPath = Map.groupBy(questions, ({ need }) => need.path)
    for (const [path, asked] of byPath) {
      const { look, bytes } = lookOf(asked, (number) => this.#meet(number))
      const visit = visitorOf(path, look)
      this.bytes += bytes
      let readIn = 0
      const read = () => {
        if (readIn === this.#turn) return
        readIn = this.#turn
        visit(this.#activity as Activity)
      }
      for (const { need, number } of asked) {
        const isMet = () => {
          read()
          return this.#metIn[number] === this.#turn
        }
        this.#questions.set(keyOf(need), { number, isMet, read })
      }
    }
  }

  /** How many different questions there are. */
  get size(): number {
    return this.#metIn.length
  }

  /** @throws Error for a need that was not given when this was made. */
  asked(need: ValueNeed): Asked {
    const asked = this.#questions.get(keyOf(need))
    if (asked === undefined) throw new Error(`nobody asks for ${need.path}`)
    return asked
  }

  /** From now on, all questions are about this activity. */
  turnTo(activity: Activity): void {
    this.#activity = activity
    this.#turn += 1
    this.metCount = 0
  }

  #meet(number: number): void {
    if (this.#metIn[number] === this.#turn) return
    this.#metIn[number] = this.#turn
    this.met[this.metCount] = number
    this.metCount += 1
  }
}
