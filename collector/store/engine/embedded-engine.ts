/**
 * The parent's side of the embedded engine: starts the child, waits until it answers, restarts it when it dies, stops
 * it. Used by embedded.ts. The child's socket lies in the data directory, which only this user can enter.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Log } from '#base/log.ts'
import { errorLine, StoreError } from '../errors.ts'
import { EngineWatch, pingEngine } from './engine-watch.ts'
import type { ChildMessage, ChildOptions } from './protocol.ts'

export interface EmbeddedEngineOptions {
  readonly dataDir: string
  readonly database: string
  /** What the engine may use before queries fail with MEMORY_LIMIT_EXCEEDED; its base of about 250 MB included. */
  readonly memoryBytes: number
  readonly log: Log
  /** The child's program; only tests name another. */
  readonly childPath?: string
  /** Between pings of the child, and its silence that is taken for a hang; see EngineWatchOptions. */
  readonly pingIntervalMs?: number
  readonly hungMs?: number
}

/** Longest path of a Unix socket on Linux, bytes (sun_path, without the final NUL). */
const maxSocketPathBytes = 107
/** How often a start is tried while the data directory may still be locked by a dying process (ClickHouse code 76). */
const startAttempts = 20
const startRetryMs = 500
const lockedPattern = /Code: 76\b/
const killedPattern = /\bit ended \(SIG[A-Z]+\)/
const restartMinMs = 200
const restartMaxMs = 10_000
/** A child that lived this long was well: the next restart is quick again. */
const stableMs = 30_000
const stopDeadlineMs = 10_000
const stderrKeptBytes = 2_000

export type EngineState = 'starting' | 'running' | 'restarting' | 'stopped'

export class EmbeddedEngine {
  readonly #options: EmbeddedEngineOptions
  readonly #socketPath: string
  #child: ChildProcess | undefined
  #state: EngineState = 'starting'
  #detail = ''
  #restartTimer: NodeJS.Timeout | undefined
  #restartDelayMs = restartMinMs
  #watch: EngineWatch | undefined
  restarts = 0

  private constructor(options: EmbeddedEngineOptions) {
    this.#options = options
    this.#socketPath = join(options.dataDir, 'engine.sock')
  }

  /** Starts the engine; rejects with StoreError when it is absent or the data directory cannot be opened. */
  static async start(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
    const engine = new EmbeddedEngine(options)
    if (Buffer.byteLength(engine.#socketPath) > maxSocketPathBytes) {
      throw new StoreError(
        'engine_start',
        `the path ${engine.#socketPath} is longer than a Unix socket may be (${maxSocketPathBytes} bytes): ` +
          'choose a shorter data directory',
      )
    }
    try {
      mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
    } catch (cause) {
      throw new StoreError(
        'engine_start',
        `cannot create the data directory ${options.dataDir}: ${String(cause)}`,
        cause,
      )
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        await engine.#launch()
        return engine
      } catch (error) {
        // Locked by one that is dying, or killed as it began: neither says anything of the next attempt.
        const isPassing =
          error instanceof StoreError &&
          (lockedPattern.test(error.message) || killedPattern.test(error.message))
        if (!isPassing || attempt === startAttempts) throw error
        if (attempt === 1) options.log.warn({ dataDir: options.dataDir }, error.message)
        await new Promise((resolve) => setTimeout(resolve, startRetryMs))
      }
    }
  }

  get state(): EngineState {
    return this.#state
  }

  /** Why it is not running; empty when it is. */
  get detail(): string {
    return this.#detail
  }

