/**
 * Which ports listen in which network namespace. It tells the direction of a connection that was there before anybody
 * looked: what came to a listening port came from outside. Owned by the tracker's sockets.
 */
import type { ListenRecord } from '../sources/record.ts'

/** Ports remembered over all namespaces; the oldest go first. */
const portsMax = 16_384

const keyOf = (netNamespace: number, port: number): string => `${netNamespace}:${port}`

export class ListeningPorts {
  /** Sockets per port: several may share one. */
  readonly #sockets = new Map<string, number>()
  #evicted = 0

  /** Ports forgotten while somebody listened on them, since the start. */
  get evicted(): number {
    return this.#evicted
  }

  apply({ phase, netNamespace, local }: ListenRecord): void {
    const key = keyOf(netNamespace, local.port)
    const count = (this.#sockets.get(key) ?? 0) + (phase === 'started' ? 1 : -1)
    this.#sockets.delete(key)
    if (count <= 0) return
    if (this.#sockets.size >= portsMax) {
      const oldest = this.#sockets.keys().next().value
      if (oldest !== undefined) this.#sockets.delete(oldest)
      this.#evicted += 1
    }
    this.#sockets.set(key, count)
  }

  has(netNamespace: number, port: number): boolean {
    return this.#sockets.has(keyOf(netNamespace, port))
  }
}
