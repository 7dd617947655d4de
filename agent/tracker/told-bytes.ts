/**
 * What was told of connections while they went on, for the moment in which one is read and closed at once: the kernel's two
 * records may then both begin at what was told before. Owned by the tracker's sockets.
 */
import { LRUCache } from 'lru-cache'
import type { CloseRecord } from '../sources/record.ts'

/** Both records are in the ring within microseconds; the connections that go on are looked at every 30 s. */
const socketsMax = 8_192
/** Younger connections are not told of while they go on (ONGOING_NS of tcp.bpf.h, 30 s). */
const youngNs = 29_000_000_000

interface Told {
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly isClosed: boolean
}

export class ToldBytes {
  readonly #told = new LRUCache<string, Told>({
    max: socketsMax,
    dispose: (_told, _key, reason) => {
      if (reason === 'evict') this.#evicted += 1
    },
  })
  #evicted = 0

  /** Connections forgotten for newer ones, since the start: those that ended among them, which need no memory any more. */
  get evicted(): number {
    return this.#evicted
  }

  /** The record with what it may tell, or undefined when all of it was told. Records of a socket come in any order. */
  apply(record: CloseRecord): CloseRecord | undefined {
    const { socket, sentBytes, receivedBytes } = record
    if (socket === 0 || sentBytes === null || receivedBytes === null) return record
    const key = `${record.transport}${socket}`
    const before = this.#told.get(key)
    // Nearly all connections: too young to have been told of.
    if (before === undefined && !record.ongoing && isYoung(record)) return record
    if (before?.isClosed === true) return undefined
    this.#told.set(key, { sentBytes, receivedBytes, isClosed: !record.ongoing })
    if (before === undefined) return record
    return {
      ...record,
      toldSentBytes: Math.max(record.toldSentBytes, before.sentBytes),
      toldReceivedBytes: Math.max(record.toldReceivedBytes, before.receivedBytes),
    }
  }
}

const isYoung = ({ openedNs, bootNs }: CloseRecord): boolean =>
  openedNs !== null && bootNs - openedNs < youngNs
