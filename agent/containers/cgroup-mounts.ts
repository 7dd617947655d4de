/**
 * Finds which cgroup hierarchies are mounted below a root such as /sys/fs/cgroup, and their numbers: pure v2, pure v1, or both
 * ("hybrid", with v2 at `unified`). Called once, at start.
 */
import { readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** A mounted hierarchy. */
export interface CgroupMount {
  /** 0 for v2; on v1 the number in /proc/cgroups. */
  readonly hierarchy: number
  readonly directory: string
}

/** f_type of statfs(2), include/uapi/linux/magic.h. */
const cgroup2Magic = 0x63677270
const cgroup1Magic = 0x27e0eb

/** The v1 controllers whose cgroup identifies a container: every runtime uses them. */
const identifyingControllers = ['memory', 'pids'] as const

const fileSystemType = (directory: string): number | undefined => {
  try {
    return statfsSync(directory).type
  } catch {
    return undefined
  }
}

/** Parses /proc/cgroups (cgroups(7)): controller → hierarchy number, without those that are not on a v1 hierarchy. */
export const parseCgroupControllers = (text: string): ReadonlyMap<string, number> => {
  const hierarchies = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match = /^([a-z_]{1,64})\t(\d{1,9})\t/.exec(line)
    if (match?.[1] !== undefined && Number(match[2]) > 0)
      hierarchies.set(match[1], Number(match[2]))
  }
  return hierarchies
}

const readControllers = (procRoot: string): ReadonlyMap<string, number> => {
  try {
    return parseCgroupControllers(readFileSync(join(procRoot, 'cgroups'), 'utf8'))
  } catch {
    return new Map()
  }
}

/** The hierarchies that identify containers, v2 first; empty when nothing is mounted there. */
export const findCgroupMounts = (cgroupRoot: string, procRoot: string): readonly CgroupMount[] => {
  if (fileSystemType(cgroupRoot) === cgroup2Magic) return [{ hierarchy: 0, directory: cgroupRoot }]
  const mounts: CgroupMount[] = []
  const unified = join(cgroupRoot, 'unified')
  if (fileSystemType(unified) === cgroup2Magic) mounts.push({ hierarchy: 0, directory: unified })
  const controllers = readControllers(procRoot)
  for (const controller of identifyingControllers) {
    const directory = join(cgroupRoot, controller)
    const hierarchy = controllers.get(controller)
    if (hierarchy !== undefined && fileSystemType(directory) === cgroup1Magic)
      mounts.push({ hierarchy, directory })
  }
  return mounts
}
