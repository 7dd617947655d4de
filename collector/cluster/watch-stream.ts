/**
 * How the cluster's lists and watches travel: what the Kubernetes client's ListWatch is given in the place of its own transport.
 * Ours reads lists in pages, reduces every object before anything keeps it, bounds lines, sees when a connection has gone quiet,
 * and reads authority and token anew for each connection. Called by watched.ts.
 */
import type { IncomingMessage } from 'node:http'
import { Agent } from 'node:https'
import { KubeError, statusMessage } from '../kube/kube-error.ts'
import {
  asKubeError,
  createKubeCall,
  createKubeTransport,
  type KubeCall,
  type KubeTransport,
  receive,
} from '../kube/kube-http.ts'
import type { KubePlace } from '../kube/kube-place.ts'
import { asList, asObject, asText } from './json.ts'
import { readLines } from './lines.ts'
import type { Kept } from './objects.ts'
import type { Resource } from './resources.ts'

/** Objects in one page of a list, as kubectl asks for. */
const pageSize = 500
/** A page of objects with everything in them. */
const maxPageBytes = 64 * 1024 * 1024
const pageTimeoutMs = 30_000
/** The API server ends a watch then; between 5 and 10 minutes are usual. */
const watchSeconds = 300
/** A bookmark comes every minute: what is silent for longer is a connection whose other end is gone. */
const quietMs = 150_000
/** A list has no more pages than this: whoever never ends is no API server. */
const maxPages = 2_000
/** The longest that an overloaded API server is waited for. */
const maxRetryAfterMs = 60_000
/** Until the answer to a watch begins. */
const openTimeoutMs = 15_000

/** Failures carry the status that ListWatch looks at. */
export class WatchError extends Error {
  readonly statusCode: number
  /** As the API server asks with 429; 0 for nothing asked. */
  readonly retryAfterMs: number

  constructor(statusCode: number, message: string, retryAfter = '') {
    super(message)
    this.name = 'WatchError'
    this.statusCode = statusCode
    const seconds = Number(retryAfter)
    this.retryAfterMs = seconds > 0 ? Math.min(seconds * 1_000, maxRetryAfterMs) : 0
  }
}

export interface StreamCounts {
  /** Lines that were no JSON or too long. */
  unreadable: number
  /** Objects beyond the most that are remembered. */
  leftOut: number
}

/** Every method rejects or ends with KubeError or WatchError. */
export interface KubeStreams {
  readonly pages: KubeTransport
  readonly open: KubeCall
  readonly url: string
  close(): void
}

export interface StreamTimes {
  readonly quietMs: number
  readonly openTimeoutMs: number
}

export const openStreams = ({ url, caFile, tokenFile }: KubePlace): KubeStreams => {
  const options = {
    caFile,
    tokenFile,
    answerTimeoutMs: pageTimeoutMs,
    maxAnswerBytes: maxPageBytes,
  }
  const agent = new Agent({ keepAlive: false })
  return {
    pages: createKubeTransport(options),
    open: createKubeCall(options, agent),
    url,
    close: () => agent.destroy(),
  }
}

const acceptOf = ({ metadataOnly }: Resource<Kept>, kind: string): string =>
  metadataOnly
    ? `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`
    : 'application/json'

const said = (status: number, body: string): string => {
  const message = statusMessage(body)
  return message === '' ? `the API server answers ${status}` : message
}

/** Everything there is of a resource, reduced; at most its `max`. */
export const listAll = async <T extends Kept>(
  { pages, url }: KubeStreams,
  resource: Resource<T>,
  counts: StreamCounts,
): Promise<{ items: T[]; metadata: { resourceVersion: string } }> => {
  const items: T[] = []
  let resourceVersion = ''
  let next = ''
  let pageCount = 0
  do {
    pageCount += 1
    if (pageCount > maxPages) throw new KubeError('malformed', 'its list has no end')
    const query = new URLSearchParams({ limit: String(pageSize) })
    if (resource.fieldSelector !== undefined) query.set('fieldSelector', resource.fieldSelector)
    if (next !== '') query.set('continue', next)
    const { status, headers, body } = await pages({
      url: `${url}${resource.path}?${query}`,
      method: 'GET',
      headers: { accept: acceptOf(resource, 'PartialObjectMetadataList') },
      body: undefined,
    })
    if (status !== 200) throw new WatchError(status, said(status, body), headers['retry-after'])
    let page: unknown
    try {
      page = JSON.parse(body)
    } catch {
      throw new KubeError('malformed', 'its list is not JSON')
    }
    const { metadata, items: listed } = asObject(page)
    if (!Array.isArray(listed)) throw new KubeError('malformed', 'its list has no items')
    for (const raw of asList(listed)) {
      const kept = resource.keep(raw)
      if (kept.metadata.name === '') counts.unreadable += 1
      else if (items.length >= resource.max) counts.leftOut += 1
      else items.push(kept)
    }
    resourceVersion = asText(asObject(metadata).resourceVersion)
    next = asText(asObject(metadata).continue, 65_536)
  } while (next !== '')
  return { items, metadata: { resourceVersion } }
}

