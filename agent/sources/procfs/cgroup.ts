/**
 * /proc/PID/cgroup, cgroups(7): where a process stands in each hierarchy. What its paths mean, and which line counts, is
 * known in agent/containers/cgroup-path.ts.
 */
import { type CgroupLine, parseCgroupFile } from '../../containers/cgroup-path.ts'
import { mapReading, type Reading, readProcText } from './proc-file.ts'

/** Reads /proc/PID/cgroup: one entry per hierarchy, in the kernel's order. */
export const readCgroup = (root: string, pid: number): Reading<readonly CgroupLine[]> =>
  mapReading(readProcText(`${root}/${pid}/cgroup`), parseCgroupFile)
