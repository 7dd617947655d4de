/**
 * The collector's store in a simulated world: survives the collector, stores rows and `acked` entries in two steps between which
 * everything may die, retries with the same token, repairs what a crash left between them, and forgets old days. A model of what
 * collector/store does, to hold ingest and agents against; its own behaviour is tested on the real engine.
 */
import { StoreError } from '#collector/store/errors.ts'
import type { AgentChunk, Durable, StoreHealth } from '#collector/store/store.ts'
import type { Event } from '#proto/event.ts'
import { noTotals, type Totals } from '#proto/frame.ts'
import { unitsOf } from '#proto/units.ts'
import type { Chance } from './random.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

export interface Row {
  readonly agent: string
  readonly epoch: number
  readonly seq: number
  readonly day: number
  readonly event: Event
}

/** What is known of an epoch without its rows. */
export interface Ledger {
  firstSeq: number
  lastSeq: number
  /** Sequence numbers covered, each time they were. */
  numbers: number
  before: Totals
  after: Totals
  units: number
  expired: number
}

/** A day of this world, so that runs of minutes see several. */
const dayUs = 60e6

const keyOf = (agent: string, epoch: number): string => `${agent}|${epoch}`

export class VirtualStore {
  readonly #time: VirtualTime
  readonly #chance: Chance
  /** Rows of each epoch, by number. */
  readonly rows = new Map<string, Map<number, Row>>()
  readonly ledgers = new Map<string, Ledger>()
  /** Rows whose number was there already: each is a fault. */
  duplicates = 0
  /** Numbers that came before the ones in front of them: each is a fault. */
  disorders = 0
  insertMs = 30
  isFailing = false
  /** An event that no column takes. */
  refuses: (event: Event) => boolean = () => false
  /** Wall time of the collector's host. */
  nowUs: () => number = () => 0
  #landing: (() => void) | undefined
  #tail: Promise<void> = Promise.resolve()
  #failure = ''

  constructor(time: VirtualTime, chance: Chance) {
    this.#time = time
    this.#chance = chance
  }

  get day(): number {
    return Math.floor(this.nowUs() / dayUs)
  }

  /** The engine dies: what is on its way has landed, or has not. The collector, if it lives, tries again. */
  killEngine(): void {
    const landing = this.#landing
    this.#landing = undefined
    if (landing !== undefined && this.#chance.happens(0.5)) landing()
  }

  /** What a collector process sees of it. */
  viewOf(owner: Owner) {
    this.#tail = Promise.resolve()
    return {
      insert: (chunks: readonly AgentChunk[]) => {
        const { day } = this
        const done = this.#tail.then(() => this.#insert(owner, chunks, day))
        this.#tail = done.catch(() => {})
        return done
      },
      durable: async (agent: string, epoch: number) => {
        await this.#time.sleep(this.#chance.whole(1, 10))
        return this.#durable(agent, epoch)
      },
      agentSeen: async () => {},
      health: (): StoreHealth => ({
        state: this.#failure === '' ? 'ready' : 'failing',
        detail: this.#failure,
        engineRestarts: 0,
        rowsInserted: 0,
        insertsRetried: 0,
        sizeBytes: 0,
      }),
    }
  }

  async #insert(owner: Owner, chunks: readonly AgentChunk[], day: number): Promise<void> {
    if (chunks.some(({ events }) => events.some(this.refuses)))
      throw new StoreError('rejected', 'a value that no column takes')
    const landed = { rows: false, acked: false }
    const step = async (which: keyof typeof landed, land: () => void): Promise<void> => {
      while (!landed[which]) {
        const attempt = () => {
          if (landed[which]) return
          landed[which] = true
          land()
        }
        if (this.isFailing) {
          this.#failure = 'simulated'
          await this.#time.sleep(500)
          continue
        }
        this.#landing = attempt
        await this.#time.sleep(this.insertMs)
        // An engine that was killed meanwhile has forgotten the statement: once more, with the same token.
        if (this.#landing !== attempt) continue
        this.#landing = undefined
        attempt()
      }
      this.#failure = ''
    }
    await step('rows', () => {
      for (const chunk of chunks) this.#keep(chunk, day)
    })
    await step('acked', () => {
      for (const chunk of chunks) this.#acknowledge(chunk)
    })
    if (!owner.isAlive) throw new StoreError('closed', 'the collector is gone')
  }

  #rowsOf(key: string): Map<number, Row> {
    const known = this.rows.get(key)
    if (known !== undefined) return known
    const rows = new Map<number, Row>()
    this.rows.set(key, rows)
    return rows
  }

