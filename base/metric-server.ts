/**
 * The small HTTP server on `--metrics-listen`: `/metrics` for Prometheus, `/healthz` (the process answers) and
 * `/readyz` (it does its work, or says what is missing). Both programs run one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { closeServer, createHttpServer, listenOn } from './listen.ts'
import type { Log } from './log.ts'
import type { MetricRegistry } from './metric-table.ts'
import type { Listen } from './values.ts'

/** Scrapers and probes come one at a time; more connections than this are an accident or an attack. */
const maxConnections = 64

export interface Readiness {
  readonly ready: boolean
  /** One line; says what is missing when not ready. */
  readonly detail: string
}

export interface MetricServerOptions {
  readonly listen: Listen
  readonly registry: MetricRegistry
  readonly readiness: () => Readiness
  readonly log: Log
}

export interface MetricServer {
  /** Where it really listens, for port 0. */
  readonly listen: Listen
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

const answer = async (request: IncomingMessage, options: MetricServerOptions): Promise<Answer> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'use GET')
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics':
      return {
        status: 200,
        type: options.registry.contentType,
        body: await options.registry.metrics(),
      }
    case '/healthz':
      return text(200, 'ok')
    case '/readyz': {
      const { ready, detail } = options.readiness()
      return text(ready ? 200 : 503, detail || 'ready')
    }
    default:
      return text(404, 'here are /metrics, /healthz and /readyz')
  }
}

const send = (request: IncomingMessage, response: ServerResponse, result: Answer): void => {
  response.writeHead(result.status, {
    'content-type': result.type,
    'content-length': Buffer.byteLength(result.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : result.body)
}

/**
 * Starts the server.
 * @throws ListenError when the address cannot be used.
 */
export const serveMetrics = async (options: MetricServerOptions): Promise<MetricServer> => {
  const server = createHttpServer(maxConnections, (request, response) => {
    answer(request, options).then(
      (result) => send(request, response, result),
      (cause: unknown) => {
        options.log.error({ err: cause }, 'metrics could not be read')
        send(request, response, text(500, 'metrics could not be read; see the log'))
      },
    )
  })
  const listen = await listenOn(server, options.listen, '--metrics-listen')
  return { listen, close: () => closeServer(server) }
}
