/**
 * Links between simulated agents and the collector, as `ws` shows them to both ends: in order within a link, with delays that
 * differ between links, cut, half-open or swallowed as a run wants it.
 */
import { EventEmitter } from 'node:events'
import type { ClientOptions, WebSocket } from 'ws'
import type { Chance } from './random.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

export type LinkState =
  | 'open'
  /** Nothing gets through, and nobody is told. */
  | 'black_hole'
  /** Refused, and what was open breaks. */
  | 'down'

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/** One end of a link. */
export class VirtualSocket extends EventEmitter {
  readonly OPEN = states.OPEN
  readyState: number = states.CONNECTING
  isPaused = false
  peer: VirtualSocket | undefined
  readonly #network: VirtualNetwork
  readonly owner: Owner
  #waiting: (() => void)[] = []
  #arrivesMs = 0

  constructor(network: VirtualNetwork, owner: Owner) {
    super()
    this.#network = network
    this.owner = owner
  }

  /** Something from the other end, in order; kept while this end does not read. */
  arrive(action: () => void): void {
    const { time } = this.#network
    this.#arrivesMs = Math.max(this.#arrivesMs, time.nowMs + this.#network.delayMs())
    time.after(
      this.#arrivesMs - time.nowMs,
      () => {
        if (this.isPaused) this.#waiting.push(action)
        else action()
      },
      this.owner,
    )
  }

  #transmit(action: (peer: VirtualSocket) => void): void {
    const { peer } = this
    if (peer !== undefined) this.#network.carry(() => peer.arrive(() => action(peer)))
  }

  send(data: Uint8Array): void {
    if (this.readyState !== states.OPEN) return
    const copy = Buffer.from(data)
    this.#transmit((peer) => {
      if (peer.readyState === states.OPEN) peer.emit('message', copy, true)
    })
  }

  ping(): void {
    this.#transmit((peer) => {
      if (peer.readyState !== states.OPEN) return
      peer.emit('ping')
      peer.#transmit((back) => back.emit('pong'))
    })
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const action of waiting) action()
  }

  /** With the handshake of RFC 6455; an end that hears nothing gives up after a while, as ws does after 30 s. */
  close(code = 1005, reason = ''): void {
    if (this.readyState >= states.CLOSING) return
    this.readyState = states.CLOSING
    this.#transmit((peer) => {
      peer.ended(code, reason)
      peer.#transmit((back) => back.ended(code, reason))
    })
    this.#network.time.after(30_000, () => this.ended(1006, ''), this.owner)
  }

  terminate(): void {
    this.#transmit((peer) => peer.ended(1006, ''))
    this.ended(1006, '')
  }

  ended(code: number, reason: string): void {
    if (this.readyState === states.CLOSED) return
    this.readyState = states.CLOSED
    this.#network.time.after(0, () => this.emit('close', code, Buffer.from(reason)), this.owner)
  }
}

export class VirtualNetwork {
  readonly time: VirtualTime
  readonly #chance: Chance
  readonly #sockets = new Set<VirtualSocket>()
  #state: LinkState = 'open'
  #held: (() => void)[] = []
  delayMsMax = 20
  /** The collector's end, while it listens. */
  listener: { readonly owner: Owner; readonly accept: (socket: WebSocket) => void } | undefined

  constructor(time: VirtualTime, chance: Chance) {
    this.time = time
    this.#chance = chance
  }

  get state(): LinkState {
    return this.#state
  }

  set state(state: LinkState) {
    this.#state = state
    const held = this.#held
    this.#held = []
    if (state === 'down') this.reset(() => true)
    else for (const action of held) this.carry(action)
  }

  /** What is sent while nothing gets through arrives later: TCP sends again. */
  carry(action: () => void): void {
    if (this.#state === 'open') action()
    else if (this.#state === 'black_hole') this.#held.push(action)
  }

  delayMs(): number {
    return this.#chance.whole(1, this.delayMsMax)
  }

  /** Breaks links as a reset does: both ends are told. */
  reset(test: (socket: VirtualSocket) => boolean): void {
    for (const socket of this.#sockets) if (test(socket)) socket.ended(1006, '')
  }

  /** A process died: its kernel closes its sockets, and the other ends hear of it if the network lets them. */
  died(owner: Owner): void {
    for (const socket of this.#sockets) {
      if (socket.owner !== owner) continue
      this.#sockets.delete(socket)
      const { peer } = socket
      if (peer !== undefined) this.carry(() => peer.arrive(() => peer.ended(1006, '')))
    }
  }

  /** What `new WebSocket()` does, for an agent. */
  connect(owner: Owner, { handshakeTimeout = 10_000 }: ClientOptions): WebSocket {
    const client = new VirtualSocket(this, owner)
    this.#sockets.add(client)
    client.once('close', () => this.#sockets.delete(client))
    const fail = (message: string, code: string): void => {
      if (client.readyState !== states.CONNECTING) return
      client.emit('error', Object.assign(new Error(message), { code }))
      client.ended(1006, '')
    }
    this.time.after(handshakeTimeout, () => fail('timed out', 'ETIMEDOUT'), owner)
    this.time.after(this.delayMs(), () => {
      const { listener } = this
      if (this.#state === 'black_hole') return
      if (this.#state === 'down' || listener === undefined || !listener.owner.isAlive) {
        fail('refused', 'ECONNREFUSED')
        return
      }
      if (client.readyState !== states.CONNECTING) return
      const server = new VirtualSocket(this, listener.owner)
      this.#sockets.add(server)
      server.once('close', () => this.#sockets.delete(server))
      server.peer = client
      client.peer = server
      server.readyState = states.OPEN
      client.readyState = states.OPEN
      this.time.as(listener.owner, () => listener.accept(server as unknown as WebSocket))
      client.emit('open')
    })
    return client as unknown as WebSocket
  }
}
