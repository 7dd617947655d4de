/** Other programs that watch the same thing, started beside Mayfly in the same run. Called by the benches. */
import { spawn, spawnSync } from 'node:child_process'
import { sleep } from '#test/fixtures/mayfly.ts'

export interface Rival {
  readonly name: string
  /** Its executable: a rival that is not installed is left out. */
  readonly program: string
  /** The whole command line; whatever comes before the program must become it by exec, so that the pid is its own. */
  readonly command: readonly string[]
}

export interface RunningRival {
  readonly pid: number
  /** What it printed until now. */
  output(): string
  /** Interrupts it; resolves with all that it printed. */
  stop(): Promise<string>
}

/** The command line of a bpftrace script. It wants debugfs, which a machine need not have mounted: it gets one in a mount namespace of its own. */
export const bpftraceCommand = (script: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount -t debugfs none /sys/kernel/debug && mount -t tracefs none /sys/kernel/tracing 2>/dev/null; exec "$@"',
  ...['sh', 'bpftrace', '-e', script],
]

/** Compiling a script and attaching it takes a rival up to this long; what it prints does not tell when it is done. */
const startMs = 2500

/** Starts a rival; undefined, with a line for the person at the terminal, when it is not installed or does not run here. */
export const startRival = async (rival: Rival): Promise<RunningRival | undefined> => {
  if (spawnSync('which', [rival.program]).status !== 0) {
    console.error(`${rival.program} is not installed: left out`)
    return undefined
  }
  const [command = '', ...args] = rival.command
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((done) => child.once('close', done))
  let output = ''
  let errors = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  await sleep(startMs)
  if (child.exitCode !== null) {
    console.error(`${rival.program} does not run here, left out: ${errors.trim()}`)
    return undefined
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    stop: async () => {
      child.kill('SIGINT')
      await ended
      return output
    },
  }
}
