/**
 * The HTTP side of the collector: the listener for `request` on the server whose upgrades ingest handles. Anything a
 * handler throws becomes a JSON error; nothing a client sends may end the process.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { AccessFacts, AccessLog } from '../identity/access-log.ts'
import type { Identity } from '../identity/identity.ts'
import { collectorReadiness } from '../readiness.ts'
import { StoreError } from '../store/errors.ts'
import { createAudit } from './audit.ts'
import { type Change, type ChangeSources, requireOwnOrigin } from './changes.ts'
import { confine } from './confine.ts'
import { ApiError } from './errors.ts'
import { addressOf, Guard, type GuardOptions } from './guard.ts'
import { readJson } from './json-body.ts'
import type { LiveEvents } from './live.ts'
import { openApiDocument } from './openapi.ts'
import { findPlace, methodsAt, noSuchRoute, operationAt, type Place } from './paths.ts'
import { parseQuery } from './query.ts'
import { type RouteSources, routes, tailParameters, tailRight } from './routes.ts'
import { serveTail } from './tail.ts'

/** Longer request targets are refused; every parameter at its maximum fits. */
const maxUrlLength = 8_192

/** What the metrics learn of one request; the route is a path of this API, never what the client sent. */
export interface RequestFacts {
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export interface ApiOptions extends Omit<RouteSources, 'tails' | 'audit'>, GuardOptions {
  readonly decide: ChangeSources['decide']
  readonly live: LiveEvents
  readonly clock: Clock
  readonly log: Log
  readonly accessLog?: Pick<AccessLog, 'request'>
  readonly onRequest: (facts: RequestFacts) => void
  readonly onTailDropped: (count: number) => void
  /** Whether agents are taken; left out, they are. */
  readonly isIngestOpen?: () => boolean
  /** See tail.ts; tests shrink it. */
  readonly tailBacklogBytes?: number
  /** How often the right to follow is looked at again; 30 s by default. */
  readonly tailRecheckMs?: number
  /** An answer that nobody reads holds its memory for so long after the socket last moved; 30 s by default. */
  readonly sendTimeoutMs?: number
}

/** What the access log learns of a request on its way. */
type Visit = { -readonly [K in 'who' | 'namespace' | 'id']?: AccessFacts[K] }

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

const tailPath = '/api/v1/tail'

const routesByPath = new Map(routes.map((route) => [route.path, route]))

const sendJson = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** What the client learns of a failure; the cause of an internal one stays in the log. */
const toApiError = (cause: unknown): ApiError => {
  if (cause instanceof ApiError) return cause
  if (cause instanceof StoreError) {
    switch (cause.code) {
      case 'bad_query': {
        const field = /^(\w+): /.exec(cause.message)?.[1]
        const code = field === 'cursor' ? 'bad_cursor' : 'bad_parameter'
        return new ApiError(code, cause.message, field, cause)
      }
      case 'limit':
        return new ApiError(
          'store_timeout',
          'the question took too long; ask for a shorter time or one container',
          undefined,
          cause,
        )
      case 'rejected':
        break
      default:
        return new ApiError('store_unavailable', `the store: ${cause.message}`, undefined, cause)
    }
  }
  return new ApiError('internal', 'internal error; the log says why', undefined, cause)
}

/** Request target as path and query; absolute-form targets (`GET http://…`) are reduced to their path. */
const parseTarget = (target: string): URL => {
  if (target.length > maxUrlLength) {
    throw new ApiError('uri_too_long', `the request target is longer than ${maxUrlLength} bytes`)
  }
  const url = URL.parse(target.startsWith('/') ? `http://collector${target}` : target)
  if (!url) throw noSuchRoute()
  return url
}

/** Makes the listener. */
export const createApi = (options: ApiOptions): RequestListener => {
  const { store, live, clock, log } = options
  const { tailBacklogBytes: maxBacklogBytes, tailRecheckMs = 30_000 } = options
  const { sendTimeoutMs = 30_000 } = options
  const guard = new Guard(options)
  const sources: RouteSources = {
    store,
    liveAgents: options.liveAgents,
    audit: createAudit(store, options.liveAgents),
    cluster: options.cluster,
    findings: options.findings,
    baselines: options.baselines,
    quarantine: options.quarantine,
    version: options.version,
    startedAt: options.startedAt,
    tails: () => live.subscribers,
  }
  const document = openApiDocument(options.version)

  const change = async (
    request: IncomingMessage,
    response: ServerResponse,
    { status, body, maxBodyBytes, right, namespaceOf, handle }: Change,
    who: Identity,
    visit: Visit,
  ): Promise<void> => {
    requireOwnOrigin(request.headers)
    const content = body === undefined ? undefined : await readJson(request, maxBodyBytes)
    const author = who.kind === 'person' ? who.user : who.kind
    const asked = { id: visit.id ?? '', body: content, nowUs: clock.nowUs(), author }
    const { findings, baselines, decide } = options
    const changed = { store, findings, baselines, decide }
    await guard.permit(response, who, right, async () => {
      visit.namespace = await namespaceOf(changed, asked)
      return visit.namespace
    })
    const { answer, location } = await handle(changed, asked)
    const headers = location === undefined ? {} : { location }
    // What was made is told by the name that it has from now on.
    if (location !== undefined) visit.id = location.slice(location.lastIndexOf('/') + 1)
    if (answer === undefined) response.writeHead(status, headers).end()
    else sendJson(request, response, status, answer, headers)
  }

  /** Ends a stream whose follower may not follow any more. */
  const watchRight = (
    request: IncomingMessage,
    response: ServerResponse,
    namespace: string | undefined,
  ): void => {
    const recheck = setInterval(() => {
      guard
        .isStillPermitted(request, tailRight, namespace)
        .then((isPermitted) => isPermitted || response.end())
        .catch(() => response.destroy())
    }, tailRecheckMs)
    response.once('close', () => clearInterval(recheck))
  }

  const read = async (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    who: Identity,
    visit: Visit,
  ): Promise<void> => {
    const route = routesByPath.get(url.pathname)
    const query = parseQuery(url.searchParams, route?.parameters ?? tailParameters, clock.nowUs())
    const { namespace } = query
    visit.namespace = namespace
    const right = route?.right ?? tailRight
    const scope = await guard.permit(response, who, right, async () => namespace)
    if (!route) {
      guard.follow(request, response, who)
      serveTail(request, response, query, {
        live,
        onDropped: options.onTailDropped,
        ...(maxBacklogBytes !== undefined && { maxBacklogBytes }),
      })
      if (who.kind === 'person') watchRight(request, response, namespace)
      return
    }
    const answer = await route.handle(sources, query)
    const shown = scope.kind === 'all' ? answer : confine(answer, scope.namespace)
    sendJson(request, response, 200, shown)
  }

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    { path }: Place,
    visit: Visit,
  ): Promise<void> => {
    const operation = operationAt(path, request.method ?? '')
    if (operation === undefined) {
      const allowed = methodsAt(path)
      response.setHeader('allow', allowed.join(', '))
      throw new ApiError('method_not_allowed', `use ${allowed.join(' or ')}`)
    }
    if (path === '/healthz') return sendJson(request, response, 200, { ok: true })
    if (path === '/readyz') {
      const { state, detail } = store.health()
      const isOpen = options.isIngestOpen?.() ?? true
      const { ready } = collectorReadiness({ state, detail }, isOpen)
      const ingest = isOpen ? 'open' : 'closed'
      return sendJson(request, response, ready ? 200 : 503, { store: state, detail, ingest })
    }
    const who = await guard.identify(request, response)
    visit.who = who
    if (operation !== 'read') return change(request, response, operation, who, visit)
    if (path === '/api/v1/openapi.json') return sendJson(request, response, 200, document)
    return read(request, response, url, who, visit)
  }

