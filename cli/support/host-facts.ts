/**
 * What of this host decides how an agent can capture: kernel, BTF, bpf file system, cgroups, capabilities, libbpf, limits, and the room
 * where state is kept. Read for a support bundle, by the command `support-bundle`; what cannot be read is null.
 */
import { readFileSync, statfsSync, statSync } from 'node:fs'
import { arch, machine, release } from 'node:os'
import { join, resolve } from 'node:path'
import {
  capabilitiesOf,
  cgroupVersion,
  mountOf,
  parseLimits,
  parseMounts,
  statusField,
} from './proc-text.ts'

export interface HostRoots {
  /** Before /proc, /sys, /etc and /lib; empty for this host. */
  readonly root: string
  /** Directories where state is kept. */
  readonly stateDirectories: readonly string[]
}

/** Where the loader looks for libraries, without /etc/ld.so.conf: ld.so(8), and Debian's places by architecture. */
const libraryDirectories = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/local/lib',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
] as const

const orNull = <T>(read: () => T): T | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** Facts as JSON. Never throws. */
export const hostFacts = ({ root, stateDirectories }: HostRoots): object => {
  const textOf = (path: string): string | null =>
    orNull(() => readFileSync(join(root, path), 'utf8').slice(0, 1 << 20))
  const lineOf = (path: string): string | null => textOf(path)?.split('\n', 1)[0]?.trim() ?? null
  const sizeOf = (path: string): number | null => orNull(() => statSync(join(root, path)).size)
  const status = textOf('/proc/self/status') ?? ''
  const mounts = parseMounts(textOf('/proc/self/mountinfo') ?? '')
  const capabilities = (field: string) => {
    const mask = statusField(status, field)
    return mask === undefined ? null : { mask, ofInterest: capabilitiesOf(mask) }
  }
  const btfBytes = sizeOf('/sys/kernel/btf/vmlinux')
  const libbpf = libraryDirectories
    .map((directory) => `${directory}/libbpf.so.1`)
    .find((path) => sizeOf(path) !== null)
  return {
    kernel: { release: release(), machine: machine(), version: lineOf('/proc/version') },
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(textOf('/etc/os-release') ?? '')?.[1] ?? null,
    node: { version: process.version, arch: arch() },
    btf: { isThere: btfBytes !== null, sizeBytes: btfBytes },
    bpffs: mounts.filter(({ fileSystem }) => fileSystem === 'bpf'),
    cgroup: {
      version: cgroupVersion(mounts),
      mounts: mounts.filter(({ fileSystem }) => fileSystem.startsWith('cgroup')),
    },
    capabilities: { effective: capabilities('CapEff'), bounding: capabilities('CapBnd') },
    seccomp: statusField(status, 'Seccomp') ?? null,
    lockdown: lineOf('/sys/kernel/security/lockdown'),
    unprivilegedBpfDisabled: lineOf('/proc/sys/kernel/unprivileged_bpf_disabled'),
    bpfJit: lineOf('/proc/sys/net/core/bpf_jit_enable'),
    libbpf: libbpf ?? null,
    limits: parseLimits(textOf('/proc/self/limits') ?? ''),
    stateDirectories: [...new Set(stateDirectories.map((path) => resolve(path)))].map((path) => {
      const space = orNull(() => statfsSync(join(root, path)))
      return {
        path,
        mount: mountOf(path, mounts) ?? null,
        freeBytes: space === null ? null : space.bavail * space.bsize,
        sizeBytes: space === null ? null : space.blocks * space.bsize,
        freeFiles: space?.ffree ?? null,
      }
    }),
  }
}
