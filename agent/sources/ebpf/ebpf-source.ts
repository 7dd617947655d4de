/**
 * The capture path that misses nothing: reads the probe's ring, hands its records on, and gives room back once they are
 * safe. Made by open.ts, driven by the agent's loop; contract in ../record.ts. Where this probe has followed others, their rings
 * come first: one chain, of which the loop knows nothing.
 */
import { closeSync } from 'node:fs'
import type { LossRecord, RecordSink, Source } from '../record.ts'
import { joinNs } from './handover-join.ts'
import { KernelCheck } from './kernel-check.ts'
import type { Libbpf } from './libbpf.ts'
import { type LossIntentOptions, LossIntents } from './loss-intent.ts'
import type { PacketCapture } from './probe-attach.ts'
import type { Adoption, Probe } from './probe-loader.ts'
import { readTotals, readUntracked } from './probe-maps.ts'
import type { LinkName } from './probe-parts.ts'
import { removeFolder } from './probe-pins.ts'
import { RecordDecoder } from './record-decoder.ts'
import {
  type RecordKind,
  recordBytesMax,
  recordKinds,
  type UntrackedName,
} from './record-layout.ts'
import { RingReader } from './ring-reader.ts'
import { runIterator, takeSnapshot } from './task-snapshot.ts'

/** Since the ring was made: attempts = records in the ring (drained or not) + drops. */
export interface KindCount {
  readonly attempts: number
  readonly drops: number
  /** Runs of the hook that the kernel skipped, and that attempts do not hold. */
  readonly misses: number
}

export interface EbpfSourceOptions {
  readonly libbpf: Libbpf
  readonly probe: Probe
  readonly procRoot: string
  /** Lock of the pins; undefined when unpinned. */
  readonly lockFd: number | undefined
  readonly notice: string | undefined
  /** Where intents of losses are written; undefined: a kill at the wrong moment repeats a report. */
  readonly lossIntents: LossIntentOptions | undefined
}

export class EbpfSource implements Source {
  readonly name = 'ebpf'
  /** Whether an earlier agent's probe was taken over; but for `adopted` and `handed_over` nobody watched before. */
  readonly adoption: Adoption
  /** True when the probe outlives this process. */
  readonly pinned: boolean
  /** One line for the log when something is less than it could be. */
  readonly notice: string | undefined
  /** When this probe followed another whose ring is still to be read, ns since boot; undefined when it did not. */
  readonly handedOverNs: number | undefined
  readonly #options: EbpfSourceOptions
  readonly #decoder: RecordDecoder
  readonly #intents: LossIntents | undefined
  readonly #live: RingReader
  /** Rings before that of the probe at work, oldest first; each with the folder of its pins. */
  #retired: { readonly reader: RingReader; readonly remove: () => void }[]
  /** How many of the retired are read to their ends. */
  #readCount = 0
  /** The probe's own ring was read beyond the time in which it is joined to the one before. */
  #isJoined = false
  /** Corruptions of rings that are gone. */
  #oldCorruptions = 0
  #announce: RingReader
  readonly #check: KernelCheck
  #closed = false

