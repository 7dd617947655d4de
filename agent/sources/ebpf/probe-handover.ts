/**
 * One probe follows another without a hole: both are attached for a moment, and at an instant T in it the new one begins to count and the
 * old one ceases to. Called by probe-loader.ts with both at work. What the old ring holds of the time before T is read afterwards
 * (ring-reader.ts), and what both saw around T is told once (handover-join.ts).
 *
 * The steps, and what a start finds that comes after a death behind each: `ready`: the old probe at work and the remains of a start.
 * `retired`: an old ring with its T, and a whole new probe, which is put in its place. `installed`, `detached`: both in their places.
 */
import { closeSync } from 'node:fs'
import type { Libbpf } from './libbpf.ts'
import { LossLedger } from './loss-ledger.ts'
import type { AttachedProbe } from './probe-attach.ts'
import type { PinnedProbe } from './probe-loader.ts'
import { lossKey, type ProbeMeta, readTotals, writeMeta, writeReported } from './probe-maps.ts'
import type { LinkName } from './probe-parts.ts'
import { installNew, type PinPlace, removeLinkPins, retirePins } from './probe-pins.ts'
import { runIterator } from './task-snapshot.ts'

export type HandoverStep = 'ready' | 'retired' | 'installed' | 'detached'

/** Drops by struct loss_key in hexadecimal, in the order of recordKinds. */
export type DropsByKey = ReadonlyMap<string, readonly number[]>

/** A probe that another has followed; its hooks are gone, its maps are there. */
export interface RetiredProbe extends Pick<PinnedProbe, 'maps' | 'programs' | 'meta' | 'release'> {
  readonly folder: string
  /** T, CLOCK_BOOTTIME in ns: what it saw from then on is told by the next one. */
  readonly untilNs: number
  /** Its drops at T; undefined when the agent that knew has died. */
  readonly dropsThen: DropsByKey | undefined
}

export interface Handover {
  readonly libbpf: Libbpf
  readonly place: PinPlace
  readonly old: PinnedProbe
  /** Pinned in the folder of new ones. */
  readonly next: AttachedProbe
  readonly reached: ((step: HandoverStep) => void) | undefined
}

/** What is read before T, so that as little as possible is between two readings: ends and bytes of what goes on, by the old one… */
const lastReadings: readonly LinkName[] = ['flow_entries', 'socket_entries']
/** …and what is open, by the new one, whose records of it lie before T and so are not told. */
const firstReadings: readonly LinkName[] = ['datagram_files', 'listener_files', 'connection_files']

/** Makes the new probe the one that counts; returns its meta and the old one, whose hooks are gone. */
export const handOver = ({ libbpf, place, old, next, reached }: Handover) => {
  for (const name of lastReadings) tryRun(libbpf, old.links.get(name))
  for (const name of firstReadings) tryRun(libbpf, next.links.get(name))
  const moment = quietMoment(libbpf, old, next)
  // What the new one dropped so far the old one has, or has counted.
  for (const [key, drops] of moment.newDrops)
    if (drops.some((count) => count > 0))
      writeReported(libbpf, next.maps.reported, lossKey(Buffer.from(key, 'hex')), drops)
  const isAlike = old.meta.packets === next.meta.packets
  const meta: ProbeMeta = {
    ...next.meta,
    // Watched without a hole since then; but not what the old one did not capture.
    attachedNs: isAlike ? old.meta.attachedNs : next.meta.attachedNs,
    reportedToNs: moment.ns,
  }
  writeMeta(libbpf, next.maps.meta, meta)
  reached?.('ready')
  const { folder, untilNs } = retirePins(place, moment.ns)
  reached?.('retired')
  installNew(place)
  reached?.('installed')
  removeLinkPins(folder)
  const linkFds = new Set(old.links.values())
  for (const fd of linkFds) closeSync(fd)
  reached?.('detached')
  const rest = [...Object.values(old.maps), ...Object.values(old.programs)]
  const retired: RetiredProbe = {
    ...{ maps: old.maps, programs: old.programs, meta: old.meta, folder, untilNs },
    dropsThen: moment.oldDrops,
    release: () => rest.splice(0).forEach((fd) => void closeSync(fd)),
  }
  return { meta, retired }
}

/** What cannot be read now costs bytes of connections, not the start. */
const tryRun = (libbpf: Libbpf, linkFd: number | undefined): void => {
  try {
    if (linkFd !== undefined) runIterator(libbpf, linkFd)
  } catch {
    // The gap that the handover leaves for connections covers it.
  }
}

/** How often a moment is looked for: one try takes some 0.2 ms, and on a busy machine every second or tenth hits. */
const triesMax = 256
/** Nothing may begin for so long after T: longer than a hook takes. */
const quietNs = 50_000

interface Moment {
  readonly ns: number
  readonly oldDrops: DropsByKey
  readonly newDrops: DropsByKey
}

/**
 * An instant at which no hook of either probe has begun for some 0.1 ms, before or after: then no event has one stamp on each side, and
 * drops before and after it are told apart. Where there is none it is an instant like any other: then an exec or exit across it
 * is still told once, and a drop across it may be counted beside a record.
 */
const quietMoment = (libbpf: Libbpf, old: PinnedProbe, next: AttachedProbe): Moment => {
  const totals = (): string =>
    JSON.stringify([readTotals(libbpf, old.maps.totals), readTotals(libbpf, next.maps.totals)])
  const [oldLedger, newLedger] = [new LossLedger(libbpf, old), new LossLedger(libbpf, next)]
  for (let attempt = 1; ; attempt += 1) {
    const before = totals()
    const [oldDrops, newDrops] = [oldLedger.drops(), newLedger.drops()]
    const ns = libbpf.bootNowNs()
    while (libbpf.bootNowNs() < ns + quietNs);
    if (totals() === before || attempt === triesMax) return { ns, oldDrops, newDrops }
  }
}
