/**
 * Where the probe lives in bpffs while no agent runs: `<bpffs>/<name>/v<layout>/…`, one file per map and link. Called by
 * the loader and by `mayfly agent --detach`. A lock on `<bpffs>/<name>` says who owns it; the kernel drops it with the
 * owner, however it dies.
 *
 * A probe is made in `v<layout>-new` and renamed when it is whole. One that another has followed is in `v<layout>-until-<ns>`, which
 * says up to when its ring counts, until all of it is told.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statfsSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { EbpfError } from './ebpf-error.ts'
import type { Libbpf } from './libbpf.ts'
import { layoutVersion } from './record-layout.ts'

/** BPF_FS_MAGIC, include/uapi/linux/magic.h. */
const bpffsMagic = 0xcafe4a11

export interface PinPlace {
  /** Mount point of the bpf file system. */
  readonly bpffsPath: string
  /** Folder below it; `mayfly` but in tests. */
  readonly pinName: string
}

export const isBpffs = (path: string): boolean => {
  try {
    return statfsSync(path).type === bpffsMagic
  } catch {
    return false
  }
}

const rootOf = (place: PinPlace): string => join(place.bpffsPath, place.pinName)

/** The layout that this version reads. */
export const wantedLayout = `v${layoutVersion}`
const newLayout = `${wantedLayout}-new`
const retiredPattern = new RegExp(`^${wantedLayout}-until-(\\d{1,16})$`)

/** Folder of the probe at work. */
export const layoutFolder = (place: PinPlace): string => join(rootOf(place), wantedLayout)

/** Folder of what one agent leaves for the next, whatever the probe. */
const noteName = 'agent'
export const noteFolder = (place: PinPlace): string => join(rootOf(place), noteName)

/** Folder of a probe that is being made. */
export const newFolder = (place: PinPlace): string => join(rootOf(place), newLayout)

/** Makes the folder and takes the lock; returns the descriptor that holds it. Throws `in_use` or `pin_failed`. */
export const lockPins = (libbpf: Libbpf, place: PinPlace): number => {
  const root = rootOf(place)
  let fd: number
  try {
    if (!existsSync(root)) mkdirSync(root, { mode: 0o700 })
    fd = openSync(root, 'r')
  } catch (cause) {
    throw new EbpfError('pin_failed', `cannot use ${root}`, cause)
  }
  if (libbpf.tryLock(fd)) return fd
  closeSync(fd)
  throw new EbpfError('in_use', `another agent owns the probe pinned at ${root}`)
}

/** A probe that another has followed. */
export interface RetiredPins {
  readonly layout: string
  readonly folder: string
  /** CLOCK_BOOTTIME from which on the next one counts, ns. */
  readonly untilNs: number
}

/** Those that are not told to their ends yet, oldest first. */
export const retiredPins = (place: PinPlace): readonly RetiredPins[] =>
  pinnedLayouts(place)
    .flatMap((layout) => {
      const [, untilNs] = retiredPattern.exec(layout) ?? []
      return untilNs === undefined
        ? []
        : [{ layout, folder: join(rootOf(place), layout), untilNs: Number(untilNs) }]
    })
    .toSorted((a, b) => a.untilNs - b.untilNs)

/** The probe at work is from now on one that another follows; returns where it is. */
export const retirePins = (place: PinPlace, untilNs: number): RetiredPins => {
  const layout = `${wantedLayout}-until-${untilNs}`
  const folder = join(rootOf(place), layout)
  renameSync(layoutFolder(place), folder)
  return { layout, folder, untilNs }
}

/** The probe that was made is from now on the one at work. */
export const installNew = (place: PinPlace): void =>
  renameSync(newFolder(place), layoutFolder(place))

/** What a start that died left behind: it is whole where a probe had retired for it, and the remains of an attempt otherwise. */
export const finishStart = (place: PinPlace): 'nothing' | 'installed' | 'removed' => {
  const layouts = pinnedLayouts(place)
  if (!layouts.includes(newLayout)) return 'nothing'
  if (!layouts.includes(wantedLayout) && retiredPins(place).length > 0) {
    installNew(place)
    return 'installed'
  }
  removeLayout(place, newLayout)
  return 'removed'
}

/** Layouts that this version cannot read. */
export const strangeLayouts = (place: PinPlace): readonly string[] =>
  pinnedLayouts(place).filter(
    (layout) => layout !== wantedLayout && layout !== newLayout && !retiredPattern.test(layout),
  )

/** Unpins the links of a folder: they detach when their descriptors are closed. */
export const removeLinkPins = (folder: string): void => {
  for (const pin of readdirSync(folder)) if (pin.startsWith('link_')) unlinkSync(join(folder, pin))
}

/** What has pins, such as `v1`. */
export const pinnedLayouts = (place: PinPlace): readonly string[] => {
  const root = rootOf(place)
  return existsSync(root) ? readdirSync(root).filter((name) => name !== noteName) : []
}

/** Unpins one layout; a link without a pin or descriptor detaches. Returns how many pins went. */
export const removeLayout = (place: PinPlace, layout: string): number =>
  removeFolder(join(rootOf(place), layout))

/** The same by the folder's path; 0 where there is none. */
export const removeFolder = (folder: string): number => {
  if (!existsSync(folder)) return 0
  const pins = readdirSync(folder)
  for (const pin of pins) unlinkSync(join(folder, pin))
  rmdirSync(folder)
  return pins.length
}

/**
 * Removes every pin of every layout, and so the probe. Returns how many pins there were; throws `in_use` while an agent
 * runs, which would go blind.
 */
export const removeAllPins = (libbpf: Libbpf, place: PinPlace): number => {
  if (!existsSync(rootOf(place))) return 0
  const lock = lockPins(libbpf, place)
  try {
    let count = 0
    for (const layout of [...pinnedLayouts(place), noteName]) count += removeLayout(place, layout)
    rmdirSync(rootOf(place))
    return count
  } catch (cause) {
    throw new EbpfError('pin_failed', `cannot remove the pins in ${rootOf(place)}`, cause)
  } finally {
    closeSync(lock)
  }
}
