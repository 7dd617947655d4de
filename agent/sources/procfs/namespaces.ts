/**
 * /proc/PID/ns/*, namespaces(7): links of the form `mnt:[4026531841]`. Needs the right to trace the process.
 */
import type { Namespaces } from '#proto/event.ts'
import { isDenied, mapReading, type Reading, readProcLink } from './proc-file.ts'

export const namespaceNames = ['mnt', 'pid', 'net', 'user', 'uts', 'ipc', 'cgroup'] as const
export type NamespaceName = (typeof namespaceNames)[number]

/** All zero: not one of them is known. */
export const unknownNamespaces: Namespaces = Object.freeze({
  mnt: 0,
  pid: 0,
  net: 0,
  user: 0,
  uts: 0,
  ipc: 0,
  cgroup: 0,
})

/** Inode number in `mnt:[4026531841]`; undefined for any other text. */
export const parseNamespaceLink = (text: string): number | undefined => {
  const match = /^[a-z_]{1,32}:\[(\d{1,15})\]$/.exec(text)
  return match === null ? undefined : Number(match[1])
}

/** One namespace of a process, as the inode number that identifies it until reboot. */
export const readNamespace = (root: string, pid: number, name: NamespaceName): Reading<number> =>
  mapReading(readProcLink(`${root}/${pid}/ns/${name}`), parseNamespaceLink)

/** All of them; 0 for those this kernel does not have. */
export const readNamespaces = (root: string, pid: number): Reading<Namespaces> => {
  const found: Record<NamespaceName, number> = { ...unknownNamespaces }
  for (const name of namespaceNames) {
    const reading = readNamespace(root, pid, name)
    // The first one decides: when it is refused or gone, so are the rest.
    if (isDenied(reading) || (reading === undefined && name === 'mnt')) return reading
    found[name] = reading ?? 0
  }
  return found
}
