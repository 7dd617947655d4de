/**
 * Domain names as they stand in a DNS message (RFC 1035, 3.1 and 4.1.4), to text and back to comparison. Pure and total;
 * message.ts and answer-text.ts call it on bytes that any peer may have made up.
 */

/** RFC 1035, 2.3.4: a whole name with its length bytes and the root's, and one label. */
const nameBytesMax = 255
const labelBytesMax = 63
/** A name has no more labels than this, and an honest pointer leads to at least one. */
const pointersMax = 127
/** Names begin after the header of a message. */
const headerBytes = 12

const dot = 0x2e
const backslash = 0x5c

/** Room for a name of nothing but bytes that are written as `\DDD`. */
const scratch = Buffer.alloc(4 * nameBytesMax)

/** A byte as master files write those that are not printable: `\DDD`, decimal (RFC 1035, 5.1). */
export const decimalEscape = (byte: number): string => `\\${String(byte).padStart(3, '0')}`

export interface NameAt {
  /**
   * Case as sent, without the last dot; the root is `.`. A dot or backslash within a label is written `\.` or `\\`, a
   * space and all that is not printable ASCII `\DDD`: two different names never read the same.
   */
  readonly text: string
  /** Offset of what follows the name where it stands, not where its pointers led. */
  readonly end: number
}

/** Writes one label at `to` of the scratch; returns where it ends. */
const writeLabel = (bytes: Uint8Array, from: number, size: number, to: number): number => {
  let at = to
  for (let index = from; index < from + size; index += 1) {
    const byte = bytes[index] as number
    if (byte <= 0x20 || byte >= 0x7f) {
      at += scratch.write(decimalEscape(byte), at, 'latin1')
      continue
    }
    if (byte === dot || byte === backslash) scratch[at++] = backslash
    scratch[at++] = byte
  }
  return at
}

/**
 * The name at `at`; undefined when it is cut, too long, has a label of an unknown kind, or a pointer that does not lead
 * backwards. Each pointer must lead before the labels it follows, so there are no loops.
 */
export const readName = (bytes: Uint8Array, at: number): NameAt | undefined => {
  let here = at
  let labelsFrom = at
  let end = 0
  let pointers = 0
  let nameBytes = 1
  let written = 0
  for (;;) {
    const head = bytes[here]
    if (head === undefined) return undefined
    if (head === 0) break
    if (head >= 0xc0) {
      const low = bytes[here + 1]
      if (low === undefined) return undefined
      const target = ((head & 0x3f) << 8) | low
      pointers += 1
      if (target >= labelsFrom || target < headerBytes || pointers > pointersMax) return undefined
      if (pointers === 1) end = here + 2
      here = target
      labelsFrom = target
      continue
    }
    nameBytes += head + 1
    if (head > labelBytesMax || nameBytes > nameBytesMax) return undefined
    if (here + head >= bytes.length) return undefined
    if (written > 0) scratch[written++] = dot
    written = writeLabel(bytes, here + 1, head, written)
    here += head + 1
  }
  return {
    text: written === 0 ? '.' : scratch.toString('latin1', 0, written),
    end: pointers === 0 ? here + 1 : end,
  }
}