  /** The child's process id while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** An HTTP agent whose every connection leads to the engine's socket. */
  agent(): Agent {
    return new SocketAgent(this.#socketPath)
  }

  /** Starts a child and resolves when it is ready. */
  #launch(): Promise<void> {
    const { dataDir, database, memoryBytes, childPath } = this.#options
    const childOptions: ChildOptions = {
      dataDir: join(dataDir, 'engine'),
      socketPath: this.#socketPath,
      database,
      memoryBytes,
      parentPid: process.pid,
    }
    const child = fork(
      childPath ?? fileURLToPath(new URL('./engine-child.ts', import.meta.url)),
      [JSON.stringify(childOptions)],
      {
        execArgv: ['--disable-warning=ExperimentalWarning'],
        env: { PATH: '/usr/bin:/bin', TZ: 'UTC', UV_THREADPOOL_SIZE: '8' },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    )
    this.#child = child
    const startedMs = performance.now()
    let stderr = ''
    child.stderr?.on('data', (text: Buffer) => {
      stderr = (stderr + text.toString()).slice(-stderrKeptBytes)
    })
    return new Promise((resolve, reject) => {
      let ready = false
      let failure: Exclude<ChildMessage, { kind: 'ready' }> | undefined
      child.on('message', (message: ChildMessage) => {
        if (message.kind === 'ready') {
          ready = true
          this.#state = 'running'
          this.#detail = ''
          this.#watch = this.#watchOver(child)
          resolve()
        } else failure = message
      })
      child.once('error', ({ message }) => {
        failure = { kind: 'failed', message }
      })
      child.once('close', (code, signal) => {
        this.#child = undefined
        this.#watch?.stop()
        if (this.#state === 'stopped') return resolve()
        const how = signal === null ? `exit code ${code}` : signal
        if (!ready) {
          reject(
            this.#startFailure(failure ?? { kind: 'failed', message: `it ended (${how})` }, stderr),
          )
          return
        }
        if (performance.now() - startedMs > stableMs) this.#restartDelayMs = restartMinMs
        this.#scheduleRestart(`the engine ended (${how}), restarting it`)
      })
    })
  }

  #watchOver(child: ChildProcess): EngineWatch {
    const { pingIntervalMs, hungMs } = this.#options
    const agent = this.agent()
    return new EngineWatch({
      ping: (timeoutMs) => pingEngine(agent, timeoutMs),
      silent: (ms) => {
        if (this.#state !== 'running') return
        const seconds = Math.round(ms / 1000)
        this.#detail = ms === 0 ? '' : `the engine has not answered for ${seconds} s`
      },
      hung: () => {
        this.#options.log.warn({ pid: child.pid }, `${this.#detail}: killing it`)
        child.kill('SIGKILL')
      },
      monotonicMs: () => performance.now(),
      ...(pingIntervalMs !== undefined && { intervalMs: pingIntervalMs }),
      ...(hungMs !== undefined && { hungMs }),
    })
  }

  /** The engine writes the cause of a failed start to stderr only, as `Code: N. DB::Exception: …`. */
  #startFailure(message: Exclude<ChildMessage, { kind: 'ready' }>, stderr: string): StoreError {
    if (message.kind === 'absent') {
      return new StoreError(
        'engine_absent',
        `the embedded store (npm package chdb) cannot be loaded here: ${message.message}. ` +
          'Install it on Linux with glibc or on macOS, or point --store-url to a ClickHouse server',
      )
    }
    const cause = /Code: \d+\..*/.exec(stderr)?.[0] ?? [message.message, stderr.trim()].join(' ')
    const remedy = lockedPattern.test(cause) ? ': stop the other Mayfly that uses it' : ''
    return new StoreError(
      'engine_start',
      `cannot open the data directory ${this.#options.dataDir}${remedy} (${errorLine(cause)})`,
    )
  }

  #scheduleRestart(reason: string): void {
    this.#state = 'restarting'
    this.#detail = reason
    this.#options.log.warn({ delayMs: this.#restartDelayMs }, reason)
    this.#restartTimer = setTimeout(() => {
      this.restarts += 1
      this.#launch().catch((error: unknown) => {
        if (this.#state !== 'stopped') this.#scheduleRestart(String(error))
      })
    }, this.#restartDelayMs)
    this.#restartDelayMs = Math.min(restartMaxMs, this.#restartDelayMs * 2)
  }

  /** Lets running statements finish, then ends the child; by force after 10 seconds. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#watch?.stop()
    clearTimeout(this.#restartTimer)
    const child = this.#child
    if (child === undefined) return
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs)
      child.once('close', () => {
        clearTimeout(force)
        resolve()
      })
      child.kill('SIGTERM')
    })
  }
}

class SocketAgent extends Agent {
  readonly #socketPath: string

  constructor(socketPath: string) {
    super({ keepAlive: true, maxSockets: 16 })
    this.#socketPath = socketPath
  }

  override createConnection(): Duplex {
    return connect({ path: this.#socketPath })
  }
}
