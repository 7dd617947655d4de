/**
 * The sockets known of one network namespace, and what changed between two looks at its tables. Pure bookkeeping, owned by
 * socket-scan.ts, which reads the tables and looks for owners.
 *
 * Rule: nothing is invented. A socket is an inode with its addresses: the same inode with others is another socket. What may have been
 * there before, unseen, is not said to have begun.
 */
import type { Endpoint, ProcessKey, Transport } from '#proto/event.ts'
import type { ConnectionTableName, TableLook } from './net-namespaces.ts'
import type { SocketRow } from './net-table.ts'

/** `inbound`: its local address is listened on in the same namespace. */
export type SocketRole = 'listen' | 'outbound' | 'inbound'

export interface KnownSocket {
  readonly inode: number
  readonly table: ConnectionTableName
  readonly transport: Transport
  readonly role: SocketRole
  readonly local: Endpoint
  readonly peer: Endpoint
  /** When it was first seen, ns since boot; null when it may have been there before. */
  readonly firstSeenNs: number | null
  /** The last process that was seen to hold it. */
  owner: ProcessKey | undefined
  /** Searches for an owner that found none, since the last that did. */
  searches: number
  /** The look that saw it last. */
  look: number
}

export interface LookOptions {
  readonly bootNs: number
  /** True when nothing in this namespace is older than the previous look at the node. */
  readonly isYoung: boolean
  /** Most sockets this namespace may have. */
  readonly socketsMax: number
}

export interface SocketChanges {
  readonly started: readonly KnownSocket[]
  readonly ended: readonly KnownSocket[]
  /** New ones that had no room. */
  readonly refused: number
}

const sameEnd = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address

/** A connection, a listener, or neither (yet). States behind `established` tell that it was. */
const kindOf = (transport: Transport, row: SocketRow): 'listen' | 'connection' | undefined => {
  if (transport === 'udp') {
    if (row.peer.port !== 0) return 'connection'
    return row.local.port === 0 ? undefined : 'listen'
  }
  switch (row.state) {
    case 'listen':
      return 'listen'
    case 'established':
    case 'fin-wait-1':
    case 'fin-wait-2':
    case 'close-wait':
    case 'closing':
    case 'last-ack':
      return 'connection'
    default:
      return undefined
  }
}

const portKey = (transport: Transport, address: string, port: number): string =>
  `${transport} ${address} ${port}`

interface NewRow {
  readonly table: TableLook
  readonly row: SocketRow
  readonly kind: 'listen' | 'connection'
}

export class NamespaceSockets {
  readonly #byInode = new Map<number, KnownSocket>()
  #looks = 0
  /** True when the last look saw and kept everything: what is new now was not there then. */
  #sawAll = false

  get size(): number {
    return this.#byInode.size
  }

  values(): IterableIterator<KnownSocket> {
    return this.#byInode.values()
  }

  /** Compares the tables with those of the last look. */
  update(tables: readonly TableLook[], options: LookOptions): SocketChanges {
    const isCertain = this.#looks === 0 ? options.isYoung : this.#sawAll
    this.#looks += 1
    const fresh = this.#mark(tables)
    const listening = this.#listening(fresh)
    const ended = this.#end(tables, fresh)
    const started: KnownSocket[] = []
    let refused = 0
    for (const { table, row, kind } of fresh) {
      // The kernel walks its table while it changes: a row may come twice.
      if (this.#byInode.has(row.inode)) continue
      if (this.#byInode.size >= options.socketsMax) {
        refused += 1
        continue
      }
      const { transport, name } = table
      const { inode, local, peer } = row
      const socket: KnownSocket = {
        inode,
        table: name,
        transport,
        role: kind === 'listen' ? 'listen' : roleOf(transport, local, listening),
        local,
        peer,
        firstSeenNs: isCertain ? options.bootNs : null,
        owner: undefined,
        searches: 0,
        look: this.#looks,
      }
      this.#byInode.set(inode, socket)
      started.push(socket)
    }
    this.#sawAll = refused === 0 && tables.every(({ complete }) => complete)
    return { started, ended, refused }
  }

  /** Marks what is still there and returns what is not known. */
  #mark(tables: readonly TableLook[]): NewRow[] {
    const fresh: NewRow[] = []
    for (const table of tables) {
      for (const row of table.rows) {
        const known = this.#byInode.get(row.inode)
        const isKnown =
          known?.table === table.name &&
          sameEnd(known.local, row.local) &&
          sameEnd(known.peer, row.peer)
        if (isKnown) known.look = this.#looks
        const kind = isKnown ? undefined : kindOf(table.transport, row)
        if (kind !== undefined) fresh.push({ table, row, kind })
      }
    }
    return fresh
  }

  /** What is listened on now or was at the last look: some servers close their listener as soon as they have accepted. */
  #listening(fresh: readonly NewRow[]): ReadonlySet<string> {
    const listening = new Set<string>()
    const add = (transport: Transport, { address, port }: Endpoint): unknown =>
      listening.add(portKey(transport, address, port))
    for (const { role, transport, local } of this.#byInode.values()) {
      if (role === 'listen') add(transport, local)
    }
    for (const { kind, table, row } of fresh) {
      if (kind === 'listen') add(table.transport, row.local)
    }
    return listening
  }

  /** Forgets and returns what is gone: missing from a table that was read whole, or replaced. */
  #end(tables: readonly TableLook[], fresh: readonly NewRow[]): KnownSocket[] {
    const replaced = new Set(fresh.map(({ row }) => row.inode))
    const whole = new Set(tables.filter(({ complete }) => complete).map(({ name }) => name))
    const ended: KnownSocket[] = []
    for (const [inode, socket] of this.#byInode) {
      if (socket.look === this.#looks) continue
      if (!whole.has(socket.table) && !replaced.has(inode)) continue
      this.#byInode.delete(inode)
      ended.push(socket)
    }
    return ended
  }
}

const roleOf = (
  transport: Transport,
  { address, port }: Endpoint,
  listening: ReadonlySet<string>,
): SocketRole =>
  [address, '0.0.0.0', '::'].some((listener) => listening.has(portKey(transport, listener, port)))
    ? 'inbound'
    : 'outbound'
