/**
 * One HTTP request of the command line, over TLS too. Node's fetch takes no authority of one's own, so this gives fetch's Response
 * on top of node:https. Called by client.ts.
 */
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

export interface TransportRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** PEM of the authorities to trust instead of the system's. */
  readonly authority: Buffer | undefined
  readonly signal: AbortSignal
}

/** Statuses for which Response takes no body. */
const bodiless = new Set([204, 205, 304])

const receive = (url: string, options: TransportRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { method, headers, body, authority, signal } = options
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const shared = { method, headers: { ...headers, ...length }, signal }
    const call = url.startsWith('https:')
      ? tlsRequest(url, authority === undefined ? shared : { ...shared, ca: authority })
      : plainRequest(url, shared)
    call.once('response', resolve)
    // Stays, because a socket may also fail after its answer began; the body then tells.
    call.on('error', reject)
    call.end(body)
  })

/** Resolves with the head of any answer but a redirect; rejects with Node's error, whose code says what went wrong. */
export const send = async (url: string, options: TransportRequest): Promise<Response> => {
  const answer = await receive(url, options)
  const { statusCode: status = 0, statusMessage: statusText = '' } = answer
  // It would carry the token to somebody else.
  if (status >= 300 && status < 400 && status !== 304) {
    answer.destroy()
    throw new Error(`it redirects (${status}), which is not followed`)
  }
  if (bodiless.has(status)) {
    answer.resume()
    return new Response(null, { status, statusText })
  }
  return new Response(Readable.toWeb(answer) as ReadableStream, { status, statusText })
}
