/**
 * Gathers the chunks of all sessions into inserts: one at a time, the next one filling up meanwhile. Sessions add, and are
 * told when their chunks are durable.
 *
 * Rules: an acknowledgement follows only a resolved insert. Bytes held are bounded by the callers' credit and counted here.
 * Chunks of a session that ended are not inserted any more unless they are on their way; whenWritten() waits for those.
 */
import type { Log } from '#base/log.ts'
import { StoreError } from '../store/errors.ts'
import type { AgentChunk, Store } from '../store/store.ts'

/** A batch on its way into the store. */
export interface WriteItem {
  /** Whoever sent it; compared by identity. */
  readonly owner: WriteOwner
  readonly chunks: readonly AgentChunk[]
  readonly firstSeq: number
  readonly lastSeq: number
  /** Raw bytes, which are returned as credit. */
  readonly bytes: number
  /** As it came, in case the store refuses it. */
  readonly payload: Uint8Array
}

export interface WriteOwner {
  readonly agent: string
  readonly epoch: number
  /** What it sends is old and may wait for what is fresh. */
  readonly isBacklog: boolean
  /** The item is stored and synced. */
  durable(item: WriteItem): void
  /** The store refuses this item for what is in it; returns what to store instead. */
  poisoned(item: WriteItem, reason: string): WriteItem
  /** The store is closed or refuses even that: nothing more is going to be durable. */
  failed(reason: string): void
}

export interface WriterOptions {
  readonly store: Pick<Store, 'insert'>
  readonly log: Log
  /** How long the first item of an insert waits for company; 200 ms by default. */
  readonly lingerMs?: number
  /** Rows at which an insert begins at once; 20,000 by default. */
  readonly insertRows?: number
}

const rowsOf = (item: WriteItem): number =>
  item.chunks.reduce((sum, chunk) => sum + chunk.events.length, 0)

/** Part of each insert that is for agents that catch up, while there are any. */
const backlogShare = 0.25

/** The first items, until they have so many rows; at least one if there is one. */
const upTo = (items: readonly WriteItem[], rows: number): readonly WriteItem[] => {
  let sum = 0
  const last = items.findIndex((item) => {
    sum += rowsOf(item)
    return sum >= rows
  })
  return last < 0 ? items : items.slice(0, last + 1)
}

export class Writer {
  readonly #options: WriterOptions
  #queue: WriteItem[] = []
  #queuedRows = 0
  #inserting: readonly WriteItem[] = []
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isRunning = false
  /** The insert under way. */
  #inserted: Promise<void> = Promise.resolve()
  /** Raw bytes of everything queued or being inserted. */
  bytes = 0

  constructor(options: WriterOptions) {
    this.#options = options
  }

  add(item: WriteItem): void {
    const { lingerMs = 200, insertRows = 20_000 } = this.#options
    this.#queue.push(item)
    this.#queuedRows += rowsOf(item)
    this.bytes += item.bytes
    if (this.#queuedRows >= insertRows) this.#begin()
    else this.#timer ??= setTimeout(() => this.#begin(), lingerMs)
  }

  /** Takes a session's waiting items back: the agent sends them again on its next connection. */
  discard(owner: WriteOwner): void {
    const gone = this.#queue.filter((item) => item.owner === owner)
    this.#queue = this.#queue.filter((item) => item.owner !== owner)
    for (const item of gone) {
      this.#queuedRows -= rowsOf(item)
      this.bytes -= item.bytes
    }
  }

  /** Resolves when no insert with rows of that agent and epoch is running. */
  async whenWritten(agent: string, epoch: number): Promise<void> {
    while (this.#inserting.some(({ owner }) => owner.agent === agent && owner.epoch === epoch))
      await this.#inserted
  }

  /** Inserts everything that is queued now; resolves when that is done, well or not. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#isRunning) {
      this.#begin()
      await this.#running
    }
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isRunning || this.#queue.length === 0) return
    this.#isRunning = true
    this.#running = this.#work()
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      this.#inserting = this.#takeSome()
      this.#inserted = this.#insert(this.#inserting).then(() => {
        this.bytes -= this.#inserting.reduce((sum, { bytes }) => sum + bytes, 0)
        this.#inserting = []
      })
      await this.#inserted
    }
    this.#isRunning = false
  }

  /**
   * Items up to the rows of one insert, which the store takes as one block: the oldest of the fresh ones first, the oldest of
   * the backlog in the room that is left, at least a quarter. Items of one owner stay in order.
   */
  #takeSome(): readonly WriteItem[] {
    const { insertRows = 20_000 } = this.#options
    const fresh = this.#queue.filter(({ owner }) => !owner.isBacklog)
    const old = this.#queue.filter(({ owner }) => owner.isBacklog)
    const freshRows = old.length === 0 ? insertRows : insertRows * (1 - backlogShare)
    const taken = new Set(upTo(fresh, freshRows))
    const takenRows = [...taken].reduce((sum, item) => sum + rowsOf(item), 0)
    for (const item of upTo(old, Math.max(1, insertRows - takenRows))) taken.add(item)
    this.#queue = this.#queue.filter((item) => !taken.has(item))
    this.#queuedRows -= [...taken].reduce((sum, item) => sum + rowsOf(item), 0)
    return [...taken]
  }

  /** Returns whether they are durable, or gaps in their places. */
  async #insert(items: readonly WriteItem[]): Promise<boolean> {
    try {
      await this.#options.store.insert(items.flatMap(({ chunks }) => chunks))
      for (const item of items) item.owner.durable(item)
      return true
    } catch (error) {
      return this.#refused(items, error as Error)
    }
  }

  async #refused(items: readonly WriteItem[], error: Error): Promise<boolean> {
    const isRefused = error instanceof StoreError && error.code === 'rejected'
    if (!isRefused) {
      this.#options.log.warn({ error: error.message }, 'ingest: store failed; agents send again')
      for (const owner of new Set(items.map((item) => item.owner))) {
        this.discard(owner)
        owner.failed(error.message)
      }
      return false
    }
    const [item] = items
    return items.length > 1 || item === undefined
      ? this.#insertEach(items)
      : this.#replace(item, error)
  }

  /** One bad row refuses a whole insert: alone, each item shows whether it is the one. */
  async #insertEach(items: readonly WriteItem[]): Promise<boolean> {
    const failed = new Set<WriteOwner>()
    for (const item of items) {
      // Behind what could not be stored, it would leave a hole that nothing owns up to.
      if (failed.has(item.owner)) continue
      if (!(await this.#insert([item]))) failed.add(item.owner)
    }
    return failed.size === 0
  }

  async #replace(item: WriteItem, error: Error): Promise<boolean> {
    const { owner } = item
    try {
      const replacement = owner.poisoned(item, error.message)
      await this.#options.store.insert(replacement.chunks)
      owner.durable(replacement)
      return true
    } catch (again) {
      this.discard(owner)
      owner.failed((again as Error).message)
      return false
    }
  }
}
