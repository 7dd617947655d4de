/**
 * Matches DNS replies to the queries they answer. The tracker hands over every DNS record, and asks for what stayed
 * unanswered about once a second.
 *
 * Rule: every readable message is part of exactly one lookup, answered or not, or is counted: as a duplicate, or as lost
 * where a flood of unanswered queries fills both limits.
 */
import type { DnsRecord } from '../sources/record.ts'
import { type DnsMessage, parseDnsMessage } from './message.ts'

/** The first time-out of glibc and of musl's last try. What comes later is a lookup of its own, without latency. */
export const unansweredAfterNs = 5_000_000_000
/** How long another reply to the same query is recognised as such. */
const duplicateWithinNs = 5_000_000_000

/** Over 3,000 unanswered queries per second; about 300 bytes each. */
const pendingMaxDefault = 16_384
/** Replies whose duplicates are recognised; about 100 bytes each, for five seconds. */
const answeredMaxDefault = 16_384
/** Room is made for so large a part at once: a map passes over all that it lost to find its oldest entry. */
const evictedPart = 1 / 256

export interface Lookup {
  /** When the reply came, ns since boot. */
  readonly bootNs: number
  /** As the query has it; as the reply has it where the query was not seen. Form and case as in NameAt. */
  readonly name: string
  readonly type: string
  readonly rcode: string
  /** Texts as in DnsAnswer. */
  readonly answers: readonly string[]
  /** Those of them that are addresses. */
  readonly addresses: readonly string[]
  /** The smallest of all answers; null without answers. */
  readonly ttlSeconds: number | null
  /** From the first query to its reply; null when no query was seen: lost, or sent to another port before translation. */
  readonly latencyNs: number | null
}

/** A query without a reply, with what the caller gave to it. */
export interface UnansweredLookup<Owner> {
  readonly owner: Owner
  /** When it was sent first, ns since boot. */
  readonly bootNs: number
  readonly name: string
  readonly type: string
  /** How often it was sent, at least 1. */
  readonly count: number
}

/** Cumulative. */
export interface LookupCounts {
  /** Messages that are no readable query or reply, updates among them, or not what their direction says. */
  readonly malformed: number
  /** Replies like one before, to the same query. */
  readonly duplicates: number
  /** Queries given out as unanswered before their time, for want of room. */
  readonly evicted: number
  /** Of those, the transmissions nobody asked for in time. */
  readonly lost: number
  /** Answered queries forgotten early: a late duplicate of theirs becomes a lookup. */
  readonly forgotten: number
  /** Lookups that lack answers, see DnsMessage.truncated. */
  readonly truncated: number
}

export interface DnsLookupsOptions {
  /** Queries that wait for a reply; as many again may wait to be asked for as unanswered. */
  readonly pendingMax?: number
  readonly answeredMax?: number
}

interface Pending<Owner> extends UnansweredLookup<Owner> {
  count: number
}

/** What a reply repeats of its query. Case may differ; the name goes last, so that no two queries share a key. */
const keyOf = ({ socket, local, peer }: DnsRecord, { id, question }: DnsMessage): string => {
  const where =
    socket === 0 ? `${local.address} ${local.port} ${peer.address} ${peer.port}` : socket
  return `${where} ${id} ${question.type} ${question.name.toLowerCase()}`
}

/** Takes out the oldest entries, up to the first that is not `due`; `taken` went before it. */
const takeOldest = <Value>(
  map: Map<string, Value>,
  due: (value: Value, taken: number) => boolean,
): readonly Value[] => {
  const values: Value[] = []
  for (const [key, value] of map) {
    if (!due(value, values.length)) break
    map.delete(key)
    values.push(value)
  }
  return values
}

/** What has to go before another entry fits; nothing mostly. */
const makeRoom = <Value>(map: Map<string, Value>, max: number): readonly Value[] =>
  map.size < max ? [] : takeOldest(map, (_value, taken) => taken < Math.ceil(max * evictedPart))

