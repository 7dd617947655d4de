/**
 * The probe as check-probe.ts sees it in the guest: drains the source and finds records by process. Nothing here knows
 * what is right; the scenarios compare.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import type { EbpfSource } from '#agent/sources/ebpf/ebpf-source.ts'
import type {
  CgroupRecord,
  ExecRecord,
  ExitRecord,
  ForkRecord,
  LossRecord,
  SourceRecord,
} from '#agent/sources/record.ts'
import type { ProcessKey } from '#proto/event.ts'

const drainLimit = 1000

export const same = (a: ProcessKey | undefined, b: ProcessKey | undefined): boolean =>
  a !== undefined && b !== undefined && a.pid === b.pid && a.startNs === b.startNs

export class Watch {
  readonly source: EbpfSource
  readonly execs: ExecRecord[] = []
  readonly exits: ExitRecord[] = []
  readonly forks: ForkRecord[] = []
  readonly cgroups: CgroupRecord[] = []
  readonly losses: LossRecord[] = []
  /** Connections, flows, listening and DNS. */
  readonly sockets: SourceRecord[] = []

  constructor(source: EbpfSource) {
    this.source = source
  }

  /** Takes everything that is in the ring, and what was lost. */
  collect(): void {
    let more = true
    while (more)
      more = this.source.drain((record) => {
        // The arguments are a view into the ring, valid only now.
        if (record.kind === 'exec')
          this.execs.push({ ...record, argvBytes: Uint8Array.from(record.argvBytes) })
        else if (record.kind === 'exit') this.exits.push(record)
        else if (record.kind === 'fork') this.forks.push(record)
        else if (record.kind === 'cgroup') this.cgroups.push(record)
        else this.sockets.push(record)
      }, drainLimit)
    this.losses.push(...this.source.losses())
    this.source.commit()
  }

  execsOf(pid: number): readonly ExecRecord[] {
    return this.execs.filter((record) => record.process.pid === pid)
  }

  exitsOf(process: ProcessKey | undefined): readonly ExitRecord[] {
    return this.exits.filter((record) => same(record.process, process))
  }

  forkOf(process: ProcessKey | undefined): ForkRecord | undefined {
    return this.forks.find((record) => same(record.child, process))
  }
}

/** The records of one v2 cgroup. */
export const ofCgroup = <R extends ExecRecord | ExitRecord | ForkRecord>(
  records: readonly R[],
  cgroupId: number,
): readonly R[] => records.filter(({ cgroups }) => cgroups.some(({ id }) => id === cgroupId))

/** The arguments of an exec record, split as /proc/PID/cmdline is. */
export const argvOf = (record: ExecRecord): readonly string[] =>
  Buffer.from(record.argvBytes).toString('utf8').split('\0').slice(0, -1)

export interface Ran {
  readonly pid: number
  readonly stdout: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  readonly argv0?: string
}

/** Runs a program to its end; its pid is what the records are found by. */
export const runProgram = (
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Ran => {
  const { pid, stdout, error } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error !== undefined) throw error
  return { pid, stdout }
}

const cgroupRoot = '/sys/fs/cgroup'

/** Makes a cgroup, below the mount point, and returns its id: the inode number of its directory. */
export const makeCgroup = (path: string): number => {
  mkdirSync(`${cgroupRoot}${path}`)
  return statSync(`${cgroupRoot}${path}`).ino
}

/** Runs the action as a member of a cgroup, so that what it starts is born there. */
export const insideCgroup = <T>(path: string, action: () => T): T => {
  writeFileSync(`${cgroupRoot}${path}/cgroup.procs`, String(process.pid))
  try {
    return action()
  } finally {
    writeFileSync(`${cgroupRoot}/cgroup.procs`, String(process.pid))
  }
}
