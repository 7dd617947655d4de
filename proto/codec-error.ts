/** The one error of proto/codec.ts and its parts, and the range checks that throw it. */

/**
 * `malformed`: not the bytes of the message expected. `limit`: something exceeds proto/limits.ts. `range`: a number
 * outside the range of its field. `reference`: points outside its table. `unknown_kind`: an event, frame or enum value that
 * this version does not know. `decompress`: the payload does not unpack to the size announced.
 */
export type CodecErrorCode =
  | 'malformed'
  | 'limit'
  | 'range'
  | 'reference'
  | 'unknown_kind'
  | 'decompress'

export class CodecError extends Error {
  readonly code: CodecErrorCode

  constructor(code: CodecErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'CodecError'
    this.code = code
  }
}

/** The value itself if it is a whole number from 0 to max; else CodecError `range`, naming the field. */
export const whole = (value: number, max: number, field: string): number => {
  if (value >= 0 && value <= max && Math.floor(value) === value) return value
  throw new CodecError('range', `${field}: must be a whole number from 0 to ${max} (got ${value})`)
}

/** The value itself if it is at most max; else CodecError `limit`, naming what there is too much of. */
export const atMost = (value: number, max: number, what: string): number => {
  if (value <= max) return value
  throw new CodecError('limit', `${what}: ${value} exceeds the limit of ${max}`)
}
