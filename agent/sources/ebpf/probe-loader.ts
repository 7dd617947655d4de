/**
 * Brings the probe to life: adopts what an earlier agent left in bpffs, lets a new one follow it, or attaches anew. Called by
 * open.ts; the rule is that hooks are attached exactly once, and that what cannot be taken over is removed and said so.
 */
import { createHash } from 'node:crypto'
import { closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EbpfError } from './ebpf-error.ts'
import type { Libbpf } from './libbpf.ts'
import { type AttachedProbe, attachProbe, type PacketCapture } from './probe-attach.ts'
import { type HandoverStep, handOver, type RetiredProbe } from './probe-handover.ts'
import { type ProbeMeta, readMeta } from './probe-maps.ts'
import { hookNames, type LinkName, linkNames, mapNames, parts, tableOf } from './probe-parts.ts'
import {
  finishStart,
  installNew,
  layoutFolder,
  newFolder,
  type PinPlace,
  pinnedLayouts,
  removeFolder,
  removeLayout,
  removeLinkPins,
  retiredPins,
  strangeLayouts,
  wantedLayout,
} from './probe-pins.ts'

/**
 * `fresh`: nothing was there. `adopted`: nothing was missed since the probe was first attached. `handed_over`: a probe of another
 * make was there, and has been followed without a hole; its ring is read first. `replaced`: something was there that could not be
 * taken over; what happened between the last spooled record and now is unknown.
 */
export interface Adoption {
  readonly result: 'fresh' | 'adopted' | 'handed_over' | 'replaced'
  readonly reason: string
}

/** A probe at work, and those before it that are not told to their ends, oldest first. */
export interface Probe extends AttachedProbe {
  readonly adoption: Adoption
  readonly pinned: boolean
  readonly retired: readonly RetiredProbe[]
}

export interface LoadOptions {
  readonly objectPath: string
  readonly ringSizeBytes: number
  /** undefined: bpffs is absent, the probe ends with this process. */
  readonly place: PinPlace | undefined
  /** The root of cgroup v2, where UDP and DNS are captured; undefined: they are not wanted. */
  readonly packets: { readonly cgroupPath: string } | undefined
  /** Told of each step of a handover; for tests that die there. */
  readonly onHandover?: ((step: HandoverStep) => void) | undefined
}

/** Rings kept for what is in them; each has the kernel's memory for it. More only where agent after agent dies young. */
const retiredMax = 3

/** Adopts, lets follow or attaches. The caller holds the lock of `place`. Throws EbpfError. */
export const loadProbe = (libbpf: Libbpf, options: LoadOptions): Probe => {
  const { place } = options
  const objectHash = hashObject(options.objectPath)
  const make = (folder: string | undefined, isReplacement: boolean): AttachedProbe =>
    attachProbe(libbpf, { ...options, objectHash, folder, isReplacement })
  if (place === undefined) {
    const adoption: Adoption = { result: 'fresh', reason: 'no probe was attached' }
    return { ...make(undefined, false), adoption, pinned: false, retired: [] }
  }
  const wasEmpty = pinnedLayouts(place).length === 0
  const found = wasEmpty ? 'no probe was attached' : openPlace(libbpf, place)
  const refusal = typeof found === 'string' ? found : unusable(found, options, objectHash)
  if (typeof found === 'string' || refusal !== undefined) {
    if (typeof found !== 'string') found.release()
    for (const layout of pinnedLayouts(place)) removeLayout(place, layout)
    const probe = make(newFolder(place), !wasEmpty)
    installNew(place)
    const adoption: Adoption = { result: wasEmpty ? 'fresh' : 'replaced', reason: refusal ?? '' }
    return { ...probe, adoption, pinned: true, retired: [] }
  }
  const reason = difference(found.meta, objectHash, options.ringSizeBytes)
  if (reason === '') {
    const adoption: Adoption = { result: 'adopted', reason: 'the pinned probe is the same' }
    return { ...found, packets: packetsOf(found.meta), adoption, pinned: true }
  }
  let next: AttachedProbe
  try {
    // Where the new one is refused, the old one stays: for the version before, which the agent may go back to.
    next = make(newFolder(place), true)
  } catch (error) {
    found.release()
    throw error
  }
  const { meta, retired } = handOver({
    libbpf,
    place,
    old: found,
    next,
    reached: options.onHandover,
  })
  const rings = [...found.retired, retired]
  const release = (): void => {
    next.release()
    for (const ring of rings) ring.release()
  }
  const adoption: Adoption = { result: 'handed_over', reason }
  return { ...next, meta, release, adoption, pinned: true, retired: rings }
}

