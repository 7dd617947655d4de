/**
 * The door to this folder: opens the eBPF source, or says in one line why it cannot be and what to do. Called by the
 * agent's main file and by `mayfly agent --detach`.
 */
import { closeSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EbpfError } from './ebpf-error.ts'
import { EbpfSource } from './ebpf-source.ts'
import { KernelNote } from './kernel-note.ts'
import { Libbpf } from './libbpf.ts'
import type { LossIntentOptions } from './loss-intent.ts'
import type { HandoverStep } from './probe-handover.ts'
import { loadProbe } from './probe-loader.ts'
import { isBpffs, lockPins, type PinPlace, removeAllPins } from './probe-pins.ts'

export interface OpenOptions {
  /** Default 16 MiB: some 34,000 processes from fork to exit. A power of two from 64 KiB to 1 GiB. */
  readonly ringSizeBytes?: number
  /** Default /sys/fs/bpf. */
  readonly bpffsPath?: string
  /** Folder of the pins below it; default `mayfly`. */
  readonly pinName?: string
  /** Why nothing is to be pinned, although there may be a bpf file system: for one that refused. Left out, the probe is pinned. */
  readonly unpinnedBecause?: string
  /** Default /proc. */
  readonly procRoot?: string
  /** Default: the object next to this file. */
  readonly objectPath?: string
  /** Default /sys/kernel/btf/vmlinux. */
  readonly btfPath?: string
  /** Default libbpf.so.1. */
  readonly libraryName?: string
  /** Where the host's root of cgroup v2 is, for UDP and DNS; left out, they are not captured. */
  readonly packetCgroupPath?: string
  /** Where intents of losses are kept, and where the spool's numbers stand; left out, a kill may repeat a report. */
  readonly lossIntents?: LossIntentOptions
  /** Told of each step when this probe follows another; for tests that die there. */
  readonly onHandover?: (step: HandoverStep) => void
}

/** The compiled probe that belongs to this version. */
export const probeObjectPath = fileURLToPath(new URL('probe.bpf.o', import.meta.url))

const defaultRingSizeBytes = 16 * 1024 * 1024
/** Also on machines with pages of 64 KiB a ring is a power of two of whole pages. */
const ringSizeBytesMin = 64 * 1024
const ringSizeBytesMax = 1024 * 1024 * 1024

/** Adopts or attaches the probe. Throws EbpfError, with nothing left behind. */
export const openEbpfSource = (options: OpenOptions = {}): EbpfSource => {
  const { btfPath = '/sys/kernel/btf/vmlinux', procRoot = '/proc' } = options
  const { bpffsPath = '/sys/fs/bpf', pinName = 'mayfly' } = options
  if (!existsSync(btfPath))
    throw new EbpfError('no_btf', `the kernel has no type information at ${btfPath}`)
  const { ringSizeBytes = defaultRingSizeBytes } = options
  if (!isRingSize(ringSizeBytes))
    throw new EbpfError('bad_ring_size', `a ring cannot have ${ringSizeBytes} bytes`)
  const libbpf = openLibrary(options.libraryName)
  const unpinnedBecause =
    options.unpinnedBecause ??
    (isBpffs(bpffsPath)
      ? undefined
      : `${bpffsPath} is no bpf file system (mount -t bpf none ${bpffsPath})`)
  const place = unpinnedBecause === undefined ? { bpffsPath, pinName } : undefined
  const lockFd = place && lockPins(libbpf, place)
  try {
    const probe = loadProbe(libbpf, {
      objectPath: options.objectPath ?? probeObjectPath,
      ringSizeBytes,
      place,
      packets:
        options.packetCgroupPath === undefined
          ? undefined
          : { cgroupPath: options.packetCgroupPath },
      onHandover: options.onHandover,
    })
    const notice = unpinnedBecause && `while no agent runs, nothing is recorded: ${unpinnedBecause}`
    const note = place && openNote(libbpf, place)
    const { lossIntents } = options
    return new EbpfSource({
      ...{ libbpf, probe, procRoot, lockFd, lossIntents },
      notice: notice ?? (typeof note === 'string' ? note : undefined),
      note: typeof note === 'string' ? undefined : note,
    })
  } catch (error) {
    if (lockFd !== undefined) closeSync(lockFd)
    throw place === undefined ? error : pinError(place, error)
  }
}

/** Folders of pins are made, renamed and removed by plain file calls: what those are refused is a refusal to pin. */
const pinError = (place: PinPlace, error: unknown): unknown =>
  error instanceof Error && 'syscall' in error
    ? new EbpfError('pin_failed', `cannot change the pins below ${place.bpffsPath}`, error)
    : error

/** The note, or why there is none: capture goes on without it. */
const openNote = (libbpf: Libbpf, place: PinPlace): KernelNote | string => {
  try {
    return KernelNote.open(libbpf, place)
  } catch (error) {
    return `the next agent will not know what was only in memory (${(error as Error).message})`
  }
}

const isRingSize = (bytes: number): boolean =>
  Number.isInteger(Math.log2(bytes)) && bytes >= ringSizeBytesMin && bytes <= ringSizeBytesMax

/** Removes the pinned probe from the kernel; returns how many pins there were. Throws EbpfError. */
export const detachEbpf = (
  options: Pick<OpenOptions, 'bpffsPath' | 'pinName' | 'libraryName'> = {},
): number => {
  const { bpffsPath = '/sys/fs/bpf', pinName = 'mayfly' } = options
  if (!isBpffs(bpffsPath)) return 0
  return removeAllPins(openLibrary(options.libraryName), { bpffsPath, pinName })
}

const openLibrary = (libraryName = 'libbpf.so.1'): Libbpf => {
  try {
    return new Libbpf(libraryName)
  } catch (cause) {
    throw new EbpfError('no_libbpf', `cannot load ${libraryName}`, cause)
  }
}
