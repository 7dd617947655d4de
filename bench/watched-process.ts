/** What a watcher costs, and how its company is kept out of the measurement. Called by the benches. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { sleep } from '#test/fixtures/mayfly.ts'

const run = promisify(execFile)

/** CPU time and resident memory of a process now. */
export interface Cost {
  readonly cpuMs: number
  readonly rssBytes: number
}

/** @throws for a process that has ended: it cannot have watched. */
export const costOf = (pid: number): Cost => {
  let cpuNs = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // Time on a processor in ns (Documentation/scheduler/sched-stats.rst); a thread that ends takes its share along.
    const [onCpuNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    cpuNs += Number(onCpuNs)
  }
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuMs: cpuNs / 1e6, rssBytes: Number(rss) * 1024 }
}

/** Within this time a watcher has read, told and delivered what happened: every watcher gets the same. */
export const quietMs = 1500

/** What a watcher spent on a run: until `quietMs` after it, less what it spends in such a time when nothing happens. */
export const costDuring = async <T>(
  pid: number,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> => {
  const idle = await costOver(pid, () => sleep(quietMs))
  const busy = await costOver(pid, async () => {
    const result = await run()
    await sleep(quietMs)
    return result
  })
  const idleMs = (idle.cpuMs / idle.wallMs) * busy.wallMs
  return { result: busy.result, cost: { cpuMs: busy.cpuMs - idleMs, rssBytes: busy.rssBytes } }
}

const costOver = async <T>(
  pid: number,
  run: () => Promise<T>,
): Promise<Cost & { readonly result: T; readonly wallMs: number }> => {
  const before = costOf(pid)
  const beganMs = performance.now()
  const result = await run()
  const { cpuMs, rssBytes } = costOf(pid)
  return { result, cpuMs: cpuMs - before.cpuMs, rssBytes, wallMs: performance.now() - beganMs }
}

/**
 * Lets the collector and its engine run only when nobody else wants the processor: in a cluster they run on another machine, and
 * here they must not be mistaken for the agent.
 */
export const stepAside = async (pid: number): Promise<void> => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  for (const each of [String(pid), ...children.filter(Boolean)]) {
    await run('chrt', ['--all-tasks', '--idle', '--pid', '0', each])
  }
}
