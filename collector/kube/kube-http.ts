/**
 * The HTTP transport under the Kubernetes client: one pool of connections, a time and a size for every answer, and no
 * redirects, as a review carries somebody's token. The client's own transport opens a connection per request and reads
 * without end. Called by kube-client.ts; watches of the cluster (collector/cluster) share its calls.
 *
 * Authority and token are read anew for each request: both are files that rotate.
 */
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { KubeError } from './kube-error.ts'

/** A review takes milliseconds; an agent's own patience for the whole handshake is 10 s. */
export const answerTimeoutMs = 5_000
/** A pod with everything in it is below 1.5 MiB, the limit of etcd. */
export const maxAnswerBytes = 2 * 1024 * 1024
/** Connections to the API server. */
const maxSockets = 32

export interface KubeRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface KubeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface KubeTransportOptions {
  /** PEM of the authorities; undefined trusts the system's. */
  readonly caFile: string | undefined
  /** The collector's own token; undefined sends none. */
  readonly tokenFile: string | undefined
  readonly answerTimeoutMs?: number
  readonly maxAnswerBytes?: number
}

export type KubeTransport = (request: KubeRequest) => Promise<KubeAnswer>

const readOwnFile = (what: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new KubeError('unreachable', `${what} ${file} cannot be read (${code})`, cause)
  }
}

/** A connection of the pool broke: most likely the other end had closed it before it was used again. */
class StaleSocket extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
    this.name = 'StaleSocket'
  }
}

/** The body as text. Rejects with KubeError `malformed` above a size. */
export const receive = (
  response: IncomingMessage,
  maxBytes: number = maxAnswerBytes,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let sizeBytes = 0
    response.on('data', (part: Buffer) => {
      sizeBytes += part.length
      parts.push(part)
      if (sizeBytes <= maxBytes) return
      reject(new KubeError('malformed', `its answer is longer than ${maxBytes} bytes`))
      response.destroy()
    })
    response.once('end', () => resolve(Buffer.concat(parts).toString()))
    response.once('error', reject)
  })

const flatHeaders = (response: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  )

/** Every failure becomes one KubeError; its message names the cause. */
export const asKubeError = (error: unknown, isLate: boolean): KubeError => {
  if (error instanceof KubeError) return error
  if (isLate) return new KubeError('timeout', 'it does not answer in time', error)
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return new KubeError('unreachable', 'connection refused', error)
  if (code === 'ECONNRESET') return new KubeError('unreachable', 'the connection broke', error)
  if (code.startsWith('HPE_')) return new KubeError('malformed', 'what answers is no HTTP', error)
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return new KubeError('unreachable', `its certificate is not trusted (${code})`, error)
  return new KubeError('unreachable', code === '' ? message : code, error)
}

/** One call with the authority and the token of now; resolves when the answer begins, whatever its status. */
export type KubeCall = (request: KubeRequest, signal: AbortSignal) => Promise<IncomingMessage>

/** Rejects with StaleSocket or the system's error. */
export const createKubeCall = (
  { caFile, tokenFile }: Pick<KubeTransportOptions, 'caFile' | 'tokenFile'>,
  agent: Agent,
): KubeCall => {
  return async ({ url, method, headers, body }, signal) => {
    const token = tokenFile === undefined ? undefined : readOwnFile('the token', tokenFile).trim()
    const shared = {
      method,
      headers: {
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      signal,
    }
    const call = url.startsWith('http:')
      ? plainRequest(url, shared)
      : request(url, {
          ...shared,
          agent,
          ...(caFile !== undefined && { ca: readOwnFile('the authority', caFile) }),
        })
    return new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve)
      // Stays, because a socket may also fail after its answer began.
      call.on('error', (error) => reject(call.reusedSocket ? new StaleSocket(error) : error))
      call.end(body)
    })
  }
}

/** Makes the transport; answers of any status resolve, everything else rejects with KubeError. */
export const createKubeTransport = (options: KubeTransportOptions): KubeTransport => {
  const agent = new Agent({ keepAlive: true, maxSockets, timeout: 60_000 })
  const { answerTimeoutMs: timeoutMs = answerTimeoutMs, maxAnswerBytes: maxBytes } = options
  const call = createKubeCall(options, agent)

  const send = async (request: KubeRequest, signal: AbortSignal): Promise<KubeAnswer> => {
    const response = await call(request, signal)
    return {
      status: response.statusCode ?? 0,
      headers: flatHeaders(response),
      body: await receive(response, maxBytes),
    }
  }

  return async (one) => {
    const signal = AbortSignal.timeout(timeoutMs)
    for (;;) {
      try {
        return await send(one, signal)
      } catch (error) {
        // Reviews change nothing, so they can be asked again; each round uses up a connection that was kept.
        if (error instanceof StaleSocket && !signal.aborted) continue
        throw asKubeError(error instanceof StaleSocket ? error.cause : error, signal.aborted)
      }
    }
  }
}
