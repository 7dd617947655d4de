/** The HTTP client of the command line: asks the collector's API and turns what goes wrong into a line with a remedy. */
import { tlsFaultOf } from '#base/tls-fault.ts'
import type { ErrorAnswer, TailDropped, TimelineAnswer, TimelineEvent } from '#proto/api.ts'
import { send } from './transport.ts'

export type ClientErrorCode = 'unreachable' | 'refused' | 'bad_answer'

/** A question that got no answer; the message is one line that says what to try. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  /** True when the same question may be answered later. */
  readonly retryable: boolean

  constructor(code: ClientErrorCode, message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'ClientError'
    this.code = code
    this.retryable = retryable
  }
}

export interface ClientOptions {
  /** Without a trailing slash. */
  readonly collector: string
  readonly token: string | undefined
  /** PEM of the authorities to trust instead of the system's. */
  readonly authority?: Buffer | undefined
  readonly signal: AbortSignal
}

/** Parameters of a question; undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

/** Most events asked for at once: a page is held in memory on both sides. */
const pageEvents = 5_000

/** One line of a server-sent stream; longer ones are an error, not a reason to use up memory. */
const maxStreamLine = 8 << 20

const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause
  if (inner instanceof AggregateError && inner.errors.length > 0) return reasonOf(inner.errors[0])
  if (!(inner instanceof Error)) return String(inner)
  return ('code' in inner && typeof inner.code === 'string' && inner.code) || inner.message
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300)

const errorFrom = async (response: Response): Promise<ClientError> => {
  const text = await response.text().catch(() => '')
  let message = `${response.status} ${response.statusText}`
  try {
    const { error } = JSON.parse(text) as ErrorAnswer
    message = oneLine(error.message)
  } catch {
    message = `${message}; is this a Mayfly collector?`
  }
  return new ClientError('refused', `the collector says: ${message}`, response.status >= 500)
}

const search = (parameters: Parameters): string => {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) given.set(name, String(value))
  }
  return given.toString()
}

export class Client {
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** The JSON answer of a route. */
  async get<T>(route: string, parameters: Parameters = {}): Promise<T> {
    return this.#json(await this.#fetch('GET', route, parameters))
  }

  /** Sends what shall be made, and gives what was made. */
  async post<T>(route: string, body: object): Promise<T> {
    return this.#json(await this.#fetch('POST', route, {}, body))
  }

  async delete(route: string): Promise<void> {
    await this.#fetch('DELETE', route, {})
  }

  async #json<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T
    } catch (cause) {
      throw this.#unreachable(cause, 'the answer broke off')
    }
  }

  /** Pages of a timeline until its end or until `limit` events; the last one says in `next` whether more follow. */
  async *timeline(parameters: Parameters, limit: number): AsyncGenerator<TimelineAnswer> {
    let left = limit
    let cursor: string | undefined
    while (left > 0) {
      const page = await this.get<TimelineAnswer>('timeline', {
        ...parameters,
        limit: Math.min(left, pageEvents),
        cursor,
      })
      left -= page.events.length
      yield page
      // An empty page with a cursor would go round for ever.
      if (page.next === null || page.events.length === 0) return
      cursor = page.next
    }
  }

  /** Stored events as they come, until the stream ends. */
  async *tail(
    parameters: Parameters,
    onConnected: () => void,
  ): AsyncGenerator<TimelineEvent | TailDropped> {
    const response = await this.#fetch('GET', 'tail', parameters)
    onConnected()
    if (!response.body) throw this.#unreachable(undefined, 'the stream is empty')
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const bytes of response.body) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        if (rest.length > maxStreamLine) throw new Error('a line is too long')
        for (const line of lines) {
          if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length))
        }
      }
    } catch (cause) {
      throw this.#unreachable(cause, 'the stream broke off')
    }
  }

  async #fetch(
    method: 'GET' | 'POST' | 'DELETE',
    route: string,
    parameters: Parameters,
    body?: object,
  ): Promise<Response> {
    const { collector, token, authority, signal } = this.#options
    const query = search(parameters)
    let response: Response
    try {
      response = await send(`${collector}/api/v1/${route}${query === '' ? '' : `?${query}`}`, {
        method,
        signal,
        authority,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
    } catch (cause) {
      throw this.#unreachable(cause, 'cannot reach it')
    }
    if (!response.ok) throw await errorFrom(response)
    return response
  }

  #unreachable(cause: unknown, what: string): ClientError {
    const { collector } = this.#options
    const tls = cause instanceof Error ? tlsFaultOf(cause) : undefined
    if (tls !== undefined)
      return new ClientError('unreachable', `collector ${collector}: ${tls.message}`, true, cause)
    const message =
      `collector ${collector}: ${what} (${oneLine(reasonOf(cause))}); ` +
      'is it running ("npm start" or "mayfly collector"), and is --collector right?'
    return new ClientError('unreachable', message, true, cause)
  }
}
