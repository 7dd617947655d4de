/**
 * Where container runtimes keep what they know of their containers: one directory per container id, in a handful of well-known
 * places. Used by the reader of names (oci-config.ts), by the one that confirms plain ids (runtime-states.ts), and by the
 * watcher that sees a container before its first process (runtime-watcher.ts).
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What lies in a container's directory. `bundle`: config.json (containerd's task directory). `storage`:
 * userdata/config.json (CRI-O and podman). `crun`: status and config.json. `runc`: state.json, which names the bundle.
 */
export type RuntimeLayout = 'bundle' | 'storage' | 'crun' | 'runc'

export interface RuntimeDirectory {
  /** As ContainerNames names it; empty when several runtimes share the place (CRI-O and podman). */
  readonly runtime: string
  readonly layout: RuntimeLayout
  /** Holds one directory per container id. */
  readonly directory: string
}

/** A directory of which each child is a `bundle` directory for one containerd namespace. */
export interface TaskRoot {
  readonly runtime: string
  readonly directory: string
}

export interface RuntimeDirectories {
  /** Prefix under which the host's files are seen: empty, or `/host` in a DaemonSet. */
  readonly hostRoot: string
  readonly fixed: readonly RuntimeDirectory[]
  readonly taskRoots: readonly TaskRoot[]
  /** Docker's own records, for names and images. */
  readonly docker: string
}

export interface RuntimeDirectoryOptions {
  readonly hostRoot: string
  /** State directories of `crun --root` and `runc --root` besides the default ones, as the host sees them. */
  readonly crunRoots?: readonly string[]
  readonly runcRoots?: readonly string[]
}

/** Most containerd namespaces looked at below one task root; Kubernetes, Docker and nerdctl make one each. */
const namespacesMax = 16

/** The name of containerd's task plug-in, below its state directory. */
const taskPlugin = 'io.containerd.runtime.v2.task'

/** State directories of containerd as distributions run it. */
const containerdStates = [
  '/run/containerd',
  '/run/k3s/containerd',
  '/run/k0s/containerd',
  '/var/snap/microk8s/common/run/containerd',
  '/run/docker/containerd/daemon',
] as const

/** Every place to look in, below one host root. Nothing is read yet, and none of them need exist. */
export const runtimeDirectories = (options: RuntimeDirectoryOptions): RuntimeDirectories => {
  const { hostRoot } = options
  const on = (path: string): string => join(hostRoot, path)
  const roots = (first: string, more: readonly string[] | undefined): string[] => [
    ...new Set([first, ...(more ?? [])].map(on)),
  ]
  return {
    hostRoot,
    fixed: [
      {
        runtime: '',
        layout: 'storage',
        directory: on('/run/containers/storage/overlay-containers'),
      },
      {
        runtime: '',
        layout: 'storage',
        directory: on('/var/lib/containers/storage/overlay-containers'),
      },
      ...roots('/run/crun', options.crunRoots).map(
        (directory): RuntimeDirectory => ({ runtime: 'crun', layout: 'crun', directory }),
      ),
      ...roots('/run/runc', options.runcRoots).map(
        (directory): RuntimeDirectory => ({ runtime: 'runc', layout: 'runc', directory }),
      ),
    ],
    taskRoots: containerdStates.map((state) => ({
      runtime: 'containerd',
      directory: join(on(state), taskPlugin),
    })),
    docker: on('/var/lib/docker/containers'),
  }
}

/** The bundle directories below a task root, one per containerd namespace; none when it does not exist. */
export const taskDirectories = (root: TaskRoot): readonly RuntimeDirectory[] => {
  let names: string[]
  try {
    names = readdirSync(root.directory)
  } catch {
    return []
  }
  return names.slice(0, namespacesMax).map((name) => ({
    runtime: name === 'moby' ? 'docker' : root.runtime,
    layout: 'bundle',
    directory: join(root.directory, name),
  }))
}

/** All directories that hold containers now: the fixed ones and those below the task roots. */
export const containerDirectories = (
  directories: RuntimeDirectories,
): readonly RuntimeDirectory[] => [
  ...directories.taskRoots.flatMap(taskDirectories),
  ...directories.fixed,
]
