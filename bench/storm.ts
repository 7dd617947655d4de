/**
 * The fork/exec storm: what share of it is recorded with exact arguments, what the agent costs, and how much it slows the storm
 * down; in the same run the same storm watched by bpftrace and by forkstat, where they are installed.
 *
 *   npm run bench -- storm [--count 3000] [--pairs 12] [--rate 0]
 */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { TimelineExec } from '#proto/api.ts'
import { compileProgram, Site, sleep } from '#test/fixtures/mayfly.ts'
import { type Interval, median, pairedRatio } from './statistics.ts'

const run = promisify(execFile)

export interface StormOptions {
  /** Processes per storm. */
  readonly count: number
  /** Storms with and without the agent. */
  readonly pairs: number
  /** Processes per second; 0 for as fast as it goes. */
  readonly rate: number
}

/** CPU time and resident memory of a process now. */
interface Cost {
  readonly cpuMs: number
  readonly rssBytes: number
}

/** utime and stime of /proc/PID/stat are in ticks of 10 ms: fine over a whole storm, useless below. */
const costOf = (pid: number): Cost => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
    rssBytes: Number(rss) * 1024,
  }
}

const storm = async (
  program: string,
  { count, rate }: StormOptions,
  name: string,
): Promise<number> => {
  const { stdout } = await run(program, [String(count), String(rate), name])
  return (JSON.parse(stdout) as { readonly ns: number }).ns / 1e6
}

/**
 * Lets the collector and its engine run only when nobody else wants the processor: in a cluster they run on another machine, and
 * here they must not be mistaken for the agent.
 */
const stepAside = async (pid: number): Promise<void> => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  for (const each of [String(pid), ...children.filter(Boolean)]) {
    await run('chrt', ['--all-tasks', '--idle', '--pid', '0', each])
  }
}

/** A rival: how it is started, and how its output tells how many of the storm's processes it printed. */
const rivals = [
  {
    name: 'bpftrace printing argv',
    program: 'bpftrace',
    // It wants debugfs, which a machine need not have mounted: it gets one in a mount namespace of its own.
    command: [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t debugfs none /sys/kernel/debug && mount -t tracefs none /sys/kernel/tracing; exec "$@"',
      'sh',
      ...['bpftrace', '-e', 'tracepoint:syscalls:sys_enter_execve { join(args->argv); }'],
    ],
  },
  {
    name: 'forkstat -e exec,exit',
    program: 'forkstat',
    command: ['forkstat', '-l', '-e', 'exec,exit'],
  },
] as const

interface RivalResult {
  readonly name: string
  readonly cpuMsPer1000: number
  readonly rssMb: number
  readonly share: number
  readonly slowdown: Interval
}

const measureRival = async (
  rival: (typeof rivals)[number],
  program: string,
  options: StormOptions,
): Promise<RivalResult | undefined> => {
  const [command, ...args] = rival.command
  if (spawnSync('which', [rival.program]).status !== 0) {
    console.error(`${rival.program} is not installed: left out`)
    return undefined
  }
  const pairs: [number, number][] = []
  const cpu: number[] = []
  let rssBytes = 0
  let seen = 0
  for (let pair = 0; pair < options.pairs; pair += 1) {
    const without = await storm(program, options, `alone${pair}`)
    const name = `rival${pair}`
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      errors += data
    })
    await sleep(2500)
    if (child.exitCode !== null) {
      console.error(`${rival.program} does not run here, left out: ${errors.trim()}`)
      return undefined
    }
    const before = costOf(child.pid ?? 0)
    const with_ = await storm(program, options, name)
    await sleep(1500)
    const after = costOf(child.pid ?? 0)
    const ended = new Promise((done) => child.once('close', done))
    child.kill('SIGINT')
    await ended
    pairs.push([with_, without])
    cpu.push(((after.cpuMs - before.cpuMs) / options.count) * 1000)
    rssBytes = Math.max(rssBytes, after.rssBytes)
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

const percent = (ratio: number): string => `${(100 * ratio).toFixed(2)} %`
const slowdownText = ({ mean, low, high }: Interval): string =>
  `${((mean - 1) * 100).toFixed(1)} % (${((low - 1) * 100).toFixed(1)} … ${((high - 1) * 100).toFixed(1)})`

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
      await site.settled()
      const before = costOf(pid)
      const name = `watched${pair}`
      const since = new Date().toISOString()
      const with_ = await storm(program, options, name)
      await site.settled()
      const after = costOf(pid)
      pairs.push([with_, without])
      console.error(
        `pair ${pair + 1} of ${options.pairs}: ${with_.toFixed(0)} ms watched, ${without.toFixed(0)} ms alone`,
      )
      cpu.push(((after.cpuMs - before.cpuMs) / options.count) * 1000)
      rssBytes = Math.max(rssBytes, after.rssBytes)
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
