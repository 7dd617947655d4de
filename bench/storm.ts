/**
 * The fork/exec storm: what share of it is recorded with exact arguments, what the agent costs, and how much it slows the storm
 * down; in the same run the same storm watched by bpftrace and by forkstat, where they are installed.
 *
 *   npm run bench -- storm [--count 3000] [--pairs 12] [--rate 0]
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { TimelineExec } from '#proto/api.ts'
import { compileProgram, Site, sleep } from '#test/fixtures/mayfly.ts'
import { delivered } from './delivered.ts'
import { bpftraceCommand, type Rival, startRival } from './rival.ts'
import { type Interval, median, pairedRatio } from './statistics.ts'
import { percent, slowdownText } from './text.ts'
import { costDuring, quietMs, stepAside } from './watched-process.ts'

const run = promisify(execFile)

export interface StormOptions {
  /** Processes per storm. */
  readonly count: number
  /** Storms with and without the agent. */
  readonly pairs: number
  /** Processes per second; 0 for as fast as it goes. */
  readonly rate: number
}

const storm = async (
  program: string,
  { count, rate }: StormOptions,
  name: string,
): Promise<number> => {
  const { stdout } = await run(program, [String(count), String(rate), name])
  return (JSON.parse(stdout) as { readonly ns: number }).ns / 1e6
}

/** Their output tells how many of the storm's processes they printed. */
const rivals: readonly Rival[] = [
  {
    name: 'bpftrace printing argv',
    program: 'bpftrace',
    command: bpftraceCommand('tracepoint:syscalls:sys_enter_execve { join(args->argv); }'),
  },
  {
    name: 'forkstat -e exec,exit',
    program: 'forkstat',
    command: ['forkstat', '-l', '-e', 'exec,exit'],
  },
]

interface RivalResult {
  readonly name: string
  readonly cpuMsPer1000: number
  readonly rssMb: number
  readonly share: number
  readonly slowdown: Interval
}

const measureRival = async (
  rival: Rival,
  program: string,
  options: StormOptions,
): Promise<RivalResult | undefined> => {
  const pairs: [number, number][] = []
  const cpu: number[] = []
  let rssBytes = 0
  let seen = 0
  for (let pair = 0; pair < options.pairs; pair += 1) {
    const without = await storm(program, options, `alone${pair}`)
    const name = `rival${pair}`
    const running = await startRival(rival)
    if (running === undefined) return undefined
    const { result: with_, cost } = await costDuring(running.pid, () =>
      storm(program, options, name),
    )
    const output = await running.stop()
    pairs.push([with_, without])
    cpu.push((cost.cpuMs / options.count) * 1000)
    rssBytes = Math.max(rssBytes, cost.rssBytes)
    seen += new Set(output.match(new RegExp(`child ${name}-\\d+\\b`, 'g'))).size
  }
  return {
    name: rival.name,
    cpuMsPer1000: median(cpu),
    rssMb: rssBytes / 1e6,
    share: seen / (options.count * options.pairs),
    slowdown: pairedRatio(pairs),
  }
}

/** Runs everything and returns lines of a Markdown table. */
export const benchStorm = async (options: StormOptions): Promise<readonly string[]> => {
  const site = await Site.make({ agent: ['--host', 'on'] })
  try {
    const program = compileProgram('storm', site.dir)
    const collector = await site.startCollector()
    await stepAside(collector.child.pid ?? 0)
    const pairs: [number, number][] = []
    const cpu: number[] = []
    let rssBytes = 0
    let exact = 0
    let exits = 0
    for (let pair = 0; pair < options.pairs; pair += 1) {
      const without = await storm(program, options, `alone${pair}`)
      const agent = await site.startAgent()
      const pid = agent.child.pid ?? 0
      // An agent runs for weeks: what it costs is asked of one that has seen a storm already.
      await storm(program, options, `warm${pair}`)
      await sleep(quietMs)
      const name = `watched${pair}`
      const since = new Date().toISOString()
      const { result: with_, cost } = await costDuring(pid, () => storm(program, options, name))
      // Only now, because to be asked costs it something too.
      await delivered(site)
      pairs.push([with_, without])
      console.error(
        `pair ${pair + 1} of ${options.pairs}: ${with_.toFixed(0)} ms watched, ${without.toFixed(0)} ms alone`,
      )
      cpu.push((cost.cpuMs / options.count) * 1000)
      rssBytes = Math.max(rssBytes, cost.rssBytes)
      const execs = (await site.events({
        kind: 'exec',
        q: `child ${name}-`,
        since,
      })) as TimelineExec[]
      const wanted = new Set(Array.from({ length: options.count }, (_, n) => `${name}-${n}`))
      const ids = new Set<string>()
      for (const { process } of execs) {
        const argv = process.argv ?? []
        if (argv.length === 3 && argv[1] === 'child' && wanted.delete(argv[2] ?? '')) {
          ids.add(process.id)
        }
      }
      exact += ids.size
      const ends = await site.events({ kind: 'exit', q: '/storm', since })
      exits += ends.filter((event) => event.kind === 'exit' && ids.has(event.process.id)).length
      await agent.stop()
      await site.detach()
    }
    const total = options.count * options.pairs
    const results: RivalResult[] = []
    for (const rival of rivals) {
      const result = await measureRival(rival, program, options)
      if (result !== undefined) results.push(result)
    }
    return [
      '| who | execs with exact argv | CPU per 1,000 processes | RSS | slow-down of the storm (95 %) |',
      '| --- | --- | --- | --- | --- |',
      `| Mayfly agent, delivered and stored | ${percent(exact / total)} (exits ${percent(exits / total)}) | ${median(cpu).toFixed(1)} ms | ${(rssBytes / 1e6).toFixed(0)} MB | ${slowdownText(pairedRatio(pairs))} |`,
      ...results.map(
        ({ name, share, cpuMsPer1000, rssMb, slowdown }) =>
          `| ${name} | ${name.includes('argv') ? percent(share) : `${percent(share)} of lines`} | ${cpuMsPer1000.toFixed(1)} ms | ${rssMb.toFixed(0)} MB | ${slowdownText(slowdown)} |`,
      ),
    ]
  } finally {
    await site.close()
  }
}
