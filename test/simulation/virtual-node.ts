/**
 * A simulated node: a kernel whose ring outlives its reader, a disk, and an agent made of the real spool and the real uplink,
 * with a drain as the real loop does it. Knows everything that happened, whether an agent saw it or not.
 */
import { Spool } from '#agent/spool/spool.ts'
import { Uplink } from '#agent/uplink.ts'
import { silentLog } from '#base/log.ts'
import type { Event, GapEvent } from '#proto/event.ts'
import { namedEvent } from '#test/fixtures/named-events.ts'
import type { Chance } from './random.ts'
import { VirtualDisk } from './virtual-disk.ts'
import type { VirtualNetwork } from './virtual-network.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

interface Occurrence {
  readonly id: string
  /** Of the host, which is left out. */
  readonly isFiltered: boolean
}

/** Sizes so small that minutes fill them. */
const ringRecords = 400
const drainRecords = 64
const drainMs = 100
const lossesMs = 1_000

const epochUs = 1_795_460_000_000_000

export class VirtualNode {
  readonly name: string
  readonly disk: VirtualDisk
  readonly #time: VirtualTime
  readonly #chance: Chance
  readonly #network: VirtualNetwork
  readonly #spoolBytes: number
  #boot = 1
  #bootMs = 0
  /** Difference of the node's wall clock, µs. */
  clockErrorUs = 0
  #ringId = 1
  /** Records from #ringStart on; `#ringStart` is the kernel's consumer position. */
  #ring: Occurrence[] = []
  #ringStart = 0
  #dropped = { shown: 0, filtered: 0 }
  /** In the kernel, like the ring: the last number that an agent gave. */
  #given = { epoch: 0, seq: 0 }
  /** True when what the last boot held is missing. */
  #mustOwnUp = false
  #owner: Owner | undefined
  #spool: Spool | undefined
  #uplink: Uplink | undefined
  #stopCapture: () => void = () => {}
  /** Every occurrence that should be shown, by id. */
  readonly happened: string[] = []
  #next = 0
  peakMemoryBytes = 0

  constructor(
    name: string,
    parts: {
      readonly time: VirtualTime
      readonly chance: Chance
      readonly network: VirtualNetwork
      readonly spoolBytes: number
    },
  ) {
    this.name = name
    this.#time = parts.time
    this.#chance = parts.chance
    this.#network = parts.network
    this.#spoolBytes = parts.spoolBytes
    this.disk = new VirtualDisk(parts.time, parts.chance)
  }

  get isRunning(): boolean {
    return this.#owner?.isAlive === true
  }

  get uplink(): Uplink | undefined {
    return this.#uplink
  }

  get spool(): Spool | undefined {
    return this.#spool
  }

