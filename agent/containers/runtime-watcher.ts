/**
 * Learns of containers from the directories that runtimes make for them, before their first process runs. A container that lives
 * 5 ms takes its directory with it before the next drain; the kernel's notice of the directory outlives it.
 *
 * Both the making and the removal of a directory are reported, as inotify gives them: either proves that the container
 * existed. Directories that do not exist yet are waited for through their nearest existing parent.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { isContainerId } from './cgroup-segments.ts'
import {
  type RuntimeDirectories,
  type RuntimeDirectory,
  taskDirectories,
} from './runtime-directories.ts'

/** `fresh` is false for what was already there when watching began. */
export type ContainerSighting = (
  directory: RuntimeDirectory,
  containerId: string,
  fresh: boolean,
) => void

export interface RuntimeWatcherCounts {
  /** Directories watched now. */
  watched: number
  /** Watches the kernel refused, usually for want of inotify instances. */
  refused: number
  sightings: number
}

/** Most directories watched at once, parents included. */
const watchesMax = 64
/** How often watches are checked against what is there, for directories that were replaced. */
const checkIntervalMs = 30_000
/** Shortest time between two looks at what is missing, as /run changes for many reasons. */
const attachIntervalMs = 50
/**
 * runc writes its state some 50 ms after the directory and may remove both a few milliseconds later, so the directory of a new
 * container is watched as well: for this long, and so many at once.
 */
const followMs = 1000
const followedMax = 64

/**
 * How long to wait before the next look for a file that follows its directory; undefined when it is time to give up: 64 looks
 * in 300 ms, each a failing open(2).
 */
export const followDelayMs = (attempt: number): number | undefined =>
  attempt >= 64 ? undefined : attempt < 4 ? 1 : 5

interface Watch {
  readonly watcher: FSWatcher
  readonly inode: number
}

const inodeOf = (directory: string): number | undefined =>
  statSync(directory, { throwIfNoEntry: false })?.ino

const nearestExisting = (directory: string): string => {
  let parent = dirname(directory)
  while (parent !== '/' && inodeOf(parent) === undefined) parent = dirname(parent)
  return parent
}

export class RuntimeWatcher {
  readonly #directories: RuntimeDirectories
  readonly #sighting: ContainerSighting
  readonly #watches = new Map<string, Watch>()
  /** Watches of single containers' directories, each with what ends it. */
  readonly #followed = new Map<string, () => void>()
  #checkTimer: NodeJS.Timeout | undefined
  #attachTimer: NodeJS.Timeout | undefined
  #started = false
  readonly counts: RuntimeWatcherCounts = { watched: 0, refused: 0, sightings: 0 }

  constructor(directories: RuntimeDirectories, sighting: ContainerSighting) {
    this.#directories = directories
    this.#sighting = sighting
  }

  /** Reports every container there is, and from then on every one that comes or goes. Does not keep the process alive. */
  start(): void {
    this.#attach()
    this.#started = true
    this.#checkTimer = setInterval(() => this.#attach(), checkIntervalMs)
    this.#checkTimer.unref()
  }

  close(): void {
    clearInterval(this.#checkTimer)
    clearTimeout(this.#attachTimer)
    this.#attachTimer = undefined
    for (const { watcher } of this.#watches.values()) watcher.close()
    this.#watches.clear()
    for (const end of [...this.#followed.values()]) end()
    this.counts.watched = 0
  }

  #attach(): void {
    const roots = this.#directories.taskRoots
    for (const root of roots) this.#watch(root.directory, () => this.#attachSoon())
    for (const directory of [...roots.flatMap(taskDirectories), ...this.#directories.fixed]) {
      const fresh = this.#watch(directory.directory, (name) => this.#report(directory, name))
      // Watch first, list second: what is made in between is reported twice rather than never.
      if (fresh) this.#list(directory)
    }
    this.counts.watched = this.#watches.size
  }

  /** Watches a directory or waits for it; true when it was not watched before. */
  #watch(directory: string, onName: (name: string) => void): boolean {
    const inode = inodeOf(directory)
    const present = this.#watches.get(directory)
    if (present !== undefined && present.inode === inode) return false
    present?.watcher.close()
    this.#watches.delete(directory)
    if (inode === undefined) {
      this.#watchParent(nearestExisting(directory))
      return false
    }
    return this.#add(directory, inode, onName)
  }

  #watchParent(parent: string): void {
    const inode = inodeOf(parent)
    if (inode === undefined || this.#watches.get(parent)?.inode === inode) return
    this.#watches.get(parent)?.watcher.close()
    this.#add(parent, inode, () => this.#attachSoon())
  }

  #add(directory: string, inode: number, onName: (name: string) => void): boolean {
    if (this.#watches.size >= watchesMax) {
      this.counts.refused += 1
      return false
    }
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name !== null) onName(name)
      })
      watcher.on('error', () => this.#forget(directory))
      this.#watches.set(directory, { watcher, inode })
      return true
    } catch {
      this.counts.refused += 1
      return false
    }
  }

  #forget(directory: string): void {
    this.#watches.get(directory)?.watcher.close()
    this.#watches.delete(directory)
  }

  #attachSoon(): void {
    if (this.#attachTimer !== undefined) return
    this.#attach()
    this.#attachTimer = setTimeout(() => {
      this.#attachTimer = undefined
      this.#attach()
    }, attachIntervalMs)
    this.#attachTimer.unref()
  }

  #list(directory: RuntimeDirectory): void {
    let names: string[]
    try {
      names = readdirSync(directory.directory)
    } catch {
      return
    }
    for (const name of names) this.#report(directory, name)
  }

  #report(directory: RuntimeDirectory, name: string): void {
    if (!isContainerId(name)) return
    this.counts.sightings += 1
    if (this.#started && directory.layout === 'runc') this.#follow(directory, name)
    this.#sighting(directory, name, this.#started)
  }

  #follow(directory: RuntimeDirectory, name: string): void {
    const path = join(directory.directory, name)
    if (this.#followed.has(path) || this.#followed.size >= followedMax) return
    let watcher: FSWatcher
    try {
      watcher = watch(path, { persistent: false }, () => this.#sighting(directory, name, true))
    } catch {
      // Gone already: that was the notice of its end.
      return
    }
    const timer = setTimeout(() => end(), followMs)
    timer.unref()
    const end = (): void => {
      clearTimeout(timer)
      watcher.close()
      this.#followed.delete(path)
    }
    watcher.on('error', end)
    this.#followed.set(path, end)
  }
}
