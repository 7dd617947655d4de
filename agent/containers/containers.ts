/**
 * The containers of this node, put together: the registry of cgroups and the cache of names with everything that feeds them. Made
 * by the agent's main, used by the tracker, which is the only one to call `cgroups` and `names`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { CgroupMemory } from './cgroup-memory.ts'
import { findCgroupMounts } from './cgroup-mounts.ts'
import { CgroupRegistry } from './cgroups.ts'
import { ContainerEnds, type ToldEnd } from './ends.ts'
import type { PodLister } from './kubelet-client.ts'
import { KubeletPoller, type KubeletPollerStatus } from './kubelet-poller.ts'
import { ContainerNamesCache, type NamesSink } from './names.ts'
import { OciConfigReader } from './oci-config.ts'
import { OciPrefetch } from './oci-prefetch.ts'
import { runtimeDirectories } from './runtime-directories.ts'
import { RuntimeStates } from './runtime-states.ts'
import { RuntimeWatcher } from './runtime-watcher.ts'

export interface ContainersOptions {
  readonly clock: Clock
  readonly log: Log
  /** The host's /proc. */
  readonly procRoot: string
  /** The host's /sys/fs/cgroup. */
  readonly cgroupRoot: string
  /** Where the agent's own cgroup namespace is mounted, if that is another place. */
  readonly ownCgroupRoot?: string
  /** Prefix of the host's files: empty, or `/host` in a DaemonSet. */
  readonly hostRoot: string
  /** More state directories of crun and runc, as given to their `--root`. */
  readonly crunRoots?: readonly string[]
  readonly runcRoots?: readonly string[]
  /** Without it, names come from the runtimes only. */
  readonly kubelet?: PodLister
  /** What is known of containers over restarts of the agent. */
  readonly memory?: CgroupMemory
  readonly onNames: NamesSink
  /** Told of ends from then on, Unix microseconds. */
  readonly endsSinceUs: number
  readonly onEnd: (end: ToldEnd) => void
}

/** Longest /proc/PID/cgroup looked at; a dozen lines of at most PATH_MAX are far below. */
const cgroupFileCharsMax = 65_536

export class Containers {
  readonly cgroups: CgroupRegistry
  readonly names: ContainerNamesCache
  readonly ends: ContainerEnds
  readonly oci: OciConfigReader
  readonly prefetch: OciPrefetch
  readonly watcher: RuntimeWatcher
  readonly #states: RuntimeStates
  readonly #poller: KubeletPoller | undefined

  constructor(options: ContainersOptions) {
    const { clock, log, procRoot, cgroupRoot, kubelet } = options
    const directories = runtimeDirectories(options)
    this.#states = new RuntimeStates(directories)
    this.oci = new OciConfigReader(directories)
    this.prefetch = new OciPrefetch(this.oci)
    this.watcher = new RuntimeWatcher(directories, (directory, containerId, fresh) => {
      this.#states.observe(directory, containerId)
      if (fresh) this.prefetch.observe(directory, containerId)
    })
    this.cgroups = new CgroupRegistry({
      mounts: findCgroupMounts(cgroupRoot, procRoot),
      clock,
      states: this.#states,
      readProcessCgroups: (pid) => readProcessCgroups(procRoot, pid),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      ...(options.ownCgroupRoot === undefined ? {} : { ownRoot: options.ownCgroupRoot }),
    })
    this.names = new ContainerNamesCache({
      clock,
      onNames: options.onNames,
      readOci: (containerId) => this.prefetch.get(containerId) ?? this.oci.read(containerId),
      kubelet: kubelet !== undefined,
      onUnknown: () => this.#poller?.poke(),
    })
    this.ends = new ContainerEnds({
      clock,
      kubelet: kubelet !== undefined,
      sinceUs: options.endsSinceUs,
      onEnd: options.onEnd,
      onAwaited: () => this.#poller?.poke(),
    })
    if (kubelet !== undefined)
      this.#poller = new KubeletPoller({
        kubelet,
        clock,
        log,
        demand: () => (this.ends.demand() === 'none' ? this.names.demand() : 'young'),
        onPods: (list) => {
          this.names.learn(list)
          this.ends.learn(list)
        },
      })
  }

  /** The kubelet's side of things; undefined when none is configured. */
  get kubeletStatus(): KubeletPollerStatus | undefined {
    return this.#poller?.status
  }

  /** Learns what there is and begins to watch. Call after the probe is attached, so that nothing falls in between. */
  start(): void {
    this.watcher.start()
    this.cgroups.start()
    this.#poller?.start()
  }

  close(): void {
    this.#poller?.close()
    this.names.close()
    this.prefetch.close()
    this.watcher.close()
    this.#states.close()
  }
}

const readProcessCgroups = (procRoot: string, pid: number): string | undefined => {
  try {
    return readFileSync(join(procRoot, String(pid), 'cgroup'), 'utf8').slice(0, cgroupFileCharsMax)
  } catch {
    return undefined
  }
}
