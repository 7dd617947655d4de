/**
 * The capture path that misses nothing: reads the probe's ring, hands its records on, and gives room back once they are
 * safe. Made by open.ts, driven by the agent's loop; contract in ../record.ts.
 */
import { closeSync } from 'node:fs'
import type { LossRecord, RecordSink, Source } from '../record.ts'
import type { Libbpf, RingMapping } from './libbpf.ts'
import { LossLedger } from './loss-ledger.ts'
import type { Adoption, PacketCapture, Probe } from './probe-loader.ts'
import { readTotals, readUntracked } from './probe-maps.ts'
import type { LinkName } from './probe-parts.ts'
import { RecordDecoder } from './record-decoder.ts'
import {
  type RecordKind,
  recordBytesMax,
  recordKinds,
  type UntrackedName,
} from './record-layout.ts'
import { Ring } from './ring.ts'
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
}

export class EbpfSource implements Source {
  readonly name = 'ebpf'
  /** Whether an earlier agent's probe was taken over; anything but `adopted` means that nobody watched before. */
  readonly adoption: Adoption
  /** True when the probe outlives this process. */
  readonly pinned: boolean
  /** One line for the log when something is less than it could be. */
  readonly notice: string | undefined
  readonly #options: EbpfSourceOptions
  readonly #mapping: RingMapping
  readonly #ring: Ring
  readonly #decoder: RecordDecoder
  readonly #losses: LossLedger
  #closed = false

  constructor(options: EbpfSourceOptions) {
    const { libbpf, probe } = options
    this.#options = options
    this.adoption = probe.adoption
    this.pinned = probe.pinned
    this.notice = options.notice
    this.#mapping = libbpf.mapRing(probe.maps.ring, probe.meta.ringSizeBytes)
    this.#ring = new Ring(this.#mapping)
    this.#decoder = new RecordDecoder({ pageBytes: this.#mapping.pageBytes })
    this.#losses = new LossLedger(libbpf, probe)
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
    return this.#decoder.errors + this.#ring.corruptions
  }

  /** How full the ring is: bytes unread, and bytes not committed yet. */
  get backlog(): { readonly unreadBytes: number; readonly heldBytes: number } {
    return this.#ring.backlog
  }
  get ringSizeBytes(): number {
    return this.#ring.sizeBytes
  }

  drain(sink: RecordSink, limit: number): boolean {
    return this.#ring.read((memory, at, size) => {
      const record = this.#decoder.decode(memory, at, size)
      if (record !== undefined) sink(record)
    }, limit * recordBytesMax)
  }

  position(): { readonly ringId: number; readonly ringPosition: number } {
    return { ringId: this.#options.probe.meta.ringId, ringPosition: this.#ring.position }
  }

  commit(): void {
    this.#ring.commit()
    this.#losses.commit()
  }

  /**
   * After adoption: passes over what the spool already holds. `position` is what position() said in an earlier process.
   * Returns false when it belongs to another ring or is no boundary: then records may come twice.
   */
  skipTo(position: { readonly ringId: number; readonly ringPosition: number }): boolean {
    if (position.ringId !== this.#options.probe.meta.ringId) return false
    // What was committed before is behind already.
    if (position.ringPosition <= this.#ring.position) return true
    return this.#ring.skipTo(position.ringPosition)
  }

  losses(): readonly LossRecord[] {
    return this.#losses.take()
  }

  /** Running totals by kind, for the ledger. */
  counts(): Readonly<Record<RecordKind, KindCount>> {
    const { libbpf, probe } = this.#options
    const totals = readTotals(libbpf, probe.maps.totals)
    const misses = this.#losses.misses()
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
    this.#mapping.unmap()
    this.#options.probe.release()
    if (this.#options.lockFd !== undefined) closeSync(this.#options.lockFd)
  }
}
