/** Containers of the image as a runtime makes them for a pod that asks for nothing: for pod.ts and baselines/cluster.ts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '#test/fixtures/network.ts'
import {
  type Bundle,
  type BundleOptions,
  type OciMount,
  ociConfig,
} from '#test/fixtures/oci-bundle.ts'
import { type Image, programPath } from './image.ts'
import type { Command } from './recording.ts'

/** What containerd and CRI-O give to a container that asks for nothing. */
const defaultCapabilities = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_KILL', 'CAP_SETGID'],
  ...['CAP_SETUID', 'CAP_SETPCAP', 'CAP_SETFCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT'],
  ...['CAP_NET_RAW', 'CAP_MKNOD', 'CAP_AUDIT_WRITE'],
]

const deviceMounts: readonly OciMount[] = [
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
]

export interface ContainerOptions {
  readonly args: Command
  /** `NAME=value`. */
  readonly env: readonly string[]
  /** Whose volumes it has. */
  readonly volumesOf: string
  readonly host: Host
  /** What the runtime knows of its place. */
  readonly place: Pick<BundleOptions, 'annotations' | 'cgroupsPath'>
}

export const bundleOf = (image: Image, options: ContainerOptions): Bundle => {
  const { args, env, volumesOf, host, place } = options
  const volumes = [...image.makeVolumes(volumesOf)].map(
    ([destination, source]): OciMount => ({
      destination,
      source,
      type: 'bind',
      options: ['bind', 'rw'],
    }),
  )
  const directory = image.makeBundleDirectory()
  const config = ociConfig({
    ...place,
    args,
    processCaps: defaultCapabilities,
    noNewPrivileges: false,
    mounts: [...deviceMounts, ...volumes],
    networkNamespacePath: host.namespacePath,
  })
  const process = { ...(config.process as object), env: [`PATH=${programPath}`, ...env] }
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...config, process }))
  return { directory, rootfs: join(directory, 'rootfs') }
}