  constructor(options: EbpfSourceOptions) {
    const { libbpf, probe, lossIntents } = options
    this.#options = options
    this.adoption = probe.adoption
    this.pinned = probe.pinned
    this.notice = options.notice
    const decoder = (): RecordDecoder => this.#decoder
    this.#live = new RingReader({ libbpf, probe, decoder })
    this.#announce = this.#live
    this.#decoder = new RecordDecoder({ pageBytes: this.#live.mapping.pageBytes })
    this.#retired = probe.retired.map((retired) => ({
      reader: new RingReader({ libbpf, probe: retired, decoder, end: retired }),
      remove: () => {
        retired.release()
        removeFolder(retired.folder)
      },
    }))
    this.handedOverNs = this.#retired.at(-1)?.reader.untilNs
    this.#intents = lossIntents && new LossIntents(lossIntents)
    this.#check = new KernelCheck({ counts: () => readTotals(libbpf, probe.maps.totals) })
    const told = this.#intents?.readFulfilled()
    if (told !== undefined)
      this.#readers.find(({ ringId }) => ringId === told.ringId)?.ledger.noteTold(told)
  }

  /** All rings, in the order of what they hold. */
  get #readers(): readonly RingReader[] {
    return [...this.#retired.map(({ reader }) => reader), this.#live]
  }

  /** The one that is being read. */
  get #current(): RingReader {
    return this.#retired[this.#readCount]?.reader ?? this.#live
  }

  /** Whether UDP and DNS are captured. */
  get packets(): PacketCapture {
    return this.#options.probe.packets
  }

  /** What the kernel's maps of sockets and flows had no room for, since the probe was attached. */
  untracked(): Readonly<Record<UntrackedName, number>> {
    const { libbpf, probe } = this.#options
    return readUntracked(libbpf, probe.maps.untracked)
  }

  get watchingSinceNs(): number {
    return this.#options.probe.meta.attachedNs
  }

  /** Records that could not be understood: each is missing, and is to be reported as a gap. */
  get decodeErrors(): number {
    const corruptions = this.#readers.reduce((sum, reader) => sum + reader.corruptions, 0)
    return this.#decoder.errors + corruptions + this.#oldCorruptions
  }

  /** How full the ring is: bytes unread, and bytes not committed yet. */
  get backlog(): { readonly unreadBytes: number; readonly heldBytes: number } {
    return this.#live.backlog
  }
  get ringSizeBytes(): number {
    return this.#live.sizeBytes
  }

  /** Intents of losses that could not be written; each is a report that a kill at the wrong moment repeats. */
  get lossIntentFailures(): number {
    return this.#intents?.failures ?? 0
  }

  drain(sink: RecordSink, limit: number): boolean {
    const reader = this.#current
    const limitBytes = limit * recordBytesMax
    // The one before is read to its end, whether by this process or an earlier one.
    const before = this.#retired[this.#readCount - 1]?.reader
    if (before !== undefined) reader.join ??= before.joinNext()
    if (reader === this.#live) return this.#drainLive(sink, limitBytes)
    if (reader.read(sink, limitBytes, () => {})) return true
    // Nothing of the next ring before all of this one is read: a position says what lies before it.
    if (!reader.isSettled || reader.backlog.unreadBytes > 0) return false
    this.#readCount += 1
    return true
  }

  #drainLive(sink: RecordSink, limitBytes: number): boolean {
    const beganNs = this.#options.libbpf.bootNowNs()
    const end = this.#live.position + this.#live.backlog.unreadBytes
    const more = this.#live.read(sink, limitBytes, (kind) => this.#check.read(kind))
    if (more) return true
    // A record that is being written holds up those behind it.
    if (this.#live.position < end) return false
    this.#check.drained(beganNs)
    this.#isJoined ||= beganNs > (this.handedOverNs ?? 0) + 2 * joinNs
    return false
  }

  position(): { readonly ringId: number; readonly ringPosition: number } {
    const { ringId, position } = this.#current
    return { ringId, ringPosition: position }
  }

  commit(): void {
    for (const reader of this.#readers) reader.commit()
    if (
      this.#retired.length > 0 &&
      this.#isJoined &&
      this.#retired.every(({ reader }) => reader.isLossTold)
    )
      this.#removeRetired()
  }

  /** All that the rings before held is safe, and the ring at work is beyond what has to be compared with them. */
  #removeRetired(): void {
    for (const { reader, remove } of this.#retired) {
      this.#oldCorruptions += reader.corruptions
      reader.mapping.unmap()
      remove()
    }
    this.#retired = []
    this.#readCount = 0
    this.#live.join = undefined
  }

  /**
   * After adoption: passes over what the spool already holds. `position` is what position() said in an earlier process.
   * Returns false when it belongs to another ring or is no boundary: then records may come twice.
   */
  skipTo(position: { readonly ringId: number; readonly ringPosition: number }): boolean {
    const index = this.#readers.findIndex(({ ringId }) => ringId === position.ringId)
    if (this.#readers[index]?.skipTo(position.ringPosition) !== true) return false
    this.#readCount = index
    return true
  }

  losses(limit = Number.POSITIVE_INFINITY): readonly LossRecord[] {
    for (const reader of this.#readers) {
      const records = reader.losses(limit)
      // One ring at a time, as an intent is of one ring.
      this.#announce = reader
      if (records.length > 0) return records
    }
    return []
  }

  /**
   * To be called before what losses() returned last is appended to the spool, as exactly so many events and nothing else: the next
   * agent then knows whether it was.
   */
  announceLosses(eventCount: number): void {
    const intent = this.#announce.ledger.intent()
    if (intent !== undefined) this.#intents?.write(intent, eventCount)
  }

  /** Records that the kernel counted and the ring did not give, or the reverse (kernel-check.ts); always 0. */
  kernelUnaccounted(): number {
    return this.#check.unaccounted
  }

  /** Running totals by kind, for the ledger. */
  counts(): Readonly<Record<RecordKind, KindCount>> {
    const { libbpf, probe } = this.#options
    const totals = readTotals(libbpf, probe.maps.totals)
    const misses = this.#live.ledger.misses()
    return Object.fromEntries(
      recordKinds.map((kind, index) => [
        kind,
        { ...(totals[index] ?? { attempts: 0, drops: 0 }), misses: misses[index] ?? 0 },
      ]),
    ) as Record<RecordKind, KindCount>
  }

  snapshot(sink: RecordSink): void {
    const { libbpf, probe, procRoot } = this.#options
    // First, as datagrams may be on their way already.
    this.#run('datagram_files')
    const linkFd = probe.links.get('tasks')
    if (linkFd !== undefined)
      takeSnapshot({ libbpf, linkFd, decoder: this.#decoder, procRoot }, sink)
    // Sockets that the probe does not know yet become records in the ring; listeners first, which tell directions.
    this.#run('listener_files')
    this.#run('connection_files')
  }

  /** Writes what goes on since 30 s or more into the ring; call it that often. */
  readConnections(): void {
    this.#run('socket_entries')
    // Sockets that listened before they had a port, and addresses whose first listener is gone.
    this.#run('listener_files')
  }

  /** Writes the flows that ended into the ring, and what the others moved in 30 s; call it every few seconds. */
  readFlows(): void {
    this.#run('flow_entries')
  }

  #run(name: LinkName): void {
    const { libbpf, probe } = this.#options
    const linkFd = probe.links.get(name)
    if (linkFd !== undefined) runIterator(libbpf, linkFd)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const reader of this.#readers) reader.mapping.unmap()
    this.#options.probe.release()
    if (this.#options.lockFd !== undefined) closeSync(this.#options.lockFd)
  }
}
