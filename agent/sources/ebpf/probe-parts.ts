/**
 * What the probe is made of: its maps, its programs, and how each is attached. One table for the loader, the pins and the
 * books of losses; names of links are names of pins.
 */
import type { BpfLink, BpfObject, Libbpf } from './libbpf.ts'
import type { RecordKind } from './record-layout.ts'

/** The maps that this side reads. The others live as long as the programs that use them. */
export const mapNames = [
  'ring',
  'totals',
  'losses',
  'overflow',
  'meta',
  'reported',
  'untracked',
] as const
export type MapName = (typeof mapNames)[number]

export const linkNames = [
  'exec',
  'exit',
  'fork',
  'cgroup_mkdir',
  'cgroup_rmdir',
  'tasks',
  'socket_state',
  'socket_state_again',
  'listener_files',
  'connection_files',
  'socket_entries',
  'socket_created',
  'socket_released',
  'datagram_sent',
  'datagram_received',
  'flow_entries',
  'datagram_files',
] as const
export type LinkName = (typeof linkNames)[number]

/**
 * Hooks whose skipped runs are counted, and the kind whose records may be missing for it. Not that of sockets: what its first
 * program skips the second one handles.
 */
export const hookKinds = [
  ['exec', 'exec'],
  ['exit', 'exit'],
  ['fork', 'fork'],
  ['cgroup_mkdir', 'cgroup'],
  ['cgroup_rmdir', 'cgroup'],
] as const satisfies readonly (readonly [LinkName, RecordKind])[]
export type HookName = (typeof hookKinds)[number][0]
export const hookNames: readonly HookName[] = hookKinds.map(([name]) => name)

export interface Part {
  readonly program: string
  /** How it is attached: by its section, to each element of a map, or to a cgroup. */
  readonly to: 'section' | 'map' | 'cgroup'
  readonly map?: string
  /** `packets` is what needs CAP_NET_ADMIN and the root of cgroup v2, and may be left out. */
  readonly group: 'core' | 'packets'
  /** A struct of the kernel's without which it cannot be loaded, and is left out. */
  readonly needsStruct?: string
}

/** `exit` has two programs; the loader takes the one that this kernel can run. */
export const parts: Readonly<Record<LinkName, Part>> = {
  exec: { program: 'on_exec', to: 'section', group: 'core' },
  exit: { program: 'on_exit_group_dead', to: 'section', group: 'core' },
  fork: { program: 'on_fork', to: 'section', group: 'core' },
  cgroup_mkdir: { program: 'on_cgroup_mkdir', to: 'section', group: 'core' },
  cgroup_rmdir: { program: 'on_cgroup_rmdir', to: 'section', group: 'core' },
  tasks: { program: 'on_task', to: 'section', group: 'core' },
  socket_state: { program: 'on_socket_state', to: 'section', group: 'core' },
  socket_state_again: { program: 'on_socket_state_again', to: 'section', group: 'core' },
  listener_files: { program: 'on_listener_file', to: 'section', group: 'core' },
  connection_files: { program: 'on_connection_file', to: 'section', group: 'core' },
  // Iterators over maps are of 5.9.
  socket_entries: {
    program: 'on_socket_entry',
    to: 'map',
    map: 'sockets',
    group: 'core',
    needsStruct: 'bpf_iter__bpf_map_elem',
  },
  socket_created: { program: 'on_socket_created', to: 'cgroup', group: 'packets' },
  socket_released: { program: 'on_socket_released', to: 'cgroup', group: 'packets' },
  datagram_sent: { program: 'on_datagram_sent', to: 'cgroup', group: 'packets' },
  datagram_received: { program: 'on_datagram_received', to: 'cgroup', group: 'packets' },
  flow_entries: {
    program: 'on_flow_entry',
    to: 'map',
    map: 'flows',
    group: 'packets',
    needsStruct: 'bpf_iter__bpf_map_elem',
  },
  datagram_files: { program: 'on_datagram_file', to: 'section', group: 'packets' },
}

/** Attaches one part of a loaded object. */
export const attachPart = (
  libbpf: Libbpf,
  object: BpfObject,
  { program, to, map }: Part,
  cgroupFd: number | undefined,
): BpfLink => {
  const handle = libbpf.program(object, program)
  if (to === 'map' && map !== undefined)
    return libbpf.attachMapIterator(handle, libbpf.mapFd(libbpf.map(object, map)))
  if (to === 'cgroup' && cgroupFd !== undefined) return libbpf.attachCgroup(handle, cgroupFd)
  return libbpf.attach(handle)
}

/** An object with a value for each name. */
export const tableOf = <N extends string, T>(
  names: readonly N[],
  make: (name: N) => T,
): Readonly<Record<N, T>> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>
