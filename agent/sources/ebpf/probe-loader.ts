/**
 * Brings the probe to life: adopts what an earlier agent left in bpffs, or loads, attaches and pins anew. Called by
 * open.ts; the rule is that hooks are attached exactly once, and that what cannot be adopted is removed and said so.
 */
import { createHash, randomInt } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EbpfError, type EbpfErrorCode } from './ebpf-error.ts'
import { type BpfLink, type BpfObject, type Libbpf, LibbpfError } from './libbpf.ts'
import { type PacketState, type ProbeMeta, readMeta, writeMeta } from './probe-maps.ts'
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
} from './probe-parts.ts'
import { layoutFolder, type PinPlace, pinnedLayouts, removeLayout } from './probe-pins.ts'
import { layoutVersion } from './record-layout.ts'

/**
 * `fresh`: nothing was there. `adopted`: nothing was missed since the probe was first attached. `replaced`: something
 * was there but of another make; what happened between the last spooled record and now is unknown.
 */
export interface Adoption {
  readonly result: 'fresh' | 'adopted' | 'replaced'
  readonly reason: string
}

/** Whether UDP and DNS are captured; `detail` says why they were refused. */
export interface PacketCapture {
  readonly state: PacketState
  readonly detail: string
}

/** A probe at work. Descriptors belong to this process; release() leaves pinned objects alone. */
export interface Probe {
  readonly maps: Readonly<Record<MapName, number>>
  /** Of the parts that are attached. */
  readonly links: ReadonlyMap<LinkName, number>
  /** Pinned beside their links: to find a program by a link needs CAP_SYS_ADMIN, which the agent does without. */
  readonly programs: Readonly<Record<HookName, number>>
  readonly meta: ProbeMeta
  readonly packets: PacketCapture
  readonly adoption: Adoption
  readonly pinned: boolean
  release(): void
}

export interface LoadOptions {
  readonly objectPath: string
  readonly ringSizeBytes: number
  /** undefined: bpffs is absent, the probe ends with this process. */
  readonly place: PinPlace | undefined
  /** The root of cgroup v2, where UDP and DNS are captured; undefined: they are not wanted. */
  readonly packets: { readonly cgroupPath: string } | undefined
}

/** Adopts or attaches. The caller holds the lock of `place`. Throws EbpfError. */
export const loadProbe = (libbpf: Libbpf, options: LoadOptions): Probe => {
  const objectHash = hashObject(options.objectPath)
  let reason = ''
  if (options.place !== undefined) {
    const found = adopt(libbpf, options, options.place, objectHash)
    if (typeof found !== 'string') return found
    reason = found
    for (const layout of pinnedLayouts(options.place)) removeLayout(options.place, layout)
  }
  const adoption: Adoption =
    reason === ''
      ? { result: 'fresh', reason: 'no probe was attached' }
      : { result: 'replaced', reason }
  return attach(libbpf, options, objectHash, adoption)
}

const hashObject = (path: string): number => {
  try {
    return createHash('sha256').update(readFileSync(path)).digest().readUIntBE(0, 6)
  } catch (cause) {
    throw new EbpfError('no_object', `cannot read the compiled probe ${path}`, cause)
  }
}

/** The pinned probe; or why it is not taken: empty when there is none. */
const adopt = (
  libbpf: Libbpf,
  { ringSizeBytes, packets }: LoadOptions,
  place: PinPlace,
  objectHash: number,
): Probe | string => {
  const layouts = pinnedLayouts(place)
  if (layouts.length === 0) return ''
  const wanted = `v${layoutVersion}`
  if (layouts.some((layout) => layout !== wanted))
    return `record layout ${layouts.join(', ')} instead of ${wanted}`
  const opened: number[] = []
  const open = (name: string): number => {
    const fd = libbpf.pinned(join(layoutFolder(place), name))
    if (fd === undefined) throw new Error(`pin ${name} is missing`)
    opened.push(fd)
    return fd
  }
  const release = (): void => opened.forEach((fd) => void closeSync(fd))
  try {
    const maps = tableOf(mapNames, open)
    const links = new Map<LinkName, number>()
    for (const name of linkNames) {
      const fd = libbpf.pinned(join(layoutFolder(place), `link_${name}`))
      if (fd !== undefined) opened.push(fd)
      if (fd !== undefined) links.set(name, fd)
      else if (parts[name].group === 'core' && parts[name].needsStruct === undefined)
        throw new Error(`pin link_${name} is missing`)
    }
    const programs = tableOf(hookNames, (name) => open(`program_${name}`))
    const meta = readMeta(libbpf, maps.meta)
    let reason: string | undefined
    if (meta === undefined) reason = 'an earlier start was not completed'
    else if (meta.objectHash !== objectHash) reason = 'the probe is another version'
    else if (meta.ringSizeBytes !== ringSizeBytes)
      reason = `the ring has ${meta.ringSizeBytes} bytes instead of ${ringSizeBytes}`
    else if ((packets !== undefined) !== (meta.packets !== 'off'))
      reason = `UDP and DNS are to be ${packets === undefined ? 'left out' : 'captured'} now`
    if (meta === undefined || reason !== undefined) {
      release()
      return reason ?? ''
    }
    const adoption: Adoption = { result: 'adopted', reason: 'the pinned probe is the same' }
    const captured: PacketCapture = {
      state: meta.packets,
      detail:
        meta.packets === 'refused'
          ? 'they were refused when the probe was attached; "mayfly agent --detach" makes the next start try again'
          : '',
    }
    return { maps, links, programs, meta, packets: captured, adoption, pinned: true, release }
  } catch (error) {
    release()
    return error instanceof Error ? error.message : String(error)
  }
}

const attach = (
  libbpf: Libbpf,
  options: LoadOptions,
  objectHash: number,
  adoption: Adoption,
): Probe => {
  const { packets } = options
  if (packets === undefined) return attachGroups(libbpf, options, objectHash, adoption, packetsOff)
  try {
    return attachGroups(libbpf, options, objectHash, adoption, { state: 'on', detail: '' })
  } catch (error) {
    // Loading is all or nothing: whether the packets were to blame shows when it works without them.
    const detail = error instanceof Error ? error.message : String(error)
    return attachGroups(libbpf, options, objectHash, adoption, { state: 'refused', detail })
  }
}

const packetsOff: PacketCapture = { state: 'off', detail: '' }

const attachGroups = (
  libbpf: Libbpf,
  options: LoadOptions,
  objectHash: number,
  adoption: Adoption,
  packets: PacketCapture,
): Probe => {
  const { objectPath, ringSizeBytes, place } = options
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
    const folder = place && layoutFolder(place)
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
      isReplacement: adoption.result === 'replaced',
    }
    writeMeta(libbpf, maps.meta, meta)
    const pinned = place !== undefined
    return { maps, links: linkFds, programs, meta, packets, adoption, pinned, release }
  } catch (error) {
    release()
    if (place !== undefined) for (const layout of pinnedLayouts(place)) removeLayout(place, layout)
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
    const denied = cause instanceof LibbpfError && /^E(PERM|ACCES)$/.test(cause.errno)
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new EbpfError(denied && code !== 'pin_failed' ? 'no_permission' : code, message, cause)
  }
}

const tableOf = <N extends string, T>(
  names: readonly N[],
  make: (name: N) => T,
): Readonly<Record<N, T>> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>
