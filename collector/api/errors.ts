/** What goes wrong between a client and the API; every error answer is made from one of these. */
import type { ErrorAnswer } from '#proto/api.ts'

const statusByCode = {
  bad_parameter: 400,
  unknown_parameter: 400,
  bad_cursor: 400,
  bad_body: 400,
  unauthorized: 401,
  forbidden_host: 403,
  forbidden_origin: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  audit_busy: 429,
  too_many_requests: 429,
  too_many_tails: 503,
  identity_unavailable: 503,
  store_unavailable: 503,
  store_timeout: 504,
  internal: 500,
} as const

export type ApiErrorCode = keyof typeof statusByCode
export const apiErrorCodes = Object.keys(statusByCode) as readonly ApiErrorCode[]

/** A failed request: code for programs, message for people, field where one parameter is to blame. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly field: string | undefined

  constructor(code: ApiErrorCode, message: string, field?: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ApiError'
    this.code = code
    this.field = field
  }

  get status(): number {
    return statusByCode[this.code]
  }

  answer(): ErrorAnswer {
    const { code, message, field } = this
    return { error: { code, message, ...(field !== undefined && { field }) } }
  }
}