const hashObject = (path: string): number => {
  try {
    return createHash('sha256').update(readFileSync(path)).digest().readUIntBE(0, 6)
  } catch (cause) {
    throw new EbpfError('no_object', `cannot read the compiled probe ${path}`, cause)
  }
}

/** Pins of one folder, opened. */
export type PinnedProbe = Omit<AttachedProbe, 'packets'>

/** What is pinned: the probe at work with those before it; or why it cannot be taken. */
const openPlace = (
  libbpf: Libbpf,
  place: PinPlace,
): (PinnedProbe & { readonly retired: readonly RetiredProbe[] }) | string => {
  const strange = strangeLayouts(place)
  if (strange.length > 0) return `record layout ${strange.join(', ')} instead of ${wantedLayout}`
  finishStart(place)
  if (!pinnedLayouts(place).includes(wantedLayout)) return 'an earlier start was not completed'
  const found = openPins(libbpf, layoutFolder(place))
  if (typeof found === 'string') return found
  const retired = retiredPins(place).flatMap(({ folder, untilNs }): readonly RetiredProbe[] => {
    removeLinkPins(folder)
    const pins = openPins(libbpf, folder, false)
    if (typeof pins !== 'string') return [{ ...pins, folder, untilNs, dropsThen: undefined }]
    // Its removal had begun: it was told to its end.
    removeFolder(folder)
    return []
  })
  const release = (): void => {
    found.release()
    for (const ring of retired) ring.release()
  }
  return { ...found, retired, release }
}

const openPins = (libbpf: Libbpf, folder: string, hasLinks = true): PinnedProbe | string => {
  const opened: number[] = []
  const open = (name: string): number => {
    const fd = libbpf.pinned(join(folder, name))
    if (fd === undefined) throw new Error(`pin ${name} is missing`)
    opened.push(fd)
    return fd
  }
  // A retired ring is let go while others are still read, and then once more with all.
  const release = (): void => opened.splice(0).forEach((fd) => void closeSync(fd))
  try {
    const maps = tableOf(mapNames, open)
    const links = new Map<LinkName, number>()
    for (const name of hasLinks ? linkNames : []) {
      const fd = libbpf.pinned(join(folder, `link_${name}`))
      if (fd !== undefined) opened.push(fd)
      if (fd !== undefined) links.set(name, fd)
      else if (parts[name].group === 'core' && parts[name].needsStruct === undefined)
        throw new Error(`pin link_${name} is missing`)
    }
    const programs = tableOf(hookNames, (name) => open(`program_${name}`))
    const meta = readMeta(libbpf, maps.meta)
    if (meta === undefined) throw new Error('an earlier start was not completed')
    return { maps, links, programs, meta, release }
  } catch (error) {
    release()
    return error instanceof Error ? error.message : String(error)
  }
}

/** Why a whole probe can neither be adopted nor followed; undefined when it can. */
const unusable = (
  { meta, retired }: PinnedProbe & { readonly retired: readonly RetiredProbe[] },
  { packets, ringSizeBytes }: LoadOptions,
  objectHash: number,
): string | undefined => {
  if ((packets !== undefined) !== (meta.packets !== 'off'))
    return `UDP and DNS are to be ${packets === undefined ? 'left out' : 'captured'} now`
  if (retired.length < retiredMax || difference(meta, objectHash, ringSizeBytes) === '')
    return undefined
  return `${retired.length} rings before it wait to be read`
}

/** Why another probe has to follow this one; empty when it is the same. */
const difference = (meta: ProbeMeta, objectHash: number, ringSizeBytes: number): string => {
  if (meta.objectHash !== objectHash) return 'the probe is another version'
  if (meta.ringSizeBytes === ringSizeBytes) return ''
  return `the ring has ${meta.ringSizeBytes} bytes instead of ${ringSizeBytes}`
}

const packetsOf = (meta: ProbeMeta): PacketCapture => ({
  state: meta.packets,
  detail:
    meta.packets === 'refused'
      ? 'they were refused when the probe was attached; "mayfly agent --detach" makes the next start try again'
      : '',
})