  #keep({ agent, epoch, firstSeq, events }: AgentChunk, day: number): void {
    const key = keyOf(agent, epoch)
    const rows = this.#rowsOf(key)
    const reached = Math.max(this.ledgers.get(key)?.lastSeq ?? 0, maxKey(rows))
    if (reached > 0 && firstSeq - (replacedBy(events) - 1) > reached + 1) this.disorders += 1
    for (const [index, event] of events.entries()) {
      const seq = firstSeq + index
      if (rows.has(seq) || seq <= reached) this.duplicates += 1
      rows.set(seq, { agent, epoch, seq, day, event })
    }
  }

  #acknowledge({ agent, epoch, firstSeq, events, before, after }: AgentChunk): void {
    const first = firstSeq - (replacedBy(events) - 1)
    const last = firstSeq + events.length - 1
    const units = events.reduce((sum, event) => sum + unitsOf(event), 0)
    this.#extend(keyOf(agent, epoch), { first, last, before, after, units })
  }

  #extend(
    key: string,
    range: {
      readonly first: number
      readonly last: number
      readonly before: Totals
      readonly after: Totals
      readonly units: number
    },
  ): void {
    const { first, last, before, after, units } = range
    const numbers = last - first + 1
    const known = this.ledgers.get(key)
    if (known === undefined) {
      this.ledgers.set(key, {
        ...{ firstSeq: first, lastSeq: last, numbers, before, after, units },
        expired: 0,
      })
      return
    }
    known.numbers += numbers
    known.units += units
    known.lastSeq = Math.max(known.lastSeq, last)
    known.after = after
  }

  #durable(agent: string, epoch: number): Durable {
    const key = keyOf(agent, epoch)
    const rows = this.#rowsOf(key)
    const known = this.ledgers.get(key)
    const from = known?.lastSeq ?? 0
    const last = maxKey(rows)
    if (last > from) {
      const beyond = [...rows.values()].filter(({ seq }) => seq > from)
      const units = beyond.reduce((sum, { event }) => sum + unitsOf(event), 0)
      const firstRow = beyond.reduce((a, b) => (a.seq < b.seq ? a : b))
      // Of an epoch that was never acknowledged here, the first row tells where it begins.
      const first =
        known === undefined ? firstRow.seq - (replacedBy([firstRow.event]) - 1) : from + 1
      const before = known?.after ?? noTotals
      const after = { ...before, captured: before.captured + units }
      this.#extend(key, { first, last, before, after, units })
    }
    const ledger = this.ledgers.get(key)
    return ledger === undefined
      ? { seq: 0, totals: noTotals }
      : { seq: ledger.lastSeq, totals: ledger.after }
  }

  /** Forgets rows of days before this one; returns how many. */
  retain(firstDay: number): number {
    let count = 0
    for (const [key, rows] of this.rows) {
      const ledger = this.ledgers.get(key)
      for (const [seq, row] of rows) {
        // An insert that is under way is of today, or was when it began.
        if (row.day >= firstDay || ledger === undefined || seq > ledger.lastSeq) continue
        rows.delete(seq)
        ledger.expired += unitsOf(row.event)
        this.expired.push(row)
        count += 1
      }
    }
    return count
  }

  /** What retention took, which readers no longer see. */
  readonly expired: Row[] = []
}

const maxKey = (rows: ReadonlyMap<number, unknown>): number => {
  let max = 0
  for (const key of rows.keys()) if (key > max) max = key
  return max
}

/** Numbers that the first of some events stands for. */
const replacedBy = (events: readonly Event[]): number =>
  events[0]?.kind === 'gap' ? events[0].replaces : 1
