/**
 * Finds what a runtime has written down about a container, by its id: the OCI configuration, which exists before the
 * container's first process, and Docker's and podman's own records beside it. Called by the cache of names, once or a few times
 * per container, never per event.
 */
import { join } from 'node:path'
import { isContainerId, isHexContainerId } from './cgroup-segments.ts'
import {
  type OciNames,
  parseBundlePath,
  parseDockerConfig,
  parseOciNames,
  parseStorageContainers,
} from './oci-names.ts'
import {
  containerDirectories,
  type RuntimeDirectories,
  type RuntimeDirectory,
} from './runtime-directories.ts'
import { readSmallFile } from './small-file.ts'

/** Largest file read; a real config.json has 10 to 60 KB. */
const fileBytesMax = 1 << 20

export interface OciConfigCounts {
  /** Containers looked for. */
  lookups: number
  /** Containers of which something was found. */
  found: number
  /** Files over the size limit. */
  tooLarge: number
  /** Files that were not what their name says. */
  unreadable: number
}

export class OciConfigReader {
  readonly #directories: RuntimeDirectories
  readonly counts: OciConfigCounts = { lookups: 0, found: 0, tooLarge: 0, unreadable: 0 }

  constructor(directories: RuntimeDirectories) {
    this.#directories = directories
  }

  /** What the runtimes say about a container now; undefined when none knows it. Synchronous, a few system calls. */
  read(containerId: string): OciNames | undefined {
    if (!isContainerId(containerId)) return undefined
    this.counts.lookups += 1
    let found: OciNames | undefined
    for (const directory of containerDirectories(this.#directories)) {
      found = this.#readDirectory(directory, containerId)
      if (found !== undefined) break
    }
    found = this.#addOwnRecords(found, containerId)
    if (found !== undefined) this.counts.found += 1
    return found
  }

  /** What one place says about a container; undefined when it does not know it (yet). */
  readFrom(directory: RuntimeDirectory, containerId: string): OciNames | undefined {
    if (!isContainerId(containerId)) return undefined
    const found = this.#readDirectory(directory, containerId)
    return found === undefined ? undefined : this.#addOwnRecords(found, containerId)
  }

  #readDirectory(directory: RuntimeDirectory, containerId: string): OciNames | undefined {
    const own = join(directory.directory, containerId)
    switch (directory.layout) {
      case 'bundle':
        return this.#readConfig(join(own, 'config.json'), directory.runtime)
      case 'storage':
        return this.#readConfig(join(own, 'userdata/config.json'), directory.runtime)
      case 'crun':
        return (
          this.#readConfig(join(own, 'config.json'), directory.runtime) ??
          this.#readBundle(join(own, 'status'), directory.runtime)
        )
      case 'runc':
        return this.#readBundle(join(own, 'state.json'), directory.runtime)
    }
  }

  #readBundle(statePath: string, runtime: string): OciNames | undefined {
    const state = this.#text(statePath)
    if (state === undefined) return undefined
    const bundle = parseBundlePath(state)
    if (!bundle.startsWith('/')) {
      this.counts.unreadable += 1
      return undefined
    }
    return this.#readConfig(join(this.#directories.hostRoot, bundle, 'config.json'), runtime)
  }

  #readConfig(path: string, runtime: string): OciNames | undefined {
    const text = this.#text(path)
    if (text === undefined) return undefined
    const names = parseOciNames(text, runtime)
    if (names === undefined) this.counts.unreadable += 1
    return names
  }

  /** Docker and podman keep the container's name outside the OCI configuration. */
  #addOwnRecords(found: OciNames | undefined, containerId: string): OciNames | undefined {
    const runtime = found?.names.runtime
    if (!isHexContainerId(containerId)) return found
    if (found === undefined || runtime === 'docker') {
      const text = this.#text(join(this.#directories.docker, containerId, 'config.v2.json'))
      const docker = text === undefined ? undefined : parseDockerConfig(text)
      if (docker === undefined) return found
      return { ...docker, names: { ...found?.names, ...docker.names } }
    }
    if (runtime !== 'podman') return found
    for (const directory of this.#directories.fixed) {
      if (directory.layout !== 'storage') continue
      for (const file of ['containers.json', 'volatile-containers.json']) {
        const text = this.#text(join(directory.directory, file))
        if (text === undefined) continue
        const names = parseStorageContainers(text, containerId)
        if (names.container !== undefined) return { ...found, names: { ...found.names, ...names } }
      }
    }
    return found
  }

  #text(path: string): string | undefined {
    const file = readSmallFile(path, fileBytesMax)
    if (file.kind === 'too_large') this.counts.tooLarge += 1
    return file.kind === 'text' ? file.text : undefined
  }
}
