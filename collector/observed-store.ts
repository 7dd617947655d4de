/** A store that tells what it has made durable: metrics and the live tail learn of events only when they are safe. */
import type { AgentChunk, Store } from './store/store.ts'

/** Calls `stored` after each successful insert. It must not throw. */
export const observeStore = (
  store: Store,
  stored: (chunks: readonly AgentChunk[]) => void,
): Store => ({
  insert: async (chunks) => {
    await store.insert(chunks)
    stored(chunks)
  },
  durable: (agent, epoch) => store.durable(agent, epoch),
  audit: (options) => store.audit(options),
  hold: (hold) => store.hold(hold),
  holds: () => store.holds(),
  release: (id) => store.release(id),
  agentSeen: (agent) => store.agentSeen(agent),
  events: (query) => store.events(query),
  coverage: (query) => store.coverage(query),
  containers: (query) => store.containers(query),
  workloads: (query) => store.workloads(query),
  who: (query) => store.who(query),
  agents: () => store.agents(),
  health: () => store.health(),
  close: () => store.close(),
})
