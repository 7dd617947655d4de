/**
 * Tells plain-named containers from plain-named cgroups. `/web` may be a container that somebody started with crun or
 * runc, or a directory somebody made; only the runtime's own state can tell. Called by the cgroup registry.
 *
 * A path is a container's when a state names that cgroup, or one above it. Where the state is gone or names no cgroup,
 * it is enough that the container's directory was seen and that the cgroup bears exactly its name; a state that names another
 * cgroup is proof against it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { candidateIds, isContainerId, isHexContainerId } from './cgroup-segments.ts'
import { parseOciCgroupsPath, parseStateCgroups } from './oci-names.ts'
import {
  containerDirectories,
  type RuntimeDirectories,
  type RuntimeDirectory,
} from './runtime-directories.ts'
import { followDelayMs } from './runtime-watcher.ts'
import { readSmallFile } from './small-file.ts'

export interface PlainContainer {
  readonly containerId: string
  readonly runtime: string
  /** Levels between the container's own cgroup and the one asked about. */
  readonly below: number
}

interface KnownState {
  readonly runtime: string
  /** Cgroups it named; none while it could not be read. */
  readonly paths: readonly string[]
}

/** Most plain-named containers remembered, the dead included. */
const statesMax = 4096
const fileBytesMax = 1 << 20
/** How long a name without a proven cgroup is believed. */
const unprovenMs = 600_000

const stateFile: Readonly<Record<RuntimeDirectory['layout'], string>> = {
  crun: 'status',
  runc: 'state.json',
  bundle: 'config.json',
  storage: 'userdata/config.json',
}

export class RuntimeStates {
  readonly #directories: RuntimeDirectories
  readonly #states = new LRUCache<string, KnownState>({ max: statesMax })
  readonly #byPath = new LRUCache<string, string>({ max: statesMax * 4 })
  readonly #retries = new Map<string, NodeJS.Timeout>()
  /** Called whenever more is known than before, so that open questions can be asked again. */
  onLearnt: () => void = () => {}

  constructor(directories: RuntimeDirectories) {
    this.#directories = directories
  }

  /** A container's directory was seen by the watcher. Ids of 64 hex digits need no proof and are passed over. */
  observe(directory: RuntimeDirectory, containerId: string): void {
    if (isHexContainerId(containerId)) return
    if (!this.#learn(directory, containerId)) this.#retry(directory, containerId, 0)
  }

  /**
   * The container of a plain-named cgroup; undefined when no runtime knows one. With `probe` the runtimes' directories
   * are looked at, otherwise only memory.
   */
  confirm(path: string, probe: boolean): PlainContainer | undefined {
    const ids = candidateIds(path)
    if (probe) {
      const directories = containerDirectories(this.#directories)
      for (const directory of directories) {
        for (const id of ids) this.#probe(directory, id)
        // The cgroup may bear another name than the container: then only the state can tell.
        if (directory.layout === 'crun' || directory.layout === 'runc') this.#list(directory)
      }
    }
    return this.#byNamedCgroup(path) ?? this.#byOwnName(path, ids)
  }

  close(): void {
    for (const timer of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
  }

  #probe(directory: RuntimeDirectory, containerId: string): void {
    if (isHexContainerId(containerId)) return
    if (existsSync(join(directory.directory, containerId))) this.#learn(directory, containerId)
  }

  #list(directory: RuntimeDirectory): void {
    let names: string[]
    try {
      names = readdirSync(directory.directory)
    } catch {
      return
    }
    for (const name of names.slice(0, statesMax)) {
      const isRead = (this.#states.get(name)?.paths.length ?? 0) > 0
      if (isContainerId(name) && !isHexContainerId(name) && !isRead) this.#learn(directory, name)
    }
  }

  #byNamedCgroup(path: string): PlainContainer | undefined {
    let above = path
    for (let below = 0; above !== ''; below += 1) {
      const containerId = this.#byPath.get(above)
      const state = containerId === undefined ? undefined : this.#states.get(containerId)
      if (containerId !== undefined && state !== undefined)
        return { containerId, runtime: state.runtime, below }
      above = above.slice(0, above.lastIndexOf('/'))
    }
    return undefined
  }

  #byOwnName(path: string, ids: readonly string[]): PlainContainer | undefined {
    for (const containerId of ids) {
      const state = this.#states.get(containerId)
      if (state === undefined || state.paths.length > 0) continue
      const after = path.lastIndexOf(containerId) + containerId.length
      const below = path.slice(after).split('/').length - 1
      return { containerId, runtime: state.runtime, below }
    }
    return undefined
  }

  /** Remembers the container and reads which cgroups are its own; false when that cannot be read (yet). */
  #learn(directory: RuntimeDirectory, containerId: string): boolean {
    const { runtime } = directory
    const path = join(directory.directory, containerId, stateFile[directory.layout])
    const file = readSmallFile(path, fileBytesMax)
    const paths = file.kind === 'text' ? readPaths(directory, file.text) : []
    const known = this.#states.get(containerId)
    const isNew = known === undefined || paths.some((own) => this.#byPath.get(own) !== containerId)
    if (paths.length > 0) this.#states.set(containerId, { runtime, paths })
    else if (known === undefined)
      this.#states.set(containerId, { runtime, paths }, { ttl: unprovenMs })
    for (const own of paths) this.#byPath.set(own, containerId)
    if (isNew) this.onLearnt()
    return paths.length > 0
  }

  #retry(directory: RuntimeDirectory, containerId: string, attempt: number): void {
    const delayMs = followDelayMs(attempt)
    if (delayMs === undefined || this.#retries.size >= statesMax) return
    clearTimeout(this.#retries.get(containerId))
    const timer = setTimeout(() => {
      this.#retries.delete(containerId)
      if (!existsSync(join(directory.directory, containerId))) return
      if (!this.#learn(directory, containerId)) this.#retry(directory, containerId, attempt + 1)
    }, delayMs)
    timer.unref()
    this.#retries.set(containerId, timer)
  }
}

const readPaths = (directory: RuntimeDirectory, text: string): readonly string[] => {
  if (directory.layout === 'crun' || directory.layout === 'runc') return parseStateCgroups(text)
  const path = parseOciCgroupsPath(text)
  // systemd's form `slice:prefix:name` is no path; the name then speaks for itself.
  return path.startsWith('/') && path !== '/' ? [path] : []
}
