/**
 * The same paths and names come with every record. Finding the string that was made last time costs a pass over the
 * bytes; decoding it again costs a call out of JavaScript and an allocation.
 */

/** Longer texts are made each time: they hardly repeat. */
const textBytesMax = 1024

interface Entry {
  readonly bytes: Uint8Array
  readonly text: string
}

export class TextCache {
  readonly #make: (bytes: Buffer) => string
  readonly #entriesMax: number
  #entries = new Map<number, Entry>()

  /** `make` must depend on its bytes alone. Full, the cache starts anew. */
  constructor(make: (bytes: Buffer) => string, entriesMax: number) {
    this.#make = make
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** The text made of bytes[start, end). */
  get(bytes: Buffer, start: number, end: number): string {
    if (end - start > textBytesMax) return this.#make(bytes.subarray(start, end))
    const hash = fnv1a(bytes, start, end)
    const known = this.#entries.get(hash)
    if (known !== undefined && equals(known.bytes, bytes, start, end)) return known.text
    const copy = Buffer.from(bytes.subarray(start, end))
    const text = this.#make(copy)
    if (this.#entries.size >= this.#entriesMax) this.#entries = new Map()
    this.#entries.set(hash, { bytes: copy, text })
    return text
  }
}

/** FNV-1a, 32 bits (RFC 9923). */
const fnv1a = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash
}

const equals = (known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean => {
  if (known.length !== end - start) return false
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[start + at]) return false
  return true
}
