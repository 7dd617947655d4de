/** What can go wrong between the collector and the API server; thrown by kube-client.ts, told to people by review-cache.ts. */

/**
 * `unreachable`: no connection, or TLS failed. `timeout`: no answer in time. `overloaded`: 429. `failed`: another status.
 * `forbidden`: 401 or 403, so the collector's own rights are missing. `malformed`: not the answer of an API server.
 */
export type KubeErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'overloaded'
  | 'failed'
  | 'forbidden'
  | 'malformed'

/** The message is one clause for a person and holds nothing of a token. */
export class KubeError extends Error {
  readonly code: KubeErrorCode

  constructor(code: KubeErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'KubeError'
    this.code = code
  }
}

/** The sentence in a Status object, as the API server explains itself. */
export const statusMessage = (body: unknown): string => {
  let status = body
  try {
    if (typeof body === 'string') status = JSON.parse(body)
  } catch {
    return ''
  }
  const message =
    typeof status === 'object' && status !== null ? (status as { message?: unknown }).message : ''
  return typeof message === 'string' ? message.replace(/\s+/g, ' ').slice(0, 300) : ''
}