  const fail = (request: IncomingMessage, response: ServerResponse, error: ApiError): void => {
    if (error.status >= 500) {
      const { code } = error
      log.warn(
        { code, path: request.url?.split('?', 1)[0]?.slice(0, 200), err: error.cause },
        error.message,
      )
    }
    if (response.headersSent) response.destroy()
    else sendJson(request, response, error.status, error.answer())
  }

  return (request, response) => {
    const startedMs = clock.monotonicMs()
    const address = addressOf(request)
    let route = 'other'
    const visit: Visit = {}
    response.once('close', () => {
      const { statusCode: status } = response
      options.onRequest({ route, status, durationMs: clock.monotonicMs() - startedMs })
    })
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    const served = async (): Promise<void> => {
      const url = parseTarget(request.url ?? '/')
      const place = findPlace(url.pathname)
      if (!place) throw noSuchRoute()
      route = place.path
      visit.id = place.id
      await serve(request, response, url, place, visit)
    }
    const told = (status: number, detail: string): void => {
      const { who, namespace, id = '' } = visit
      const what = `${request.method} ${route}`
      options.accessLog?.request({ who, address, what, namespace, id, status, detail })
    }
    // A body that nobody wanted is read away, so that the connection can be used again.
    served()
      .then(
        () => told(response.statusCode, ''),
        (cause: unknown) => {
          const error = toApiError(cause)
          told(error.status, error.message)
          fail(request, response, error)
        },
      )
      .finally(() => {
        request.resume()
        // A stream may be quiet, and has a bound of its own for who does not read.
        if (route !== tailPath) response.setTimeout(sendTimeoutMs)
      })
  }
}
