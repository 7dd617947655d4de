/** Walks one mounted cgroup hierarchy: every directory is a cgroup, and its inode number is the cgroup's id. */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface WalkedCgroup {
  readonly id: number
  /** Absolute in the hierarchy; `/` for the mounted root. */
  readonly path: string
}

export interface CgroupWalk {
  readonly cgroups: readonly WalkedCgroup[]
  /** True when there were more than the limit. */
  readonly truncated: boolean
}

const directoriesIn = (directory: string): readonly string[] => {
  let entries: Dirent[]
  try {
    entries = readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

/** Every cgroup below a mount, parents before their children. What vanishes meanwhile is left out. */
export const walkCgroups = (root: string, cgroupsMax: number): CgroupWalk => {
  const cgroups: WalkedCgroup[] = []
  const pending = ['/']
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (cgroups.length >= cgroupsMax) return { cgroups, truncated: true }
    const directory = join(root, path)
    const id = statSync(directory, { throwIfNoEntry: false })?.ino
    if (id === undefined) continue
    cgroups.push({ id, path })
    for (const child of directoriesIn(directory)) pending.push(join(path, child))
  }
  return { cgroups, truncated: false }
}
