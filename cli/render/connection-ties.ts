/**
 * Which events are of one connection: opening, bytes told while it went on, and end carry the same socket number. Called
 * by tree.ts with the events of a page in time order.
 */
import type { TimelineConnection } from '#proto/api.ts'

/** Numbers are a node's own, and in a rare race given twice: the peer tells such connections apart. */
const keyOf = ({ node, transport, socket, peer }: TimelineConnection): string =>
  `${node}\0${transport}\0${socket}\0${peer?.address}\0${peer?.port}`

/** What goes on at one place of the page; `T` is what the caller keeps of a connection. */
export class ConnectionTies<T> {
  readonly #open = new Map<string, T>()

  /** The connection that this event is part of; undefined where it is the first of one. */
  goingOn(event: TimelineConnection): T | undefined {
    // Procfs numbers sockets by inode, which is used again; a snapshot may tell again of what is open.
    const opensAnew = event.kind !== 'close' && !event.snapshot
    return opensAnew ? undefined : this.#open.get(keyOf(event))
  }

  /** Remembers the event's connection until its end; an event of several or of an unknown socket ties nothing. */
  note(event: TimelineConnection, connection: T): void {
    if (event.socket === 0) return
    const isEnd = event.kind === 'close' && !event.ongoing
    if (isEnd) this.#open.delete(keyOf(event))
    else this.#open.set(keyOf(event), connection)
  }
}
