/** The one error of the spool. Everything else that goes wrong with the disk becomes memory mode, a gap and a counter. */

/**
 * `locked`: another process uses the directory. `version`: written by a newer Mayfly. `closed`: used after close().
 */
export type SpoolErrorCode = 'locked' | 'version' | 'closed'

export class SpoolError extends Error {
  readonly code: SpoolErrorCode

  constructor(code: SpoolErrorCode, message: string) {
    super(message)
    this.name = 'SpoolError'
    this.code = code
  }
}