export class DnsLookups<Owner> {
  readonly #pendingMax: number
  readonly #answeredMax: number
  /** Both in order of time: a query keeps its first place, a reply takes the last. */
  readonly #pending = new Map<string, Pending<Owner>>()
  /** When the reply came, ns since boot. */
  readonly #answered = new Map<string, number>()
  /** Unanswered, and not yet asked for. */
  #due: UnansweredLookup<Owner>[] = []
  readonly #counts = {
    malformed: 0,
    duplicates: 0,
    evicted: 0,
    lost: 0,
    forgotten: 0,
    truncated: 0,
  }

  constructor(options: DnsLookupsOptions = {}) {
    this.#pendingMax = options.pendingMax ?? pendingMaxDefault
    this.#answeredMax = options.answeredMax ?? answeredMaxDefault
  }

  get counts(): LookupCounts {
    return this.#counts
  }

  /** Queries that wait for a reply. */
  get pending(): number {
    return this.#pending.size
  }

  /** `owner` comes back if nobody answers. Of a query that is sent again, the first one's is kept. */
  query(record: DnsRecord, owner: Owner): void {
    const message = this.#parse(record)
    if (message === undefined) return
    const { bootNs } = record
    const key = keyOf(record, message)
    const known = this.#pending.get(key)
    if (known !== undefined && bootNs - known.bootNs < unansweredAfterNs) {
      known.count += 1
      return
    }
    if (known !== undefined) {
      this.#pending.delete(key)
      this.#giveOut(known)
    }
    for (const oldest of makeRoom(this.#pending, this.#pendingMax)) {
      this.#counts.evicted += 1
      this.#giveOut(oldest)
    }
    this.#pending.set(key, { owner, bootNs, ...message.question, count: 1 })
  }

  /** Undefined when it cannot be read or is a duplicate. */
  reply(record: DnsRecord): Lookup | undefined {
    const message = this.#parse(record)
    if (message === undefined) return undefined
    const { bootNs } = record
    const key = keyOf(record, message)
    const query = this.#pending.get(key)
    // Resolvers that ask several servers at once may get SERVFAIL from one and addresses from the next: both count.
    const answeredKey = `${message.rcode} ${key}`
    if (query !== undefined) this.#pending.delete(key)
    else if (this.#isDuplicate(answeredKey, bootNs)) return undefined
    this.#answered.delete(answeredKey)
    this.#counts.forgotten += makeRoom(this.#answered, this.#answeredMax).length
    this.#answered.set(answeredKey, bootNs)
    return this.#lookup(message, query, bootNs)
  }

  /**
   * Queries that were sent first at least five seconds before `nowNs`, and those that had to go early; each once.
   * `nowNs`: boot time up to which records were handed over. Ahead of that, a reply that is only not yet read looks missing.
   */
  expired(nowNs: number): readonly UnansweredLookup<Owner>[] {
    const due = this.#due
    this.#due = []
    takeOldest(this.#answered, (bootNs) => nowNs - bootNs >= duplicateWithinNs)
    return due.concat(
      takeOldest(this.#pending, ({ bootNs }) => nowNs - bootNs >= unansweredAfterNs),
    )
  }

  /** The message, if it is what its direction says. */
  #parse({ message: bytes, direction }: DnsRecord): DnsMessage | undefined {
    const message = parseDnsMessage(bytes)
    if (message !== undefined && message.isReply === (direction === 'reply')) return message
    this.#counts.malformed += 1
    return undefined
  }

  #isDuplicate(answeredKey: string, bootNs: number): boolean {
    const beforeNs = this.#answered.get(answeredKey)
    if (beforeNs === undefined || bootNs - beforeNs >= duplicateWithinNs) return false
    this.#counts.duplicates += 1
    return true
  }

  #lookup(
    { rcode, question, answers, truncated }: DnsMessage,
    query: Pending<Owner> | undefined,
    bootNs: number,
  ): Lookup {
    if (truncated) this.#counts.truncated += 1
    const ttls = answers.map(({ ttlSeconds }) => ttlSeconds)
    return {
      bootNs,
      name: query?.name ?? question.name,
      type: question.type,
      rcode,
      answers: answers.map(({ text }) => text),
      addresses: answers.filter(({ isAddress }) => isAddress).map(({ text }) => text),
      ttlSeconds: ttls.length === 0 ? null : Math.min(...ttls),
      latencyNs: query === undefined ? null : Math.max(0, bootNs - query.bootNs),
    }
  }

  #giveOut(query: Pending<Owner>): void {
    if (this.#due.length < this.#pendingMax) this.#due.push(query)
    else this.#counts.lost += query.count
  }
}
