/**
 * The name a container asked for before it connected to an address. The tracker teaches it every answer, and asks it for
 * the peer of every connection.
 *
 * Names are remembered beyond their TTL on purpose: connections outlive it, and clients that keep an address keep
 * using it. A container's answers say nothing of another's.
 */
import { LRUCache } from 'lru-cache'

/** Far above the containers of a node that look names up. */
const containersMaxDefault = 4_096
/** More peers than a container looks up within hours; keeps one that enumerates names within its own room. */
const addressesMaxDefault = 1_024

export interface AnsweredNamesOptions {
  readonly containersMax?: number
  /** Per container. */
  readonly addressesMax?: number
}

type NameByAddress = LRUCache<string, string>

export class AnsweredNames {
  readonly #containers: LRUCache<string, NameByAddress>
  readonly #addressesMax: number
  #evicted = 0

  constructor(options: AnsweredNamesOptions = {}) {
    this.#addressesMax = options.addressesMax ?? addressesMaxDefault
    this.#containers = new LRUCache({
      max: options.containersMax ?? containersMaxDefault,
      dispose: (names, _containerId, reason) => {
        if (reason === 'evict') this.#evicted += names.size
      },
    })
  }

  /** Addresses whose name was forgotten for want of room, since the start. */
  get evicted(): number {
    return this.#evicted
  }

  /** `addresses` answer to `name` from now on, whatever they answered to before. */
  learn(containerId: string, name: string, addresses: readonly string[]): void {
    if (addresses.length === 0) return
    const names = this.#containers.get(containerId) ?? this.#remember(containerId)
    for (const address of addresses) names.set(address, name)
  }

  /** Empty when the container was never told that address, or it was long ago. */
  nameOf(containerId: string, address: string): string {
    return this.#containers.get(containerId)?.get(address) ?? ''
  }

  forget(containerId: string): void {
    this.#containers.delete(containerId)
  }

  #remember(containerId: string): NameByAddress {
    const names: NameByAddress = new LRUCache({
      // By size of 1 each, which is the same as `max` but reserves nothing: most containers know few addresses.
      maxSize: this.#addressesMax,
      sizeCalculation: () => 1,
      dispose: (_name, _address, reason) => {
        if (reason === 'evict') this.#evicted += 1
      },
    })
    this.#containers.set(containerId, names)
    return names
  }
}
