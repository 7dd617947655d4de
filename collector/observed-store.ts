/**
 * A store that tells what it has made durable, and how long its answers took: metrics, detection and the live tail learn of events
 * only when they are safe.
 */
import type { Clock } from '#base/clock.ts'
import type { AgentChunk, Store } from './store/store.ts'

/** What is asked of a store on behalf of people and of the audit; each is timed. */
export const storeReads = [
  'events',
  'coverage',
  'containers',
  'workloads',
  'who',
  'agents',
  'audit',
] as const
export type StoreRead = (typeof storeReads)[number]

export interface StoreObserver {
  /** Called after each successful insert. Must not throw. */
  readonly stored: (chunks: readonly AgentChunk[]) => void
  /** Called when a read has its answer or has failed. Must not throw. */
  readonly asked: (read: StoreRead, durationMs: number) => void
}

export const observeStore = (
  store: Store,
  clock: Pick<Clock, 'monotonicMs'>,
  { stored, asked }: StoreObserver,
): Store => {
  const timed = async <Answer>(read: StoreRead, ask: () => Promise<Answer>): Promise<Answer> => {
    const beganMs = clock.monotonicMs()
    try {
      return await ask()
    } finally {
      asked(read, clock.monotonicMs() - beganMs)
    }
  }
  return {
    insert: async (chunks) => {
      await store.insert(chunks)
      stored(chunks)
    },
    durable: (agent, epoch) => store.durable(agent, epoch),
    audit: (options) => timed('audit', () => store.audit(options)),
    hold: (hold) => store.hold(hold),
    holds: () => store.holds(),
    release: (id) => store.release(id),
    agentSeen: (agent) => store.agentSeen(agent),
    events: (query) => timed('events', () => store.events(query)),
    coverage: (query) => timed('coverage', () => store.coverage(query)),
    containers: (query) => timed('containers', () => store.containers(query)),
    workloads: (query) => timed('workloads', () => store.workloads(query)),
    who: (query) => timed('who', () => store.who(query)),
    agents: () => timed('agents', () => store.agents()),
    health: () => store.health(),
    close: () => store.close(),
  }
}
