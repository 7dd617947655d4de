/**
 * One question whose answer may be of any size, take any time and be anything: what a support bundle asks is often broken. Called by
 * collector-parts.ts and program-parts.ts.
 */
import { tlsFaultOf } from '#base/tls-fault.ts'
import { send } from '../transport.ts'

/** Why a part is not there; the message is a line without addresses or names. */
export class PartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'PartError'
  }
}

export interface LimitedGetOptions {
  readonly token?: string | undefined
  /** PEM of the authorities to trust instead of the system's. */
  readonly authority?: Buffer | undefined
  /** Ends the question. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly maxBytes: number
}

export interface LimitedAnswer {
  readonly status: number
  readonly body: string
}

/** Error codes of Node and the system; a message may name hosts, these do not. */
const codeOf = (error: unknown): string | undefined => {
  const inner = error instanceof AggregateError ? error.errors[0] : error
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined
  return typeof code === 'string' ? code : undefined
}

const reasonOf = (error: unknown): string => {
  const tls = error instanceof Error ? tlsFaultOf(error) : undefined
  if (tls !== undefined) return `TLS: ${tls.kind}`
  // transport.ts has no code for it.
  if (error instanceof Error && error.message.startsWith('it redirects')) return error.message
  return codeOf(error) ?? 'the answer broke off'
}

const readBody = async (response: Response, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength
    // Leaving the loop cancels the stream, and with it the connection.
    if (sizeBytes > maxBytes) throw new PartError(`the answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The answer whatever its status. @throws PartError when there is none within the limits. */
export const limitedGet = async (
  url: string,
  options: LimitedGetOptions,
): Promise<LimitedAnswer> => {
  const { token, authority, signal, timeoutMs, maxBytes } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await send(url, {
      method: 'GET',
      signal: AbortSignal.any([signal, timeout]),
      authority,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      body: undefined,
    })
    return { status: response.status, body: await readBody(response, maxBytes) }
  } catch (error) {
    if (error instanceof PartError) throw error
    // An answer that is ended from here breaks off like any other.
    if (signal.aborted) throw new PartError('interrupted', error)
    if (timeout.aborted) throw new PartError(`no whole answer within ${timeoutMs / 1000} s`, error)
    throw new PartError(reasonOf(error), error)
  }
}
