/**
 * Which processes there are and what they run, so that an event can be judged by its ancestry. Learns from executions as they
 * are evaluated; called by detection.ts. Bounded; who is dead goes first, because the dead have no more children.
 *
 * It is a memory, not a record: after a start it knows what the store's latest executions tell, and what it does not know is
 * unknown, never guessed.
 */
import { LRUCache } from 'lru-cache'
import type { ProcessInfo, TimelineEvent } from '#proto/api.ts'

/** Alive as far as was seen: 500 on each of 200 nodes, some 50 MB. */
const maxLiving = 100_000
/** Ended, for the children and closings that are told after it. */
const maxDead = 20_000
/** Generations that are looked up. */
export const maxAncestors = 16
/** Of an argument list, characters: an ancestor is recognised by how it begins. */
const maxArgvLength = 1_024

/** What is remembered of an execution. */
export interface KnownProcess
  extends Pick<
    ProcessInfo,
    | 'id'
    | 'parentId'
    | 'creatorId'
    | 'ancestorId'
    | 'pid'
    | 'exe'
    | 'script'
    | 'interpreter'
    | 'cwd'
    | 'tty'
    | 'entry'
  > {
  readonly argv: readonly string[]
  readonly uid: number | null
  readonly containerId: string
  readonly stdioSockets: readonly string[]
  readonly fileOrigin: string
  readonly capabilities: string
  readonly namespaces: Readonly<Record<string, number>>
  readonly runtime: boolean
  /** RFC 3339, of the execution. */
  readonly since: string
}

/** Arguments up to a length, whole ones first. */
const beginOf = (argv: readonly string[]): readonly string[] => {
  let room = maxArgvLength
  const kept: string[] = []
  for (const one of argv) {
    if (room <= 0) break
    kept.push(one.slice(0, room))
    room -= one.length + 1
  }
  return kept
}

/** A process is told by node, boot, pid and start; the id holds the last three. */
const keyOf = (node: string, id: string): string => `${node}\0${id}`

const knownOf = (one: ProcessInfo, event: TimelineEvent): KnownProcess => ({
  id: one.id,
  parentId: one.parentId,
  ...(one.creatorId !== undefined && { creatorId: one.creatorId }),
  ...(one.ancestorId !== undefined && { ancestorId: one.ancestorId }),
  pid: one.pid,
  exe: one.exe,
  ...(one.script !== undefined && { script: one.script }),
  ...(one.interpreter !== undefined && { interpreter: one.interpreter }),
  cwd: one.cwd ?? '',
  tty: one.tty ?? '',
  entry: one.entry ?? 'unknown',
  argv: beginOf(one.argv ?? []),
  uid: one.uid,
  containerId: event.containerId,
  stdioSockets: one.stdioSockets ?? [],
  fileOrigin: one.fileOrigin ?? 'unknown',
  capabilities: one.capabilities ?? '0x0',
  namespaces: one.namespaces ?? {},
  runtime: one.runtime ?? false,
  since: event.time,
})

const nextOf = ({
  ancestorId,
  creatorId,
  parentId,
}: Pick<ProcessInfo, 'parentId' | 'creatorId' | 'ancestorId'>) =>
  ancestorId ?? creatorId ?? parentId

/** One process and its ancestors, the nearest first, as they were. */
export const viewOf = (line: readonly KnownProcess[], own?: KnownProcess): ProcessView => ({
  get: (_node, id) => (id === own?.id ? own : undefined),
  ancestors: (_node, _process, _containerId, most = maxAncestors) => line.slice(0, most),
})

/** What is known of processes: the memory as it is, or a moment of it. */
export type ProcessView = Pick<ProcessMemory, 'get' | 'ancestors'>

export class ProcessMemory {
  readonly #living = new LRUCache<string, KnownProcess>({
    max: maxLiving,
    dispose: (_value, _key, reason) => {
      if (reason === 'evict') this.#forgotten += 1
    },
  })
  readonly #dead = new LRUCache<string, KnownProcess>({ max: maxDead })
  #forgotten = 0
  /** The line that was asked for last: of one event, rules and baselines ask in turn. Nothing was learnt since. */
  #last:
    | {
        readonly process: object
        readonly containerId: string
        readonly line: readonly KnownProcess[]
      }
    | undefined

  get size(): number {
    return this.#living.size + this.#dead.size
  }

  /** Processes that were still alive and had to go for want of room. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Takes what an event tells of its process: an execution that it runs something else, an exit that it is dead. */
  learn(event: TimelineEvent): void {
    this.#last = undefined
    if (event.kind === 'exec') {
      const key = keyOf(event.node, event.process.id)
      this.#living.set(key, knownOf(event.process, event))
    } else if (event.kind === 'exit') {
      const key = keyOf(event.node, event.process.id)
      const known = this.#living.get(key)
      if (known === undefined) return
      this.#living.delete(key)
      this.#dead.set(key, known)
    }
  }

  /**
   * What it knows of an event's process now, for a judgement that has to wait: by then those above it may run something else.
   * Of processes of other events it tells nothing.
   */
  moment(event: TimelineEvent): ProcessView {
    const own = 'process' in event ? event.process : null
    const known = own === null ? undefined : this.get(event.node, own.id)
    const line = own === null ? [] : this.ancestors(event.node, known ?? own, event.containerId)
    return viewOf(line, known)
  }

  get(node: string, id: string): KnownProcess | undefined {
    const key = keyOf(node, id)
    return this.#living.get(key) ?? this.#dead.get(key)
  }

  /**
   * The line of a process's parents, the nearest first, as far as it is known and within the container: above its first process
   * are the runtime and the node, whom no rule asks for. Where parent and creator differ (a daemon whose parent ended), the
   * creator tells where it came from; where that one only forked, the nearest forebear that executed something.
   */
  ancestors(
    node: string,
    process: Pick<ProcessInfo, 'parentId' | 'creatorId' | 'ancestorId'>,
    containerId: string,
    most = maxAncestors,
  ): readonly KnownProcess[] {
    if (this.#last?.process !== process || this.#last.containerId !== containerId)
      this.#last = { process, containerId, line: this.#lineOf(node, process, containerId) }
    const { line } = this.#last
    return line.length > most ? line.slice(0, most) : line
  }

  #lineOf(
    node: string,
    process: Pick<ProcessInfo, 'parentId' | 'creatorId' | 'ancestorId'>,
    containerId: string,
  ): readonly KnownProcess[] {
    const line: KnownProcess[] = []
    let next = nextOf(process)
    while (next !== null && next !== undefined && line.length < maxAncestors) {
      const known = this.get(node, next)
      if (known === undefined || known.containerId !== containerId) break
      // Ids are what agents say: a line that comes back to itself ends.
      if (line.includes(known)) break
      line.push(known)
      next = nextOf(known)
    }
    return line
  }
}
