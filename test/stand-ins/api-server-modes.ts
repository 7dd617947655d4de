/** How a stand-in API server answers: in the shapes of a real one, and in every way in which one may misbehave. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'

export const apiServerModes = [
  'normal',
  'hang',
  'garbage',
  'html',
  'not-a-review',
  'wrong-types',
  'truncated',
  'huge',
  'redirect',
  'error',
  'overloaded',
  'forbidden',
  'unaware',
] as const
/**
 * `hang`: never answers. `garbage`: no HTTP at all. `html`: a login page. `not-a-review`: a Status with 201. `wrong-types`: a
 * review whose fields are of other types. `truncated`: breaks off. `huge`: goes on for ever. `redirect`: 307. `error`: 500.
 * `overloaded`: 429 of Priority and Fairness. `forbidden`: the asker has no rights. `unaware`: a token webhook that knows
 * nothing of audiences.
 */
export type ApiServerMode = (typeof apiServerModes)[number]

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
}

export const send = (
  response: ServerResponse,
  code: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(code, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    'audit-id': randomUUID(),
    ...headers,
  })
  response.end(`${JSON.stringify(body)}\n`)
}

export const sendStatus = (
  response: ServerResponse,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const reason = reasons[code] ?? 'Unknown'
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
  send(response, code, { ...status, message, reason, code }, headers)
}

/** Answers for modes in which the question does not matter; false for the others. */
export const misbehave = (mode: ApiServerMode, response: ServerResponse, kind: string): boolean => {
  switch (mode) {
    case 'hang':
      return true
    case 'garbage':
      response.socket?.end('\u0000\u0001 this is not HTTP\r\n\r\n')
      return true
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
      return true
    case 'not-a-review':
      send(response, 201, { kind: 'Status', apiVersion: 'v1', status: 'Success' })
      return true
    case 'wrong-types':
      send(response, 201, {
        kind,
        status: { authenticated: 'true', allowed: 'yes', audiences: 'mayfly', user: 'root' },
        metadata: { uid: 7 },
        spec: 'x',
      })
      return true
    case 'truncated':
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': 1_000 })
      response.write('{"status":', () => response.socket?.destroy())
      return true
    case 'huge': {
      response.writeHead(201, { 'content-type': 'application/json' })
      const block = Buffer.alloc(64 << 10, ' ')
      const write = (): void => {
        while (response.writable && response.write(block)) if (response.destroyed) return
        response.once('drain', write)
      }
      write()
      return true
    }
    case 'redirect':
      response.writeHead(307, { location: 'https://127.0.0.1:1/steal' }).end()
      return true
    case 'error':
      sendStatus(response, 500, 'Internal error occurred: etcdserver: request timed out')
      return true
    case 'overloaded':
      sendStatus(response, 429, 'too many requests, please try again later', { 'retry-after': '1' })
      return true
    case 'normal':
    case 'forbidden':
    case 'unaware':
      return false
  }
}
