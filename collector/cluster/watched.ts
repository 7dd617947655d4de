/**
 * One resource of the cluster, followed for as long as the collector runs: the client's ListWatch over our transport
 * (watch-stream.ts), begun again with jitter whenever it gives up. What is known stays known meanwhile. Made by cluster.ts.
 *
 * ListWatch of @kubernetes/client-node keeps the objects, lists anew after 410 and tells differences; it stops for good on every
 * other failure and knows no jitter, which is what this adds.
 */
import { setTimeout } from 'node:timers/promises'
import { ADD, DELETE, ERROR, ListWatch, UPDATE, type Watch } from '@kubernetes/client-node'
import { Backoff } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { Kept } from './objects.ts'
import type { Resource } from './resources.ts'
import type { RestartReason, WatchState } from './watch-state.ts'
import {
  isSilence,
  type KubeStreams,
  listAll,
  type StreamCounts,
  type StreamTimes,
  WatchError,
  watchFrom,
} from './watch-stream.ts'

/** A missing right does not come back by itself; somebody adds a rule. */
const forbiddenRetryMs = 60_000

export interface WatchedOptions<T> {
  readonly name: string
  readonly resource: Resource<T>
  readonly streams: KubeStreams
  readonly clock: Clock
  readonly log: Log
  /** New or changed; after a list, only what differs from before. */
  readonly onSet?: (object: T) => void
  readonly onDeleted?: (object: T) => void
  /** All there is was listed: what is known now is the whole. */
  readonly onListed?: (objects: readonly T[]) => void
  readonly backoff?: Backoff
  readonly times?: StreamTimes
}

const restartReason = (error: unknown): RestartReason => {
  if (error instanceof WatchError) {
    if (error.statusCode === 410) return 'expired'
    if (error.statusCode === 401 || error.statusCode === 403) return 'forbidden'
    return error.statusCode === 429 ? 'overloaded' : 'failed'
  }
  if (!(error instanceof KubeError)) return 'failed'
  if (error.code === 'timeout') return 'unreachable'
  return error.code
}

export class Watched<T extends Kept> {
  readonly #options: WatchedOptions<T>
  readonly #list: ListWatch<T>
  readonly #backoff: Backoff
  readonly counts: StreamCounts = { unreadable: 0, leftOut: 0 }
  readonly restarts: Record<RestartReason, number> = {
    expired: 0,
    forbidden: 0,
    overloaded: 0,
    unreachable: 0,
    malformed: 0,
    silent: 0,
    failed: 0,
  }
  #state: WatchState = 'starting'
  #size = 0
  #detail = ''
  /** When something was last heard, monotonic; undefined before. */
  #aliveMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: WatchedOptions<T>) {
    this.#options = options
    this.#backoff = options.backoff ?? new Backoff({ baseMs: 1_000, capMs: 60_000 })
    const { resource, onSet, onDeleted } = options
    // Only its `watch` method is called.
    const watch = { watch: this.#watch } as unknown as Watch
    this.#list = new ListWatch<T>(
      resource.path,
      watch,
      () => this.#listAll(),
      false,
      undefined,
      resource.fieldSelector,
      { delayFn: (ms) => setTimeout(ms * (0.5 + Math.random() / 2)) },
    )
    this.#list.on(ADD, (object) => {
      this.#size += 1
      onSet?.(object)
    })
    this.#list.on(UPDATE, (object) => onSet?.(object))
    this.#list.on(DELETE, (object) => {
      this.#size -= 1
      onDeleted?.(object)
    })
    this.#list.on(ERROR, (error) => this.#failed(error))
  }

  get state(): WatchState {
    return this.#state
  }

  /** Why it is not following; empty while it is. */
  get detail(): string {
    return this.#detail
  }

  /** Seconds since the API server was last heard; undefined before the first time. */
  get ageSeconds(): number | undefined {
    const { clock } = this.#options
    return this.#aliveMs === undefined ? undefined : (clock.monotonicMs() - this.#aliveMs) / 1_000
  }

  get size(): number {
    return this.#size
  }

  get objects(): readonly T[] {
    return this.#list.list()
  }

  get(namespace: string, name: string): T | undefined {
    return this.#list.get(name, namespace)
  }

  start(): void {
    void this.#list.start()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    void this.#list.stop()
  }

  readonly #watch = async (
    _path: string,
    query: Readonly<Record<string, string>>,
    callback: (type: string, object: T) => void,
    done: (error: unknown) => void,
  ): Promise<AbortController> => {
    const { resource, streams, times, onSet } = this.#options
    // ListWatch may have been in the middle of a list when it was stopped.
    if (this.#isClosed) return new AbortController()
    const handlers = {
      onChange: (type: string, object: T): void => {
        const isThere = type === 'ADDED' || type === 'MODIFIED'
        if (isThere && resource.isPassing) {
          onSet?.(object)
          // Its version moves on, and nothing is kept.
          callback('BOOKMARK', object)
        } else if (isThere && this.#size >= resource.max && !this.#has(object)) {
          this.counts.leftOut += 1
        } else if (type !== 'DELETED' || !resource.isPassing) callback(type, object)
      },
      onDone: (error: unknown): void => {
        if (this.#isClosed) return
        if (isSilence(error)) this.restarts.silent += 1
        const isExpired = error instanceof WatchError && error.statusCode === 410
        if (isExpired) this.restarts.expired += 1
        done(error)
      },
      onAlive: (): void => this.#alive(),
    }
    return watchFrom(streams, resource, query, handlers, this.counts, times)
  }

  async #listAll() {
    const { resource, streams, onListed, onSet } = this.#options
    const all = await listAll(streams, resource, this.counts)
    this.#alive()
    onListed?.(all.items)
    if (!resource.isPassing) return { body: all, ...all }
    for (const object of all.items) onSet?.(object)
    const none = { ...all, items: [] }
    return { body: none, ...none }
  }

  #has({ metadata }: T): boolean {
    return this.#list.get(metadata.name, metadata.namespace) !== undefined
  }

  #alive(): void {
    const { name, log, clock } = this.#options
    this.#aliveMs = clock.monotonicMs()
    this.#backoff.reset()
    if (this.#state === 'following') return
    if (this.#state !== 'starting') log.info({ resource: name }, 'cluster: follows again')
    this.#state = 'following'
    this.#detail = ''
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return
    const { name, resource, log } = this.#options
    const reason = restartReason(error)
    this.restarts[reason] += 1
    const detail = (error as Error).message
    const state = reason === 'forbidden' ? 'forbidden' : 'stale'
    if (state !== this.#state) {
      const remedy = `allow list and watch of ${resource.path}, or do without --cluster-context`
      const message =
        state === 'forbidden' ? `cluster: a right is missing: ${remedy}` : 'cluster: cannot follow'
      log.warn({ resource: name, error: detail }, message)
    }
    this.#state = state
    this.#detail = detail
    const askedMs = error instanceof WatchError ? error.retryAfterMs : 0
    const waitMs = state === 'forbidden' ? forbiddenRetryMs : askedMs
    const delayMs = waitMs + this.#backoff.nextDelayMs()
    this.#timer = globalThis.setTimeout(() => this.start(), delayMs)
    this.#timer.unref()
  }
}
