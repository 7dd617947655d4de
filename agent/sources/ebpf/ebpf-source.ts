/**
 * The capture path that misses nothing: reads the probe's ring, hands its records on, and gives room back once they are
 * safe. Made by open.ts, driven by the agent's loop; contract in ../record.ts. Where this probe has followed others, their rings
 * come first: one chain, of which the loop knows nothing.
 */
import { closeSync } from 'node:fs'
import type { LossRecord, RecordSink, Source } from '../record.ts'
import { KernelCheck } from './kernel-check.ts'
import type { GivenSeq, KernelNote } from './kernel-note.ts'
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
import { RingChain } from './ring-chain.ts'
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
  /** What agents leave for each other; undefined when unpinned. */
  readonly note: KernelNote | undefined
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
  readonly #rings: RingChain
  readonly #decoder: RecordDecoder
  readonly #intents: LossIntents | undefined
  readonly #check: KernelCheck
  #closed = false

  constructor(options: EbpfSourceOptions) {
    const { libbpf, probe, lossIntents } = options
    this.#options = options
    this.adoption = probe.adoption
    this.pinned = probe.pinned
    this.notice = options.notice
    this.#decoder = new RecordDecoder({ pageBytes: libbpf.pageBytes() })
    const decoder = this.#decoder
    const check = new KernelCheck({ counts: () => readTotals(libbpf, probe.maps.totals) })
    this.#check = check
    this.#rings = new RingChain({
      live: new RingReader({ libbpf, probe, decoder }),
      retired: probe.retired.map((retired) => ({
        reader: new RingReader({ libbpf, probe: retired, decoder, end: retired }),
        remove: () => {
          retired.release()
          removeFolder(retired.folder)
        },
      })),
      bootNowNs: () => libbpf.bootNowNs(),
      seen: (kind) => check.read(kind),
      drained: (nowNs) => check.drained(nowNs),
    })
    this.handedOverNs = this.#rings.handedOverNs
    this.#intents = lossIntents && new LossIntents(lossIntents)
    const told = this.#intents?.readFulfilled()
    if (told !== undefined) this.#rings.ledgerOf(told.ringId)?.noteTold(told)
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
    return this.#decoder.errors + this.#rings.corruptions
  }

  /** How full the ring is: bytes unread, and bytes not committed yet. */
  get backlog(): { readonly unreadBytes: number; readonly heldBytes: number } {
    return this.#rings.live.backlog
  }
  get ringSizeBytes(): number {
    return this.#rings.live.sizeBytes
  }

  /** Intents of losses that could not be written; each is a report that a kill at the wrong moment repeats. */
  get lossIntentFailures(): number {
    return this.#intents?.failures ?? 0
  }

  drain(sink: RecordSink, limit: number): boolean {
    return this.#rings.read(sink, limit * recordBytesMax)
  }

  position(): { readonly ringId: number; readonly ringPosition: number } {
    return this.#rings.position()
  }

  commit(): void {
    this.#rings.commit()
  }

  /**
   * After adoption: passes over what the spool already holds. `position` is what position() said in an earlier process.
   * Returns false when it belongs to another ring or is no boundary: then records may come twice.
   */
  skipTo(position: { readonly ringId: number; readonly ringPosition: number }): boolean {
    return this.#rings.skipTo(position)
  }

  losses(limit = Number.POSITIVE_INFINITY): readonly LossRecord[] {
    return this.#rings.losses(limit)
  }

  /**
   * To be called before what losses() returned last is appended to the spool, as exactly so many events and nothing else: the next
   * agent then knows whether it was.
   */
  announceLosses(eventCount: number): void {
    const intent = this.#rings.reporting.intent()
    if (intent !== undefined) this.#intents?.write(intent, eventCount)
  }

  /** The last number that an agent before this one gave, or this one; undefined without pins. */
  given(): GivenSeq | undefined {
    return this.#options.note?.read()
  }

  /** To be called after each append to the spool, with its end. */
  gave(given: GivenSeq): void {
    this.#options.note?.write(given)
  }

  /** Records that the kernel counted and the ring did not give, or the reverse (kernel-check.ts); always 0. */
  kernelUnaccounted(): number {
    return this.#check.unaccounted
  }

  /** Running totals by kind, for the ledger. */
  counts(): Readonly<Record<RecordKind, KindCount>> {
    const { libbpf, probe } = this.#options
    const totals = readTotals(libbpf, probe.maps.totals)
    const misses = this.#rings.live.ledger.misses()
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
    this.#rings.unmap()
    this.#options.probe.release()
    if (this.#options.note !== undefined) closeSync(this.#options.note.fd)
    if (this.#options.lockFd !== undefined) closeSync(this.#options.lockFd)
  }
}
