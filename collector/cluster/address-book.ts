/**
 * Who has an address since when: Services and Nodes, as they come, change and go. What it learns is written to the store, where
 * peers are named by it long after the Service is gone. Called by cluster.ts.
 */
import type { AddressLife } from '../store/address-lives.ts'
import type { Addressed } from './objects.ts'

/** Changes that the store has not taken yet, some 200 bytes each. */
const maxUnwritten = 50_000

export interface AddressBookOptions {
  readonly write: (lives: readonly AddressLife[]) => Promise<void>
  readonly nowUs: () => number
}

const ownKey = (
  kind: AddressLife['kind'],
  { namespace = '', name }: Addressed['metadata'],
): string => `${kind}\0${namespace}\0${name}`

const lifeKey = ({ kind, namespace, name, address }: AddressLife): string =>
  `${kind}\0${namespace}\0${name}\0${address}`

export class AddressBook {
  readonly #options: AddressBookOptions
  /** Lives that have not ended, by holder and address. */
  readonly #open = new Map<string, AddressLife>()
  readonly #byHolder = new Map<string, readonly string[]>()
  #unwritten = new Map<string, AddressLife>()
  /** Changes that were lost because the store did not answer for too long. */
  givenUp = 0

  constructor(options: AddressBookOptions) {
    this.#options = options
  }

  /** Takes what the store says is open; before anything else. */
  warm(lives: readonly AddressLife[]): void {
    for (const life of lives) this.#remember(life)
  }

  set(kind: AddressLife['kind'], { metadata, addresses, sinceUs }: Addressed): void {
    const holder = ownKey(kind, metadata)
    const known = this.#byHolder.get(holder)
    const { namespace = '', name } = metadata
    const nowUs = this.#options.nowUs()
    for (const address of addresses) {
      // An address that comes later is not as old as its holder.
      const fromUs = known === undefined ? Math.min(sinceUs || nowUs, nowUs) : nowUs
      const life: AddressLife = { kind, namespace, name, address, fromUs, toUs: undefined }
      if (this.#open.has(lifeKey(life))) continue
      this.#remember(life)
      this.#write(life)
    }
    const wanted = new Set(addresses)
    for (const address of known ?? [])
      if (!wanted.has(address)) this.#end({ kind, namespace, name, address }, nowUs)
    this.#byHolder.set(holder, addresses)
  }

  deleted(kind: AddressLife['kind'], { metadata }: Addressed): void {
    const holder = ownKey(kind, metadata)
    const { namespace = '', name } = metadata
    const nowUs = this.#options.nowUs()
    for (const address of this.#byHolder.get(holder) ?? [])
      this.#end({ kind, namespace, name, address }, nowUs)
    this.#byHolder.delete(holder)
  }

  /** Everything of a kind that there is: what else was open has gone unseen, and ends now or where its successor begins. */
  listed(kind: AddressLife['kind'], all: readonly Addressed[]): void {
    const there = new Set(all.map(({ metadata }) => ownKey(kind, metadata)))
    const nowUs = this.#options.nowUs()
    const since = new Map(
      all.flatMap(({ addresses, sinceUs }) => addresses.map((one) => [one, sinceUs])),
    )
    for (const [holder, addresses] of this.#byHolder) {
      const [heldBy, namespace = '', name = ''] = holder.split('\0')
      if (heldBy !== kind || there.has(holder)) continue
      for (const address of addresses) {
        const endUs = Math.min(nowUs, since.get(address) || nowUs)
        this.#end({ kind, namespace, name, address }, endUs)
      }
      this.#byHolder.delete(holder)
    }
  }

  /** Writes what changed; rejects while the store does not take it, and then it is tried again with the next call. */
  async flush(): Promise<void> {
    const taken = this.#unwritten
    if (taken.size === 0) return
    this.#unwritten = new Map()
    try {
      await this.#options.write([...taken.values()])
    } catch (error) {
      // What changed meanwhile is newer.
      this.#unwritten = new Map([...taken, ...this.#unwritten])
      throw error
    }
  }

  #remember(life: AddressLife): void {
    this.#open.set(lifeKey(life), life)
    const holder = `${life.kind}\0${life.namespace}\0${life.name}`
    const known = this.#byHolder.get(holder) ?? []
    if (!known.includes(life.address)) this.#byHolder.set(holder, [...known, life.address])
  }

  #end(place: Omit<AddressLife, 'fromUs' | 'toUs'>, nowUs: number): void {
    const key = lifeKey({ ...place, fromUs: 0, toUs: undefined })
    const life = this.#open.get(key)
    if (life === undefined) return
    this.#open.delete(key)
    this.#write({ ...life, toUs: Math.max(nowUs, life.fromUs) })
  }

  /** The last word about a life counts. */
  #write(life: AddressLife): void {
    const key = `${lifeKey(life)}\0${life.fromUs}`
    this.#unwritten.set(key, life)
    if (this.#unwritten.size <= maxUnwritten) return
    const [oldest] = this.#unwritten.keys()
    this.#unwritten.delete(oldest ?? key)
    this.givenUp += 1
  }
}
