/**
 * One run of the simulation: real spools, uplinks and ingest on virtual time, disks, network and store, with faults drawn from a
 * seed; then peace, and the account of everything that happened.
 */
import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import { silentLog } from '#base/log.ts'
import { createAuth } from '#collector/auth.ts'
import { createIngest, type Ingest } from '#collector/ingest/ingest.ts'
import { type Chance, chanceOf } from './random.ts'
import { VirtualNetwork } from './virtual-network.ts'
import { VirtualNode } from './virtual-node.ts'
import { VirtualStore } from './virtual-store.ts'
import { type Owner, VirtualTime } from './virtual-time.ts'

/** Just before midnight of a virtual day, so that runs see one. */
const epochUs = 1_795_460_000_000_000
const queueBytes = 24_000

export class World {
  readonly time = new VirtualTime()
  readonly chance: Chance
  readonly network: VirtualNetwork
  readonly store: VirtualStore
  readonly nodes: readonly VirtualNode[]
  #collector: Owner | undefined
  #ingest: Ingest | undefined
  collectorClockErrorUs = 0
  peakQueueBytes = 0

  constructor(seed: number, options: { readonly spoolBytes?: number } = {}) {
    this.chance = chanceOf(seed)
    this.network = new VirtualNetwork(this.time, this.chance)
    this.store = new VirtualStore(this.time, this.chance)
    this.store.nowUs = () => this.#clock.nowUs()
    const drawn = this.chance.pick([14_000, 60_000, 1_000_000])
    const { spoolBytes = drawn } = options
    this.nodes = ['a', 'b'].map(
      (name) =>
        new VirtualNode(name, {
          time: this.time,
          chance: this.chance,
          network: this.network,
          spoolBytes,
        }),
    )
  }

  readonly #clock = {
    nowUs: (): number => epochUs + this.time.nowMs * 1000 + this.collectorClockErrorUs,
    monotonicMs: (): number => this.time.nowMs,
  }

  get ingest(): Ingest | undefined {
    return this.#ingest
  }

  startCollector(): void {
    if (this.#collector?.isAlive === true) return
    const owner: Owner = { isAlive: true, stoppedUntilMs: 0 }
    this.#collector = owner
    this.time.as(owner, () => {
      const ingest = createIngest({
        server: new EventEmitter() as unknown as Server,
        store: this.store.viewOf(owner),
        auth: createAuth(undefined),
        log: silentLog,
        clock: this.#clock,
        creditBytes: 8_000,
        backlogCreditBytes: 4_000,
        queueBytes,
        lingerMs: 100,
        insertRows: 200,
        closeTimeoutMs: 2_000,
      })
      this.#ingest = ingest
      this.network.listener = { owner, accept: (socket) => ingest.accept(socket) }
      setInterval(() => {
        this.peakQueueBytes = Math.max(this.peakQueueBytes, ingest.totals().queueBytes)
      }, 200)
    })
  }

  /** kill -9; the embedded engine goes with it. */
  killCollector(): void {
    const owner = this.#collector
    if (owner === undefined || !owner.isAlive) return
    owner.isAlive = false
    this.store.killEngine()
    this.network.died(owner)
  }

  async stopCollector(): Promise<void> {
    const [owner, ingest] = [this.#collector, this.#ingest]
    if (owner === undefined || !owner.isAlive) return
    await this.time.as(owner, () => ingest?.close())
    this.killCollector()
  }

  freezeCollector(ms: number): void {
    if (this.#collector !== undefined) this.#collector.stoppedUntilMs = this.time.nowMs + ms
  }

  start(): void {
    this.startCollector()
    for (const node of this.nodes) node.start()
  }

  /** Everything that was broken works, and what is dead lives. */
  heal(): void {
    this.network.state = 'open'
    this.store.isFailing = false
    this.store.insertMs = 20
    for (const { disk } of this.nodes) {
      disk.capacityBytes = Number.POSITIVE_INFINITY
      disk.isFailing = false
    }
    this.start()
  }

  get isDelivered(): boolean {
    return this.nodes.every(({ isDelivered }) => isDelivered)
  }
}

/** What a run says that is not as promised; empty for a good one. */
export const account = (world: World): readonly string[] => {
  const { store } = world
  const complaints: string[] = []
  const complain = (isWrong: boolean, text: string): void => {
    if (isWrong) complaints.push(text)
  }
  complain(store.duplicates > 0, `${store.duplicates} rows stored twice`)
  complain(store.disorders > 0, `${store.disorders} holes in a sequence`)
  const rows = [...store.expired, ...[...store.rows.values()].flatMap((each) => [...each.values()])]
  for (const node of world.nodes) {
    const own = rows.filter(({ agent }) => agent === node.name)
    const ids = own.flatMap(({ event }) => (event.kind === 'exec' ? [event.exe] : []))
    const stored = new Set(ids)
    complain(stored.size < ids.length, `${node.name}: ${ids.length - stored.size} told twice`)
    const happened = new Set(node.happened)
    complain(
      ids.some((id) => !happened.has(id)),
      `${node.name}: something invented`,
    )
    const missing = node.happened.filter((id) => !stored.has(id)).length
    const gaps = own.flatMap(({ event }) => (event.kind === 'gap' ? [event] : []))
    const lost = gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0)
    const isUnknown = gaps.some((gap) => gap.lost === null)
    complain(
      isUnknown ? lost > missing : lost !== missing,
      `${node.name}: ${missing} missing, gaps say ${lost}${isUnknown ? ' and more' : ''}`,
    )
    complain(
      node.peakMemoryBytes > 12_000 + 4_000,
      `${node.name}: ${node.peakMemoryBytes} bytes of memory`,
    )
  }
  for (const [key, ledger] of store.ledgers) {
    const present = [...(store.rows.get(key)?.values() ?? [])].reduce(
      (sum, { event }) =>
        sum + (event.kind === 'exec' ? 1 : event.kind === 'gap' ? (event.lost ?? 0) : 0),
      0,
    )
    const due =
      ledger.after.captured -
      ledger.after.filtered -
      (ledger.before.captured - ledger.before.filtered)
    complain(
      due !== ledger.units,
      `${key}: ${due} captured and shown, ${ledger.units} acknowledged`,
    )
    complain(
      present + ledger.expired !== ledger.units,
      `${key}: ${ledger.units} acknowledged, ${present} there and ${ledger.expired} expired`,
    )
    const span = ledger.lastSeq - ledger.firstSeq + 1
    complain(span !== ledger.numbers, `${key}: ${span} numbers, ${ledger.numbers} acknowledged`)
  }
  // One batch and one pause of the sockets beyond the bound.
  complain(world.peakQueueBytes > queueBytes + 2 * 14_000, `queue of ${world.peakQueueBytes} bytes`)
  return complaints
}
