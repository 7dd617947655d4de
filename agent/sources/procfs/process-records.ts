/**
 * Records of what the scans of the procfs source found out about processes. Pure; called by procfs-source.ts.
 */
import type { AliveRecord, ExecRecord, ExitRecord, SourceRecord } from '../record.ts'
import type { KnownProcess } from './known-processes.ts'
import type { ProgramReading } from './program-reader.ts'
import type { ProcStat } from './stat.ts'

export type ProcessRecord = AliveRecord | ExecRecord | ExitRecord

type Timed = Pick<SourceRecord & { readonly bootNs: number }, 'kind' | 'bootNs'>

/** Oldest first; what ends makes room for what begins in the same tick. */
export const byTime = (a: Timed, b: Timed): number =>
  a.bootNs - b.bootNs || Number(a.kind !== 'exit') - Number(b.kind !== 'exit')

/** `last` is the zombie, when it was met: it still has its status and its final CPU times. */
export const exitRecord = (
  known: KnownProcess,
  bootNs: number,
  last: ProcStat | undefined,
): ExitRecord => {
  const { pid, startNs, userNs, systemNs, comm } = last ?? known.stat
  return {
    kind: 'exit',
    bootNs,
    process: { pid, startNs },
    ...(known.parent === undefined ? {} : { parent: known.parent }),
    cgroups: [],
    nsPid: known.nsPid,
    uid: known.uid,
    status: last?.status ?? null,
    userNs,
    systemNs,
    maxRssBytes: 0,
    maxRssInherited: false,
    comm,
  }
}

export const aliveRecord = (reading: ProgramReading, forked: boolean | undefined): AliveRecord => ({
  kind: 'alive',
  bootNs: reading.facts.process.startNs,
  ...(forked === undefined ? {} : { forked }),
  ...reading.facts,
})
