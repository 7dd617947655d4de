/**
 * Makes a probe: loads the object, pins its maps and programs, attaches and pins each part. Called by probe-loader.ts, which knows
 * whether one is needed. Leaves nothing behind when it fails.
 */
import { randomInt } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { EbpfError, type EbpfErrorCode } from './ebpf-error.ts'
import { type BpfLink, type BpfObject, type Libbpf, LibbpfError } from './libbpf.ts'
import { type PacketState, type ProbeMeta, writeMeta } from './probe-maps.ts'
import {
  attachPart,
  type HookName,
  hookNames,
  type LinkName,
  linkNames,
  type MapName,
  mapNames,
  type Part,
  parts,
  tableOf,
} from './probe-parts.ts'
import { removeFolder } from './probe-pins.ts'

/** Whether UDP and DNS are captured; `detail` says why they were refused. */
export interface PacketCapture {
  readonly state: PacketState
  readonly detail: string
}

export interface AttachOptions {
  readonly objectPath: string
  readonly objectHash: number
  readonly ringSizeBytes: number
  /** Where to pin, a folder that does not exist; undefined: bpffs is absent, the probe ends with this process. */
  readonly folder: string | undefined
  /** The root of cgroup v2, where UDP and DNS are captured; undefined: they are not wanted. */
  readonly packets: { readonly cgroupPath: string } | undefined
  /** A probe before this one has told of what is open now. */
  readonly isReplacement: boolean
}

/** Descriptors belong to this process; release() leaves pinned objects alone. */
export interface AttachedProbe {
  readonly maps: Readonly<Record<MapName, number>>
  /** Of the parts that are attached. */
  readonly links: ReadonlyMap<LinkName, number>
  /** Pinned beside their links: to find a program by a link needs CAP_SYS_ADMIN, which the agent does without. */
  readonly programs: Readonly<Record<HookName, number>>
  readonly meta: ProbeMeta
  readonly packets: PacketCapture
  release(): void
}

/** Attaches everything that is wanted, and without UDP and DNS where those are refused. Throws EbpfError. */
export const attachProbe = (libbpf: Libbpf, options: AttachOptions): AttachedProbe => {
  if (options.packets === undefined) return attachGroups(libbpf, options, packetsOff)
  try {
    return attachGroups(libbpf, options, { state: 'on', detail: '' })
  } catch (error) {
    // Loading is all or nothing: whether the packets were to blame shows when it works without them.
    const detail =
      error instanceof EbpfError
        ? error.problem
        : error instanceof Error
          ? error.message
          : String(error)
    return attachGroups(libbpf, options, { state: 'refused', detail })
  }
}

const packetsOff: PacketCapture = { state: 'off', detail: '' }

const attachGroups = (
  libbpf: Libbpf,
  options: AttachOptions,
  packets: PacketCapture,
): AttachedProbe => {
  const { objectPath, objectHash, ringSizeBytes, folder, isReplacement } = options
  const object = step('load_failed', () => libbpf.openObject(objectPath))
  const links: BpfLink[] = []
  let cgroupFd: number | undefined
  const release = (): void => {
    for (const link of links) libbpf.destroyLink(link)
    libbpf.closeObject(object)
    if (cgroupFd !== undefined) closeSync(cgroupFd)
    cgroupFd = undefined
  }
  try {
    const wanted = step('load_failed', () =>
      prepare(libbpf, object, ringSizeBytes, packets.state === 'on'),
    )
    step('load_failed', () => libbpf.loadObject(object))
    if (packets.state === 'on' && options.packets !== undefined)
      cgroupFd = openSync(options.packets.cgroupPath, 'r')
    if (folder !== undefined)
      step('pin_failed', () => {
        mkdirSync(folder, { mode: 0o700 })
        for (const name of mapNames) libbpf.pinMap(libbpf.map(object, name), join(folder, name))
      })
    const programs = tableOf(hookNames, (name) => {
      const program = libbpf.program(object, wanted.get(name)?.program ?? parts[name].program)
      if (folder !== undefined)
        step('pin_failed', () => libbpf.pinProgram(program, join(folder, `program_${name}`)))
      return libbpf.programFd(program)
    })
    const linkFds = new Map<LinkName, number>()
    for (const [name, part] of wanted) {
      const link = step('attach_failed', () => attachPart(libbpf, object, part, cgroupFd))
      links.push(link)
      if (folder !== undefined)
        step('pin_failed', () => libbpf.pinLink(link, join(folder, `link_${name}`)))
      linkFds.set(name, libbpf.linkFd(link))
    }
    const maps = tableOf(mapNames, (name) => libbpf.mapFd(libbpf.map(object, name)))
    const attachedNs = libbpf.bootNowNs()
    const meta: ProbeMeta = {
      ringId: randomInt(1, 2 ** 48 - 1),
      attachedNs,
      objectHash,
      ringSizeBytes,
      reportedToNs: attachedNs,
      packets: packets.state,
      isReplacement,
    }
    writeMeta(libbpf, maps.meta, meta)
    return { maps, links: linkFds, programs, meta, packets, release }
  } catch (error) {
    release()
    if (folder !== undefined) removeFolder(folder)
    throw error
  }
}

/** Sets what must be set before loading; returns the parts that this kernel can run and that are wanted. */
const prepare = (
  libbpf: Libbpf,
  object: BpfObject,
  ringSizeBytes: number,
  withPackets: boolean,
): ReadonlyMap<LinkName, Part> => {
  libbpf.setMaxEntries(libbpf.map(object, 'ring'), ringSizeBytes)
  const tellsLastThread = libbpf.tracepointArguments('sched_process_exit') >= 2
  const wanted = new Map<LinkName, Part>()
  for (const name of linkNames) {
    const part = parts[name]
    if (part.group === 'packets' && !withPackets) continue
    if (part.needsStruct !== undefined && !libbpf.hasStruct(part.needsStruct)) continue
    const program = name === 'exit' && !tellsLastThread ? 'on_exit_first_wins' : part.program
    libbpf.setAutoload(libbpf.program(object, program), true)
    wanted.set(name, { ...part, program })
  }
  return wanted
}

/** Runs one step of the start; a refusal for want of rights has its own code, whatever the step. */
const step = <T>(code: EbpfErrorCode, action: () => T): T => {
  try {
    return action()
  } catch (cause) {
    if (!(cause instanceof LibbpfError))
      throw new EbpfError(code, cause instanceof Error ? cause.message : String(cause), cause)
    const denied = code !== 'pin_failed' && /^E(PERM|ACCES)$/.test(cause.errno)
    const { summary, printed } = cause
    throw new EbpfError(denied ? 'no_permission' : code, summary, cause, printed)
  }
}
