/**
 * What is stored right now, for everyone who follows it: /tail subscribes, the store's wrapper publishes. Costs
 * nothing while nobody listens.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { Endpoint } from '#proto/event.ts'
import type { NameCache } from '../names.ts'
import type { AgentChunk, EventQuery } from '../store/store.ts'
import { toTimelineEvent } from './live-event.ts'

export type LiveSubscriber = (event: TimelineEvent) => void

const matchesContainer = (asked: string, event: TimelineEvent): boolean =>
  event.container === asked ||
  event.containerId === asked ||
  (/^[0-9a-f]{6,}$/.test(asked) && event.containerId.startsWith(asked))

const matchesText = (needle: string, event: TimelineEvent): boolean => {
  if (event.kind === 'pod') return `${event.reason} ${event.message}`.toLowerCase().includes(needle)
  if (!('process' in event) || !event.process) return false
  const { exe, argv = [] } = event.process
  return exe.toLowerCase().includes(needle) || argv.join(' ').toLowerCase().includes(needle)
}

/** Whether an event passes the filters of a query; times, limit and cursor have no meaning for what happens now. */
export const matchesQuery = (query: EventQuery, event: TimelineEvent): boolean => {
  const { namespace, workload, pod, container, node, kinds, text } = query
  if (node !== undefined && event.node !== node) return false
  if (kinds !== undefined && !kinds.includes(event.kind)) return false
  // A hole in the whole node's record concerns whoever asks about any part of it.
  if (event.kind === 'gap' && event.containerId === '') return true
  return (
    (namespace === undefined || event.namespace === namespace) &&
    (workload === undefined || event.workload === workload) &&
    (pod === undefined || event.pod === pod) &&
    (container === undefined || matchesContainer(container, event)) &&
    (text === undefined || event.kind === 'gap' || matchesText(text.toLowerCase(), event))
  )
}

export class LiveEvents {
  readonly #names: NameCache
  readonly #apiServer: Endpoint | undefined
  readonly #subscribers = new Set<LiveSubscriber>()

  /** `apiServer`: where the cluster's API server serves, as events spell it. */
  constructor(names: NameCache, apiServer?: Endpoint) {
    this.#names = names
    this.#apiServer = apiServer
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Returns the function that ends the subscription. */
  subscribe(subscriber: LiveSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** Something that has all its names. */
  publishEvent(event: TimelineEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event)
  }

  publish(chunk: AgentChunk): void {
    if (this.#subscribers.size === 0) return
    for (const [index, { containerId }] of chunk.events.entries()) {
      const names = this.#names.get(chunk.node, containerId)
      const event = toTimelineEvent(chunk, index, names, this.#apiServer)
      if (event) for (const subscriber of this.#subscribers) subscriber(event)
    }
  }
}