/** By its name ListWatch goes on from the last version at once. */
const silence = (): Error => Object.assign(new Error('silent'), { name: 'TimeoutError' })

export const isSilence = (error: unknown): boolean =>
  error instanceof Error && error.name === 'TimeoutError'

export interface WatchHandlers<T> {
  /** `BOOKMARK` and `ERROR` come with what ListWatch reads of them. */
  readonly onChange: (type: string, object: T) => void
  /** Once; null for an end that is no failure. */
  readonly onDone: (error: unknown) => void
  /** The stream is open, or something came. */
  readonly onAlive: () => void
}

/** Follows a resource from a version on; returns what ends it. */
export const watchFrom = <T extends Kept>(
  { open, url }: KubeStreams,
  resource: Resource<T>,
  query: Readonly<Record<string, string>>,
  { onChange, onDone, onAlive }: WatchHandlers<T>,
  counts: StreamCounts,
  times: StreamTimes = { quietMs, openTimeoutMs },
): AbortController => {
  const controller = new AbortController()
  const { signal } = controller
  let isDone = false
  let timer: NodeJS.Timeout | undefined
  const done = (error: unknown): void => {
    if (isDone) return
    isDone = true
    clearTimeout(timer)
    controller.abort()
    onDone(error)
  }
  const within = (ms: number, late: () => Error): void => {
    clearTimeout(timer)
    timer = setTimeout(() => done(late()), ms)
    timer.unref()
  }
  const unanswered = () => new KubeError('timeout', 'it does not answer in time')

  const handle = (line: string): void => {
    if (isDone) return
    let change: unknown
    try {
      change = JSON.parse(line)
    } catch {
      counts.unreadable += 1
      // Whatever it was is missing now: everything is listed anew.
      done(new WatchError(410, 'a line of the watch was no JSON'))
      return
    }
    const { type, object } = asObject(change)
    if (type === 'ERROR') {
      const { code, message } = asObject(object)
      done(new WatchError(typeof code === 'number' ? code : 500, asText(message, 300)))
      return
    }
    const kept = resource.keep(object)
    const isChange = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED'
    const isBookmark = type === 'BOOKMARK' && kept.metadata.resourceVersion !== ''
    if (isBookmark || (isChange && kept.metadata.name !== '')) onChange(type, kept)
    else counts.unreadable += 1
  }

  const run = async (): Promise<void> => {
    const parameters = new URLSearchParams({
      ...query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(watchSeconds),
    })
    within(times.openTimeoutMs, unanswered)
    let response: IncomingMessage
    try {
      response = await open(
        {
          url: `${url}${resource.path}?${parameters}`,
          method: 'GET',
          headers: { accept: acceptOf(resource, 'PartialObjectMetadata') },
          body: undefined,
        },
        signal,
      )
    } catch (error) {
      done(asKubeError(error, false))
      return
    }
    const status = response.statusCode ?? 0
    if (status !== 200) {
      const body = await receive(response).catch(() => '')
      done(new WatchError(status, said(status, body), response.headers['retry-after']))
      return
    }
    onAlive()
    within(times.quietMs, silence)
    const read = readLines({
      onLine: handle,
      onSkipped: () => {
        counts.unreadable += 1
      },
    })
    response.on('data', (part: Buffer) => {
      within(times.quietMs, silence)
      onAlive()
      read(part)
    })
    response.once('end', () => done(null))
    response.once('error', (error) => done(asKubeError(error, false)))
    response.once('close', () => done(null))
  }
  void run()
  return controller
}
