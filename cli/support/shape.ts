/**
 * Takes out of somebody's JSON what is asked for and nothing else: a support bundle holds the fields that a shape names, whatever a
 * collector answers beside them. Called by collector-parts.ts.
 */

/**
 * `word`: a short value from a vocabulary, a version or a time. `text`: a sentence, cut. `name`: of something in the cluster, which may be
 * replaced by a pseudonym. `counts`: an object of words and numbers. A list of one shape is a list of such things.
 */
export type Shape =
  | 'word'
  | 'text'
  | 'name'
  | 'number'
  | 'flag'
  | 'counts'
  | readonly [Shape]
  | { readonly [field: string]: Shape }

export interface ShapeOptions {
  readonly nameOf: (name: string) => string
}

/** Characters of a sentence, and of a name: Kubernetes allows 253. */
const textCharsMax = 500
const nameCharsMax = 253
/** Entries of a list; agents have the most. */
const listMax = 10_000
/** Fields of an object of counts. */
const countsMax = 200

const word = /^[\w.:+ /-]{0,100}$/

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

const countsOf = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(value)
      .slice(0, countsMax)
      .flatMap(([key, count]) => (/^\w{1,64}$/.test(key) && isNumber(count) ? [[key, count]] : [])),
  )

/** What of the value has the shape; undefined where nothing has, null where null stood. Pure and total. */
export const project = (value: unknown, shape: Shape, options: ShapeOptions): unknown => {
  if (value === null) return null
  if (shape === 'number') return isNumber(value) ? value : undefined
  if (shape === 'flag') return typeof value === 'boolean' ? value : undefined
  if (shape === 'counts') return isObject(value) ? countsOf(value) : undefined
  if (typeof shape === 'string') {
    if (typeof value !== 'string') return undefined
    if (shape === 'word') return word.test(value) ? value : undefined
    if (shape === 'name') return options.nameOf(value.slice(0, nameCharsMax))
    return value.slice(0, textCharsMax)
  }
  if (Array.isArray(shape)) {
    const [inner] = shape as readonly [Shape]
    if (!Array.isArray(value)) return undefined
    return value
      .slice(0, listMax)
      .map((one) => project(one, inner, options))
      .filter((one) => one !== undefined)
  }
  if (!isObject(value)) return undefined
  const taken: Record<string, unknown> = {}
  for (const [field, inner] of Object.entries(shape)) {
    if (!Object.hasOwn(value, field)) continue
    const part = project(value[field], inner, options)
    if (part !== undefined) taken[field] = part
  }
  return Object.keys(taken).length > 0 ? taken : undefined
}
