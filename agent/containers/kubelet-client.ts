/**
 * Asks the node's kubelet for its pod list: GET /pods, one request and one connection at a time, with a token that is read again
 * from its file at least once a minute and after a 401. No Kubernetes library: it would double the agent's memory.
 *
 * Called by the cache of names. Every failure is a KubeletError.
 */
import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isIP } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { parseJsonObject } from './json-shape.ts'
import { connectionError, KubeletError, statusError } from './kubelet-error.ts'
import { connectKubelet, type KubeletIdentity, type KubeletTrust } from './kubelet-trust.ts'

export interface KubeletClientOptions {
  /** `https://host:10250`, or, given explicitly, `http://host:10255` of the old read-only port. */
  readonly url: string
  /** Expected in the kubelet's certificate when the URL holds an address. */
  readonly nodeName?: string
  readonly trust: KubeletTrust
  /** File with the bearer token; never sent over http. */
  readonly tokenFile?: string
  readonly clock: Clock
  /** For everything from the connection to the last byte. Default 10 s. */
  readonly timeoutMs?: number
  /** Largest answer. Default 64 MiB. */
  readonly responseBytesMax?: number
}

/** Where pod lists come from; the cache of names knows no more of the kubelet. */
export interface PodLister {
  /** The parsed PodList, not validated below `items`; rejects with KubeletError. */
  listPods(): Promise<PodListAnswer>
}

export interface PodListAnswer {
  readonly items: readonly unknown[]
  readonly sizeBytes: number
}

const timeoutMsDefault = 10_000
const responseBytesMaxDefault = 64 << 20
const tokenMaxAgeMs = 60_000
const tokenBytesMax = 64 << 10

export class KubeletClient implements PodLister {
  readonly #options: KubeletClientOptions
  readonly #url: URL
  #token = ''
  #tokenReadMs = Number.NEGATIVE_INFINITY
  /** How the kubelet proved itself last time; undefined before the first connection. */
  identity: KubeletIdentity | undefined

  /** Throws KubeletError when the URL is none. */
  constructor(options: KubeletClientOptions) {
    this.#options = options
    this.#url = parseKubeletUrl(options.url)
  }

  /** True when any certificate is accepted: for a metric, and a warning at start. */
  get insecure(): boolean {
    return this.#url.protocol === 'https:' && this.#options.trust.insecure
  }

  async listPods(): Promise<PodListAnswer> {
    try {
      return await this.#ask()
    } catch (error) {
      const rejected = error instanceof KubeletError && error.code === 'unauthorized'
      const before = this.#token
      if (!rejected || this.#readToken(true) === before) throw error
      return this.#ask()
    }
  }

  async #ask(): Promise<PodListAnswer> {
    const timeoutMs = this.#options.timeoutMs ?? timeoutMsDefault
    const late = new KubeletError(
      'timeout',
      `${this.#url.host} did not answer within ${timeoutMs} ms: the kubelet is overloaded or hangs`,
    )
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(late), timeoutMs)
    try {
      const body = await this.#get(abort.signal)
      return { items: parsePodList(body, this.#url.host), sizeBytes: body.length }
    } catch (error) {
      throw abort.signal.aborted ? late : connectionError(error, this.#url.host)
    } finally {
      clearTimeout(timer)
    }
  }

  async #get(signal: AbortSignal): Promise<Buffer> {
    const message = await this.#send(signal)
    const status = message.statusCode ?? 0
    if (status !== 200) {
      message.destroy()
      throw statusError(status, this.#url.host)
    }
    const bytesMax = this.#options.responseBytesMax ?? responseBytesMaxDefault
    const parts: Buffer[] = []
    let sizeBytes = 0
    for await (const part of message) {
      sizeBytes += part.length
      if (sizeBytes > bytesMax) {
        message.destroy()
        throw new KubeletError(
          'too_large',
          `${this.#url.host} answered with more than ${bytesMax} bytes: that is no pod list of one node`,
        )
      }
      parts.push(part)
    }
    return Buffer.concat(parts, sizeBytes)
  }

  /** Sends the request over a connection that has proved itself; resolves with the head of the answer. */
  async #send(signal: AbortSignal): Promise<IncomingMessage> {
    const host = hostOf(this.#url)
    const secure = this.#url.protocol === 'https:'
    const port = portOf(this.#url, this.#options.url)
    const headers: Record<string, string> = {
      accept: 'application/json',
      host: this.#url.host,
      connection: 'close',
    }
    if (!secure) {
      this.identity = 'plain'
      return response(request({ host, port, path: '/pods', headers, agent: false, signal }))
    }
    const target = { host, port, nodeName: this.#options.nodeName ?? '' }
    const token = this.#readToken(false)
    const { socket, identity } = await connectKubelet(target, this.#options.trust, signal)
    this.identity = identity
    if (token !== '') headers.authorization = `Bearer ${token}`
    return response(request({ path: '/pods', headers, signal, createConnection: () => socket }))
  }

  #readToken(force: boolean): string {
    const { tokenFile, clock } = this.#options
    if (tokenFile === undefined) return ''
    const nowMs = clock.monotonicMs()
    if (!force && nowMs - this.#tokenReadMs < tokenMaxAgeMs) return this.#token
    try {
      this.#token = readFileSync(tokenFile, 'utf8').trim()
    } catch (error) {
      throw new KubeletError(
        'credentials',
        `--kubelet-token-file: cannot read ${tokenFile} (${(error as Error).message})`,
        error,
      )
    }
    if (!/^[\x21-\x7e]+$/.test(this.#token) || this.#token.length > tokenBytesMax)
      throw new KubeletError('credentials', `--kubelet-token-file: ${tokenFile} holds no token`)
    this.#tokenReadMs = nowMs
    return this.#token
  }
}

/** Resolves with the head of the answer. */
const response = (sent: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.end()
  })

/** The host without the brackets that an IPv6 address has in a URL. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** The kubelet's own port when the URL names none; URL drops the 443 that somebody wrote. */
const portOf = (url: URL, text: string): number => {
  if (url.port !== '') return Number(url.port)
  if (url.protocol === 'http:') return 80
  return /:443\/?$/.test(text) ? 443 : 10_250
}

/** Checks a kubelet URL; throws KubeletError `unreachable` that says what is wrong with it. */
export const parseKubeletUrl = (text: string): URL => {
  // A bare IPv6 address is what the downward API gives.
  const url = URL.parse(isIP(text) === 6 ? `https://[${text}]:10250` : text)
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.hostname === ''
  )
    throw new KubeletError(
      'unreachable',
      `--kubelet-url: "${text}" is no URL: write https://ADDRESS:10250, with brackets around IPv6`,
    )
  if (
    url.username !== '' ||
    (url.pathname !== '/' && url.pathname !== '/pods') ||
    url.search !== ''
  )
    throw new KubeletError(
      'unreachable',
      `--kubelet-url: "${text}" must hold scheme, host and port only`,
    )
  return url
}

const parsePodList = (body: Buffer, target: string): readonly unknown[] => {
  const list = parseJsonObject(body.toString('utf8'))
  const items = list?.items
  if (list === undefined)
    throw new KubeletError(
      'garbage',
      `${target} answered with ${body.length} bytes that are no JSON object: this is no kubelet`,
    )
  // An empty list is `items: null` in Go's JSON.
  if (list.kind !== 'PodList' || !(Array.isArray(items) || items === null))
    throw new KubeletError(
      'garbage',
      `${target} answered with JSON that is no PodList: this is no kubelet`,
    )
  return items ?? []
}
