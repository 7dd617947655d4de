/**
 * The agent of `mayfly up`: a process of its own, so that its cost can be told and a crash of one side leaves the other
 * alone. Started again when it dies, with back-off; ended in order, and by force when that takes too long.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Backoff } from '#base/backoff.ts'
import type { Log } from '#base/log.ts'

/** After SIGTERM; then SIGKILL. Below the ten seconds that `up` has altogether. */
const stopMs = 6_000

/** A run that lasted this long was no failed start. */
const soundRunMs = 10_000

/** The agent could not even start: its own message is on stderr already. */
export class AgentStartError extends Error {
  readonly code = 'agent_start'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('the agent could not start, see the line above')
    this.name = 'AgentStartError'
    this.exitCode = exitCode
  }
}

export interface AgentChildOptions {
  /** Command and arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly signal: AbortSignal
  /** CLOCK_MONOTONIC milliseconds. */
  readonly monotonicMs: () => number
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const endOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', () => resolve({ code: 1, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })

const stop = async (child: ChildProcess, ended: Promise<Ending>): Promise<void> => {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}

/**
 * Runs the child until the signal.
 * @throws AgentStartError when the very first start fails by itself.
 */
export const superviseAgent = async (options: AgentChildOptions): Promise<void> => {
  const { log, signal, monotonicMs } = options
  const [command, ...args] = options.command
  const backoff = new Backoff({ baseMs: 1_000, capMs: 30_000 })
  for (let run = 1; !signal.aborted; run += 1) {
    const startedMs = monotonicMs()
    const child = spawn(command, args, {
      env: { ...options.env },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const ended = endOf(child)
    const onAbort = (): void => void stop(child, ended)
    signal.addEventListener('abort', onAbort, { once: true })
    const ending = await ended
    signal.removeEventListener('abort', onAbort)
    if (signal.aborted) return
    const wasSound = monotonicMs() - startedMs >= soundRunMs
    if (run === 1 && !wasSound && ending.code !== null && ending.code !== 0) {
      throw new AgentStartError(ending.code)
    }
    if (wasSound) backoff.reset()
    const delayMs = backoff.nextDelayMs()
    log.warn({ ...ending, delayMs }, 'the agent ended; it is started again')
    await delay(delayMs, undefined, { signal }).catch(() => undefined)
  }
}
