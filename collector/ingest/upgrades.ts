/**
 * From an agent's upgrade to its socket: who it is, whether there is room for it, and an answer with a sentence when not. Made by
 * ingest.ts, which gets the sockets.
 *
 * Rule: a client may cost nothing before it is known but one of a few places in which its token is checked.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { limits } from '#proto/limits.ts'
import { ClientLimits } from '../identity/client-limits.ts'
import { type Auth, type Identity, type Refusal, refused, statusOf } from '../identity/identity.ts'

export const ingestPath = '/v1/ingest'

/** Of one client. */
export interface UpgradeLimits {
  /** Connections of one address; 1,024 by default, as a whole network of nodes may stand behind one. */
  readonly perAddress?: number
  /** Upgrades of one address whose token is being checked; 256 by default. */
  readonly pendingPerAddress?: number
  /** Connections of one node, where tokens say which it is; 8 by default: two, and as many that are being replaced. */
  readonly perNode?: number
}

export interface UpgradesOptions {
  readonly auth: Auth
  readonly log: Log
  readonly clock: Clock
  readonly limits: UpgradeLimits
  /** Why nobody more is taken; undefined when somebody is. */
  readonly full: () => string | undefined
  readonly tellRefused: (who: Identity | undefined, address: string, refusal: Refusal) => void
  readonly accept: (socket: WebSocket, who: Identity, address: string) => void
}

/** How long who was turned away may take to read why and to close. */
const partingMs = 2_000

const answer = (socket: Duplex, status: number, message: string): void => {
  const body = `${message}\n`
  const mayComeBack = status === 429 || status === 503
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      (mayComeBack ? 'Retry-After: 1\r\n' : '') +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
  // Nobody else has a deadline for a socket that has left the HTTP server.
  const deadline = setTimeout(() => socket.destroy(), partingMs)
  socket.once('close', () => clearTimeout(deadline))
  socket.resume()
}

export class Upgrades {
  readonly #options: UpgradesOptions
  readonly #perAddress: ClientLimits
  readonly #pending: ClientLimits
  readonly #perNode: ClientLimits
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    maxFragments: 16,
    maxBufferedChunks: 4_096,
    clientTracking: false,
  })
  /** Connections that were turned away. */
  refused = 0

  constructor(options: UpgradesOptions) {
    this.#options = options
    const { clock, limits: own } = options
    this.#perAddress = new ClientLimits({ clock, concurrent: own.perAddress ?? 1_024 })
    this.#pending = new ClientLimits({ clock, concurrent: own.pendingPerAddress ?? 256 })
    this.#perNode = new ClientLimits({ clock, concurrent: own.perNode ?? 8 })
  }

  /** For the server's `upgrade`. */
  readonly listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until a session owns it, what goes wrong with the socket ends it and nothing else.
    socket.on('error', () => {})
    if ((request.url ?? '').split('?')[0] !== ingestPath) {
      answer(socket, 404, `agents connect to ${ingestPath}`)
      return
    }
    const address = request.socket.remoteAddress ?? ''
    const pending = this.#pending.enter(address)
    if (pending.kind !== 'entered') {
      const message = `too many connections from ${address} are being checked`
      this.#turnAway(socket, undefined, address, refused('concurrency', message))
      return
    }
    this.#check(request, socket, head, address)
      .catch((error: unknown) => {
        // A fault of ours costs this connection, not the collector.
        this.#options.log.error({ error }, 'ingest: upgrade failed')
        socket.destroy()
      })
      .finally(pending.leave)
  }

  async #check(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    address: string,
  ): Promise<void> {
    const { auth, full, accept } = this.#options
    const decision = await auth.agent(request.headers)
    // Who has gone while the token was checked needs no answer.
    if (socket.destroyed) return
    if (!decision.allowed) {
      this.#turnAway(socket, undefined, address, decision)
      return
    }
    const who = decision.identity
    const why = full()
    if (why !== undefined) {
      this.refused += 1
      answer(socket, 503, why)
      return
    }
    const refusal = this.#enter(socket, who, address)
    if (refusal !== undefined) this.#turnAway(socket, who, address, refusal)
    else {
      this.#webSockets.handleUpgrade(request, socket, head, (opened) =>
        accept(opened, who, address),
      )
    }
  }

  /** Takes one more connection of this node and address, or says why not. */
  #enter(socket: Duplex, who: Identity, address: string): Refusal | undefined {
    const atAddress = this.#perAddress.enter(address)
    if (atAddress.kind !== 'entered')
      return refused('concurrency', `too many connections come from ${address} already`)
    socket.once('close', atAddress.leave)
    if (who.kind !== 'agent') return undefined
    const onNode = this.#perNode.enter(who.node)
    if (onNode.kind !== 'entered')
      return refused('concurrency', `too many connections of node ${who.node} are open already`)
    socket.once('close', onNode.leave)
    return undefined
  }

  #turnAway(socket: Duplex, who: Identity | undefined, address: string, refusal: Refusal): void {
    this.refused += 1
    this.#options.tellRefused(who, address, refusal)
    answer(socket, statusOf(refusal.reason), refusal.message)
  }
}
