/** Kernel bytes to text without losing a byte: valid UTF-8 as it is, anything else escaped and said so. */
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decodeStrict = (bytes: Uint8Array): string | undefined => {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Length of the valid UTF-8 sequence at `at`, or 0. RFC 3629, with the tight second-byte bounds. */
const sequenceLength = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
  if (length === 0 || at + length > bytes.length) return 0
  return decodeStrict(bytes.subarray(at, at + length)) === undefined ? 0 : length
}

/** `\` doubled and every stray byte as `\xNN`: reversible. */
export const escapeBytes = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length === 0) {
      parts.push(`\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`)
      at += 1
      continue
    }
    const character = decodeStrict(bytes.subarray(at, at + length)) ?? ''
    parts.push(character === '\\' ? '\\\\' : character)
    at += length
  }
  return parts.join('')
}

export interface DecodedArgv {
  readonly argv: readonly string[]
  /** As ExecEvent.argvEscaped. */
  readonly escaped: boolean
}

/**
 * Splits a NUL-separated argument area. A last element without its NUL is kept (it was cut, or the process overwrote
 * its own area); an empty area is an empty argv.
 */
export const decodeArgv = (area: Uint8Array): DecodedArgv => {
  if (area.length === 0) return { argv: [], escaped: false }
  const end = area[area.length - 1] === 0 ? area.length - 1 : area.length
  const body = area.subarray(0, end)
  const whole = decodeStrict(body)
  if (whole !== undefined) return { argv: whole.split('\0'), escaped: false }
  const argv: string[] = []
  let from = 0
  for (let at = 0; at <= body.length; at += 1) {
    if (at !== body.length && body[at] !== 0) continue
    argv.push(escapeBytes(body.subarray(from, at)))
    from = at + 1
  }
  return { argv, escaped: true }
}
