/** Making, opening and closing of HTTP servers, with errors a person can act on. Called by everything that listens. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { formatListen, type Listen } from './values.ts'

/** Nobody may hold a connection by sending slowly: what is late is answered with 408 and closed. */
const httpLimits: ServerOptions = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  // Node looks for late connections only every 30 s by itself.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 32_768,
}

/** A server with our limits; `limits` is for tests that cannot wait. */
export const createHttpServer = (
  maxConnections: number,
  listener: RequestListener,
  limits: ServerOptions = {},
): Server => {
  const server = createServer({ ...httpLimits, ...limits }, listener)
  server.maxConnections = maxConnections
  return server
}

/** A TLS handshake takes a few round trips; Node waits two minutes by itself. */
const handshakeTimeoutMs = 5_000

/** The same over TLS; `limits` is for tests that cannot wait. */
export const createHttpsServer = (
  maxConnections: number,
  listener: RequestListener,
  tls: SecureContextOptions,
  limits: ServerOptions & { readonly handshakeTimeout?: number } = {},
): HttpsServer => {
  const options = { ...httpLimits, handshakeTimeout: handshakeTimeoutMs, ...limits, ...tls }
  const server = createTlsServer(options, listener)
  server.maxConnections = maxConnections
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  // Node's own knows only those whose handshake is done, and close() waits for the others.
  server.closeAllConnections = () => {
    for (const socket of open) socket.destroy()
  }
  return server
}

export type ListenErrorCode = 'port_in_use' | 'port_forbidden' | 'no_such_address' | 'listen_failed'

const reasons: Readonly<Record<string, readonly [ListenErrorCode, string]>> = {
  EADDRINUSE: ['port_in_use', 'another process listens there; stop it or choose another port'],
  EACCES: ['port_forbidden', 'not permitted; choose a port above 1023 or run as root'],
  EADDRNOTAVAIL: ['no_such_address', 'this machine has no such address'],
  ENOTFOUND: ['no_such_address', 'the host name is unknown'],
  EAI_AGAIN: ['no_such_address', 'the host name cannot be resolved now'],
}

/** An address that cannot be listened on; the message names flag, address and remedy. */
export class ListenError extends Error {
  readonly code: ListenErrorCode

  constructor(flag: string, listen: Listen, cause: NodeJS.ErrnoException) {
    const [code, remedy] = reasons[cause.code ?? ''] ?? ['listen_failed', cause.message]
    super(`${flag} ${formatListen(listen)}: ${remedy}`, { cause })
    this.name = 'ListenError'
    this.code = code
  }
}

/**
 * Listens and returns the real address, which differs for port 0.
 * @throws ListenError
 */
export const listenOn = (server: Server, listen: Listen, flag: string): Promise<Listen> =>
  new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      reject(new ListenError(flag, listen, cause))
    server.once('error', failed)
    server.listen({ host: listen.host, port: listen.port }, () => {
      server.off('error', failed)
      const address = server.address()
      resolve(
        address && typeof address === 'object' ? { host: listen.host, port: address.port } : listen,
      )
    })
  })

/** Stops accepting, ends every connection and resolves when all are gone. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