  readonly #clock = {
    nowUs: (): number => epochUs + this.#time.nowMs * 1000 + this.clockErrorUs,
    monotonicMs: (): number => this.#time.nowMs,
  }

  /** Something happens, whether anybody looks or not. */
  happen(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const occurrence = {
        id: `${this.name}:${this.#next++}`,
        isFiltered: this.#chance.happens(0.15),
      }
      if (!occurrence.isFiltered) this.happened.push(occurrence.id)
      if (this.#ring.length < ringRecords) this.#ring.push(occurrence)
      else this.#dropped[occurrence.isFiltered ? 'filtered' : 'shown'] += 1
    }
  }

  start(): void {
    if (this.isRunning) return
    const owner: Owner = { isAlive: true, stoppedUntilMs: 0 }
    this.#owner = owner
    this.#time.as(owner, () => this.#run(owner))
  }

  #run(owner: Owner): void {
    const clock = this.#clock
    const spool = Spool.open({
      dir: '/spool',
      boot: `boot-${this.#boot}`,
      pid: 1,
      log: silentLog,
      clock,
      disk: this.disk.viewOf(owner),
      maxBytes: this.#spoolBytes,
      memoryBytes: 12_000,
      segmentBytes: 3_000,
      cacheBytes: 4_000,
      retryDiskMs: 2_000,
      markIntervalMs: 1_000,
    })
    this.#spool = spool
    const last = spool.lastRing()
    const isContinuation = last.ringId === this.#ringId
    if (isContinuation && last.ringPosition > this.#ringStart) {
      this.#ring.splice(0, last.ringPosition - this.#ringStart)
      this.#ringStart = last.ringPosition
    }
    const totals = { captured: 0, filtered: 0 }
    const position = () => ({ ringId: this.#ringId, ringPosition: this.#ringStart })
    const append = (drain: Parameters<Spool['append']>[0]) => {
      spool.append(drain)
      this.#given = { epoch: spool.epoch, seq: spool.lastSeq }
    }
    const { epoch, seq } = this.#given
    if (this.#mustOwnUp || (seq > 0 && !spool.had(epoch, seq)))
      append({ ...position(), events: [this.#gap('agent_absent', null)] })
    this.#mustOwnUp = false
    const drain = setInterval(() => this.#drain(spool, append, totals), drainMs)
    const losses = setInterval(() => {
      const { shown, filtered } = this.#dropped
      if (shown + filtered === 0) return
      totals.captured += shown + filtered
      totals.filtered += filtered
      if (shown > 0)
        append({
          ...position(),
          events: [this.#gap('ring_full', shown)],
          totals: { ...totals },
        })
      this.#dropped = { shown: 0, filtered: 0 }
    }, lossesMs)
    this.#stopCapture = () => {
      clearInterval(drain)
      clearInterval(losses)
    }
    const uplink = new Uplink({
      spool,
      url: 'ws://collector/v1/ingest',
      agent: this.name,
      node: this.name,
      agentVersion: '0.0.0',
      capabilities: [],
      kernel: 'simulated',
      token: () => undefined,
      status: () => ({
        ledger: { ...totals, lost: 0, spooled: 0, acked: 0 },
        sources: [],
        kernelUnaccounted: 0,
      }),
      log: silentLog,
      clock,
      lingerMs: 300,
      batchRawBytes: 4_000,
      backlogBytes: 12_000,
      statusIntervalMs: 3_000,
      connect: (_url, options) => this.#network.connect(owner, options),
    })
    this.#uplink = uplink
    uplink.start()
  }

  #drain(
    spool: Spool,
    append: Spool['append'],
    totals: { captured: number; filtered: number },
  ): void {
    const taken = this.#ring.slice(0, drainRecords)
    if (taken.length === 0) return
    const shown = taken.filter(({ isFiltered }) => !isFiltered)
    totals.captured += taken.length
    totals.filtered += taken.length - shown.length
    const end = this.#ringStart + taken.length
    const events = shown.map(({ id }) => this.#event(id))
    if (events.length > 0)
      append({
        ringId: this.#ringId,
        ringPosition: end,
        events,
        totals: { ...totals },
      })
    this.#ring.splice(0, taken.length)
    this.#ringStart = end
    const { memoryBytes } = spool.stats()
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, memoryBytes)
  }

  #event(id: string): Event {
    return { ...namedEvent(id, 20), timeUs: this.#clock.nowUs(), bootNs: this.#bootNs }
  }

  get #bootNs(): number {
    return (this.#time.nowMs - this.#bootMs) * 1e6
  }

  #gap(reason: GapEvent['reason'], lost: number | null): GapEvent {
    const nowUs = this.#clock.nowUs()
    return {
      kind: 'gap',
      timeUs: nowUs,
      bootNs: this.#bootNs,
      source: 'ebpf',
      containerId: '',
      podUid: '',
      reason,
      lost,
      replaces: 1,
      fromUs: nowUs,
      toUs: nowUs,
      affects: ['exec'],
    }
  }

  /** kill -9. */
  kill(): void {
    const owner = this.#owner
    if (owner === undefined || !owner.isAlive) return
    owner.isAlive = false
    this.#network.died(owner)
  }

  /** SIGTERM: takes what is in the ring, delivers for a while, and ends. */
  async stop(): Promise<void> {
    const [owner, spool, uplink] = [this.#owner, this.#spool, this.#uplink]
    if (owner === undefined || !owner.isAlive || spool === undefined) return
    await this.#time.as(owner, async () => {
      this.#stopCapture()
      await uplink?.close(1_000)
      if (!owner.isAlive) return
      await spool.close()
    })
    this.kill()
  }

  /** SIGSTOP for so long. */
  freeze(ms: number): void {
    if (this.#owner !== undefined) this.#owner.stoppedUntilMs = this.#time.nowMs + ms
  }

  /** The node loses power: what was not synced is gone, and the kernel's memory with it. */
  powerCut(): void {
    this.kill()
    this.disk.powerCut()
    this.#boot += 1
    this.#bootMs = this.#time.nowMs
    this.#ringId += 1
    this.#ring = []
    this.#ringStart = 0
    this.#dropped = { shown: 0, filtered: 0 }
    this.#given = { epoch: 0, seq: 0 }
    this.#mustOwnUp = true
  }

  /** True when nothing waits anywhere on this node. */
  get isDelivered(): boolean {
    const { shown, filtered } = this.#dropped
    return (
      this.#ring.length === 0 &&
      shown + filtered === 0 &&
      this.#spool?.heads().every(({ firstSeq, lastSeq }) => firstSeq > lastSeq) === true
    )
  }
}
