/** Counts what was compared and what differed, field by field: the answer that a guest sends home. */
import { isDeepStrictEqual } from 'node:util'

export interface FieldResult {
  readonly checked: number
  readonly wrong: number
  /** The first few differences, for people. */
  readonly examples: readonly string[]
}

const examplesMax = 3

export class Tally {
  readonly #fields = new Map<string, { checked: number; wrong: number; examples: string[] }>()

  /** Compares one value; a field that was never compared is not in the answer. */
  equal(field: string, found: unknown, wanted: unknown): void {
    const result = this.#fields.get(field) ?? { checked: 0, wrong: 0, examples: [] }
    this.#fields.set(field, result)
    result.checked += 1
    if (isDeepStrictEqual(found, wanted)) return
    result.wrong += 1
    if (result.examples.length < examplesMax)
      result.examples.push(`found ${show(found)}, wanted ${show(wanted)}`)
  }

  get fields(): Readonly<Record<string, FieldResult>> {
    return Object.fromEntries(this.#fields)
  }
}

const show = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 300)
