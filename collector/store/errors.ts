/** The one error class of the store. Thrown by everything in this folder; read by ingest, the API and the main files. */

/**
 * `engine_absent`: the embedded engine is not installed or does not run on this platform. `engine_start`: it could not
 * be started (locked or unreadable data directory). `newer_data`: written by a newer Mayfly. `unreachable`: no answer
 * from the engine or server. `rejected`: the data or the statement itself is refused, so that a retry cannot help.
 * `limit`: a read ran into its time or memory limit. `bad_query`: the caller's query cannot be understood.
 * `closed`: the store was closed.
 */
export type StoreErrorCode =
  | 'engine_absent'
  | 'engine_start'
  | 'newer_data'
  | 'unreachable'
  | 'rejected'
  | 'limit'
  | 'bad_query'
  | 'closed'

export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

/** ClickHouse codes that mean "these bytes or this statement can never be accepted": parsing, types, unknown columns. */
const permanentCodes: ReadonlySet<number> = new Set([
  6, 8, 16, 26, 27, 33, 38, 41, 43, 46, 47, 53, 62, 69, 70, 72, 80, 117, 130, 131, 158, 306, 349,
  407, 441, 467, 473, 636, 675, 676, 691,
])

/** ClickHouse codes for a statement that ran into its limits: TIMEOUT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES, MEMORY_LIMIT. */
const limitCodes: ReadonlySet<number> = new Set([159, 241, 307, 396])

/** The exception code of an answer that @clickhouse/client turned into an error; undefined for network trouble. */
export const exceptionCode = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const code = Number(error.code)
  return Number.isSafeInteger(code) && code > 0 ? code : undefined
}

/** One line of an error's message, cut to what a person can read. */
export const errorLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message || error.name : String(error)
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** What went wrong, as a StoreError: limits, refusals, and everything else as `unreachable` (worth another try). */
export const storeError = (what: string, error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  const code = exceptionCode(error)
  if (code === undefined)
    return new StoreError('unreachable', `${what}: ${errorLine(error)}`, error)
  if (limitCodes.has(code)) return new StoreError('limit', `${what}: ${errorLine(error)}`, error)
  if (permanentCodes.has(code))
    return new StoreError('rejected', `${what}: ${errorLine(error)}`, error)
  return new StoreError('unreachable', `${what}: ${errorLine(error)}`, error)
}
