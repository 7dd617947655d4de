/**
 * Brings the probe to life: adopts what an earlier agent left in bpffs, or loads, attaches and pins anew. Called by
 * open.ts; the rule is that hooks are attached exactly once, and that what cannot be adopted is removed and said so.
 */
import { createHash, randomInt } from 'node:crypto'
import { closeSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EbpfError, type EbpfErrorCode } from './ebpf-error.ts'
import { type BpfLink, type BpfObject, type Libbpf, LibbpfError } from './libbpf.ts'
import { type ProbeMeta, readMeta, writeMeta } from './probe-maps.ts'
import { layoutFolder, type PinPlace, pinnedLayouts, removeLayout } from './probe-pins.ts'
import { layoutVersion, type RecordKind } from './record-layout.ts'

const mapNames = ['ring', 'totals', 'losses', 'overflow', 'meta', 'reported'] as const
type MapName = (typeof mapNames)[number]

const linkNames = ['exec', 'exit', 'fork', 'cgroup_mkdir', 'cgroup_rmdir', 'tasks'] as const
type LinkName = (typeof linkNames)[number]

/** The hooks: every link but the task iterator's. */
const hookNames = ['exec', 'exit', 'fork', 'cgroup_mkdir', 'cgroup_rmdir'] as const
type HookName = (typeof hookNames)[number]

/** Which kind each hook records. */
export const hookKinds: readonly (readonly [HookName, RecordKind])[] = [
  ['exec', 'exec'],
  ['exit', 'exit'],
  ['fork', 'fork'],
  ['cgroup_mkdir', 'cgroup'],
  ['cgroup_rmdir', 'cgroup'],
]

/**
 * `fresh`: nothing was there. `adopted`: nothing was missed since the probe was first attached. `replaced`: something
 * was there but of another make; what happened between the last spooled record and now is unknown.
 */
export interface Adoption {
  readonly result: 'fresh' | 'adopted' | 'replaced'
  readonly reason: string
}

/** A probe at work. Descriptors belong to this process; release() leaves pinned objects alone. */
export interface Probe {
  readonly maps: Readonly<Record<MapName, number>>
  readonly links: Readonly<Record<LinkName, number>>
  /** Pinned beside their links: to find a program by a link needs CAP_SYS_ADMIN, which the agent does without. */
  readonly programs: Readonly<Record<HookName, number>>
  readonly meta: ProbeMeta
  readonly adoption: Adoption
  readonly pinned: boolean
  release(): void
}

export interface LoadOptions {
  readonly objectPath: string
  readonly ringSizeBytes: number
  /** undefined: bpffs is absent, the probe ends with this process. */
  readonly place: PinPlace | undefined
}

/** Adopts or attaches. The caller holds the lock of `place`. Throws EbpfError. */
export const loadProbe = (libbpf: Libbpf, options: LoadOptions): Probe => {
  const objectHash = hashObject(options.objectPath)
  let reason = ''
  if (options.place !== undefined) {
    const found = adopt(libbpf, options.place, objectHash, options.ringSizeBytes)
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
  place: PinPlace,
  objectHash: number,
  ringSizeBytes: number,
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
    const links = tableOf(linkNames, (name) => open(`link_${name}`))
    const programs = tableOf(hookNames, (name) => open(`program_${name}`))
    const meta = readMeta(libbpf, maps.meta)
    let reason: string | undefined
    if (meta === undefined) reason = 'an earlier start was not completed'
    else if (meta.objectHash !== objectHash) reason = 'the probe is another version'
    else if (meta.ringSizeBytes !== ringSizeBytes)
      reason = `the ring has ${meta.ringSizeBytes} bytes instead of ${ringSizeBytes}`
    if (meta === undefined || reason !== undefined) {
      release()
      return reason ?? ''
    }
    const adoption: Adoption = { result: 'adopted', reason: 'the pinned probe is the same' }
    return { maps, links, programs, meta, adoption, pinned: true, release }
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
  const { objectPath, ringSizeBytes, place } = options
  const object = step('load_failed', () => libbpf.openObject(objectPath))
  const links: BpfLink[] = []
  const release = (): void => {
    for (const link of links) libbpf.destroyLink(link)
    libbpf.closeObject(object)
  }
  try {
    const exit = step('load_failed', () => prepare(libbpf, object, ringSizeBytes))
    step('load_failed', () => libbpf.loadObject(object))
    const folder = place && layoutFolder(place)
    if (folder !== undefined)
      step('pin_failed', () => {
        mkdirSync(folder, { mode: 0o700 })
        for (const name of mapNames) libbpf.pinMap(libbpf.map(object, name), join(folder, name))
      })
    const programOf = (name: LinkName) =>
      libbpf.program(object, name === 'exit' ? exit : programNames[name])
    const programs = tableOf(hookNames, (name) => {
      const program = programOf(name)
      if (folder !== undefined)
        step('pin_failed', () => libbpf.pinProgram(program, join(folder, `program_${name}`)))
      return libbpf.programFd(program)
    })
    const linkFds = tableOf(linkNames, (name) => {
      const link = step('attach_failed', () => libbpf.attach(programOf(name)))
      links.push(link)
      if (folder !== undefined)
        step('pin_failed', () => libbpf.pinLink(link, join(folder, `link_${name}`)))
      return libbpf.linkFd(link)
    })
    const maps = tableOf(mapNames, (name) => libbpf.mapFd(libbpf.map(object, name)))
    const attachedNs = libbpf.bootNowNs()
    const meta: ProbeMeta = {
      ringId: randomInt(1, 2 ** 48 - 1),
      attachedNs,
      objectHash,
      ringSizeBytes,
      reportedToNs: attachedNs,
    }
    writeMeta(libbpf, maps.meta, meta)
    const pinned = place !== undefined
    return { maps, links: linkFds, programs, meta, adoption, pinned, release }
  } catch (error) {
    release()
    if (place !== undefined) for (const layout of pinnedLayouts(place)) removeLayout(place, layout)
    throw error
  }
}

const programNames: Readonly<Record<Exclude<LinkName, 'exit'>, string>> = {
  exec: 'on_exec',
  fork: 'on_fork',
  cgroup_mkdir: 'on_cgroup_mkdir',
  cgroup_rmdir: 'on_cgroup_rmdir',
  tasks: 'on_task',
}

/** Sets what must be set before loading; returns the name of the exit program that this kernel can run. */
const prepare = (libbpf: Libbpf, object: BpfObject, ringSizeBytes: number): string => {
  libbpf.setMaxEntries(libbpf.map(object, 'ring'), ringSizeBytes)
  const program =
    libbpf.tracepointArguments('sched_process_exit') >= 2
      ? 'on_exit_group_dead'
      : 'on_exit_first_wins'
  libbpf.setAutoload(libbpf.program(object, program), true)
  return program
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
