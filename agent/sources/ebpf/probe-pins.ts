/**
 * Where the probe lives in bpffs while no agent runs: `<bpffs>/<name>/v<layout>/…`, one file per map and link. Called by
 * the loader and by `mayfly agent --detach`. A lock on `<bpffs>/<name>` says who owns it; the kernel drops it with the
 * owner, however it dies.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
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

/** Folder of the layout that this version reads. */
export const layoutFolder = (place: PinPlace): string => join(rootOf(place), `v${layoutVersion}`)

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

/** Layouts that have pins, such as `v1`. */
export const pinnedLayouts = (place: PinPlace): readonly string[] => {
  const root = rootOf(place)
  return existsSync(root) ? readdirSync(root) : []
}

/** Unpins one layout; a link without a pin or descriptor detaches. Returns how many pins went. */
export const removeLayout = (place: PinPlace, layout: string): number => {
  const folder = join(rootOf(place), layout)
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
    for (const layout of pinnedLayouts(place)) count += removeLayout(place, layout)
    rmdirSync(rootOf(place))
    return count
  } catch (cause) {
    throw new EbpfError('pin_failed', `cannot remove the pins in ${rootOf(place)}`, cause)
  } finally {
    closeSync(lock)
  }
}
