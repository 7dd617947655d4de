/**
 * The embedded engine's process: opens the data directory with chDB, listens on a Unix socket, tells its parent.
 * Started by embedded-engine.ts. Rule: it holds nothing that matters, so that kill -9 at any moment loses nothing that
 * was acknowledged.
 */
import { rmSync } from 'node:fs'
import { dieNow, dieWithParent } from './die-with-parent.ts'
import { createHttpSubset } from './http-subset.ts'
import type { ChildMessage, ChildOptions } from './protocol.ts'
import { Sessions } from './sessions.ts'

const closeDeadlineMs = 8_000

const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve()
    else process.send(message, undefined, {}, () => resolve())
  })

const text = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** Server settings are given on the engine's command line; a statement cannot set them. */
const engineArguments = (memoryBytes: number): readonly string[] => [
  `--max_server_memory_usage=${memoryBytes}`,
  `--mark_cache_size=${Math.round(memoryBytes / 16)}`,
  '--index_mark_cache_size=16777216',
  '--uncompressed_cache_size=0',
  '--query_cache.max_size_in_bytes=0',
  '--logger.level=fatal',
]

/**
 * Ctrl-C and a closed terminal reach the whole process group. The parent then closes the store in order and needs the
 * engine for it; this process ends by the parent's SIGTERM, or with the parent.
 */
const ignoreTerminal = (): void => {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
}

const main = async (options: ChildOptions): Promise<void> => {
  ignoreTerminal()
  // The socket must never be open to others, not even between its creation and a chmod.
  process.umask(0o077)
  dieWithParent(options.parentPid)
  const chdb = await import('chdb').catch((error: unknown) => error)
  if (chdb instanceof Error || typeof chdb !== 'object' || chdb === null || !('Session' in chdb)) {
    await tell({ kind: 'absent', message: text(chdb) })
    return dieNow()
  }
  const { Session } = chdb as typeof import('chdb')
  const connectionArgs = engineArguments(options.memoryBytes)
  const sessions = await Sessions.open(
    () => new Session(options.dataDir, { connectionArgs }),
    options.database,
  )
  const server = createHttpSubset({
    database: options.database,
    run: (sql) => sessions.run(sql),
  })
  process.once('SIGTERM', () => {
    setTimeout(dieNow, closeDeadlineMs)
    server.close()
    sessions.close().finally(dieNow)
  })
  rmSync(options.socketPath, { force: true })
  server.listen(options.socketPath, () => {
    void tell({ kind: 'ready' })
  })
}

main(JSON.parse(process.argv[2] ?? '{}') as ChildOptions).catch(async (error: unknown) => {
  await tell({ kind: 'failed', message: text(error) })
  dieNow()
})
