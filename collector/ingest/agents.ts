/**
 * What ingest knows of each agent since the collector started, for the API and metrics, and the throttled upserts into the
 * store. Bounded: agents beyond the limit that are not connected are forgotten, the longest silent first.
 */
import type { Clock } from '#base/clock.ts'
import { formatTime } from '#base/values.ts'
import type { AgentInfo } from '#proto/api.ts'
import type { Hello, Status } from '#proto/frame.ts'
import type { Store } from '../store/store.ts'

export interface AgentTableOptions {
  readonly store: Pick<Store, 'agentSeen'>
  readonly clock: Clock
  /** 10,000 by default. */
  readonly maxAgents?: number
  /** Least time between two upserts of one agent; 15 s by default. Changes of connection and epoch go at once. */
  readonly upsertIntervalMs?: number
}

interface Entry {
  info: AgentInfo
  upsertedMs: number
}

export class AgentTable {
  readonly #options: AgentTableOptions
  /** In order of last sight. */
  readonly #entries = new Map<string, Entry>()
  /** Upserts that the store refused; the next one carries everything again. */
  failedUpserts = 0

  constructor(options: AgentTableOptions) {
    this.#options = options
  }

  all(): readonly AgentInfo[] {
    return [...this.#entries.values()].map(({ info }) => info)
  }

  welcomed(hello: Hello, durableSeq: number): void {
    const before = this.#entries.get(hello.agent)?.info
    const isSame = before?.epoch === hello.epoch
    this.#put(
      {
        agent: hello.agent,
        node: hello.node,
        epoch: hello.epoch,
        version: hello.agentVersion,
        kernel: hello.kernel,
        sources: before?.sources ?? [],
        connected: true,
        lastSeen: this.#now(),
        epochs: before?.epochs ?? [],
        kernelUnaccounted: before?.kernelUnaccounted ?? 0,
        captured: isSame ? before.captured : 0,
        filtered: isSame ? before.filtered : 0,
        lost: isSame ? before.lost : 0,
        lastSeq: hello.lastUnackedSeq,
        ackedSeq: durableSeq,
      },
      true,
    )
  }

  status(agent: string, status: Status, ackedSeq: number): void {
    const { captured, filtered, lost } = status.ledger
    const { sources, lastSeq, kernelUnaccounted } = status
    const epochs = status.epochs.map(({ epoch, lastSeq: last, totals }) => ({
      epoch,
      lastSeq: last,
      ...totals,
    }))
    const counted = { captured, filtered, lost, kernelUnaccounted, epochs }
    this.#change(agent, { ...counted, sources, lastSeq, ackedSeq }, false)
  }

  disconnected(agent: string, ackedSeq: number): void {
    this.#change(agent, { connected: false, ackedSeq }, true)
  }

  #now(): string {
    return formatTime(this.#options.clock.nowUs())
  }

  #change(agent: string, facts: Partial<AgentInfo>, isUrgent: boolean): void {
    const entry = this.#entries.get(agent)
    if (entry !== undefined) this.#put({ ...entry.info, ...facts, lastSeen: this.#now() }, isUrgent)
  }

  #put(info: AgentInfo, isUrgent: boolean): void {
    const { store, clock, maxAgents = 10_000, upsertIntervalMs = 15_000 } = this.#options
    const nowMs = clock.monotonicMs()
    const upsertedMs = this.#entries.get(info.agent)?.upsertedMs ?? Number.NEGATIVE_INFINITY
    const isDue = isUrgent || nowMs - upsertedMs >= upsertIntervalMs
    this.#entries.delete(info.agent)
    this.#entries.set(info.agent, { info, upsertedMs: isDue ? nowMs : upsertedMs })
    if (this.#entries.size > maxAgents) {
      const oldest = [...this.#entries].find(([, entry]) => !entry.info.connected)
      if (oldest !== undefined) this.#entries.delete(oldest[0])
    }
    if (isDue)
      store.agentSeen(info).catch(() => {
        this.failedUpserts += 1
      })
  }
}
