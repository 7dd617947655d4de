/** Reads foreign JSON field by field: whatever is not of the expected shape is absent, and nothing throws. */

export type JsonObject = Readonly<Record<string, unknown>>

/** An object, not null and not an array; undefined otherwise. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined

/** The elements of an array; none for anything else. */
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** An own field, so that `__proto__` and `constructor` are names like any other. */
export const field = (object: JsonObject | undefined, name: string): unknown =>
  object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined

/** A string of at most `charsMax` characters without control characters; empty otherwise. */
export const asText = (value: unknown, charsMax: number): string =>
  typeof value === 'string' && value.length <= charsMax && !/[\u0000-\u001f\u007f]/.test(value)
    ? value
    : ''

/** Parses JSON to an object; undefined for whatever is none. */
export const parseJsonObject = (text: string): JsonObject | undefined => {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The string fields of an object, at most `entriesMax` of them; others are left out. */
export const asStringMap = (
  value: unknown,
  limits: { readonly entriesMax: number; readonly charsMax: number },
): Readonly<Record<string, string>> => {
  const entries: [string, string][] = []
  for (const [key, entry] of Object.entries(asObject(value) ?? {})) {
    if (entries.length >= limits.entriesMax) break
    if (typeof entry !== 'string' || entry.length > limits.charsMax) continue
    if (key.length <= limits.charsMax) entries.push([key, entry])
  }
  return Object.fromEntries(entries)
}
