import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { embeddedClient, embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { engineMissing, temporaryDirectory } from '../fixtures.ts'

const start = (dataDir: string, childPath?: string): Promise<EmbeddedEngine> =>
  EmbeddedEngine.start({
    dataDir,
    database: embeddedDatabase,
    memoryBytes: 700_000_000,
    log: silentLog,
    ...(childPath === undefined ? {} : { childPath }),
  })

/** True while the process exists and is no zombie. */
const alive = (pid: number): boolean => {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'))
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await sleep(20)
}

t.test('the engine as a process', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const engine = await start(dataDir)
  t.teardown(() => engine.stop())
  const client = embeddedClient(engine.agent())
  t.teardown(() => client.close())
  const ask = async (query: string): Promise<unknown> =>
    (await client.query({ query, format: 'JSONCompactEachRow' })).json()

  await t.test('statements, pings and errors pass through the socket', async (t) => {
    t.same(await ask("SELECT 1, 'a'"), [[1, 'a']])
    t.match(await client.ping(), { success: true })
    await t.rejects(ask('SELECT throwIf(1)'), { code: '395' })
    await t.rejects(ask('SELEC'), { code: '62' })
    await t.rejects(ask('SELECT * FROM missing'), { code: '60' })
    t.same(await ask('SELECT 2'), [[2]], 'an error leaves the connection usable')
  })

  await t.test('settings on the connection are refused, as they would stick', async (t) => {
    const query = { query: 'SELECT 1', clickhouse_settings: { max_threads: 1 } } as const
    await t.rejects(client.query(query), { code: '115', message: /SETTINGS/ })
  })

  await t.test(
    'a query that runs into its limit ends, and others do not wait for it',
    async (t) => {
      let slowDone = false
      const slow = ask('SELECT count() FROM system.numbers SETTINGS max_execution_time=2').catch(
        (error: unknown) => {
          slowDone = true
          return error
        },
      )
      await ask('CREATE TABLE IF NOT EXISTS beside (a Int64) ENGINE = MergeTree ORDER BY a')
      await client.command({ query: 'INSERT INTO beside SETTINGS async_insert=0 VALUES (1)' })
      t.same(await ask('SELECT a FROM beside'), [[1]])
      t.equal(slowDone, false, 'reads and writes were answered while it ran')
      t.match(await slow, { code: '159' })
    },
  )

  await t.test('the memory cap holds: the query fails, the engine lives', async (t) => {
    const { pid } = engine
    const greedy =
      'SELECT groupArray(number) FROM numbers(400000000) SETTINGS max_execution_time=20'
    await t.rejects(ask(greedy), { code: '241' })
    t.equal(engine.pid, pid)
  })

  await t.test('a second engine on the same directory is told to stop the first', async (t) => {
    const child = fileURLToPath(new URL('./locked-twice.ts', import.meta.url))
    const other = spawn(process.execPath, [child, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    other.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    await new Promise((resolve) => other.once('close', resolve))
    t.match(said, /^engine_start: cannot open the data directory .*: stop the other Mayfly/)
    t.same(await ask('SELECT 3'), [[3]], 'the first one is unharmed')
  })

  await t.test('Ctrl-C and a closed terminal reach it too, and it answers on', async (t) => {
    const { pid } = engine
    if (pid === undefined) throw new Error('no engine')
    const running = ask('SELECT sleep(0.2)')
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      process.kill(pid, signal)
      t.same(await ask('SELECT 4'), [[4]])
    }
    t.same(await running, [[0]], 'what ran goes on')
    t.equal(engine.pid, pid)
    t.equal(engine.restarts, 0)
  })

  await t.test('kill -9: it is started again and answers', async (t) => {
    const killed = engine.pid
    if (killed === undefined) throw new Error('no engine')
    process.kill(killed, 'SIGKILL')
    await until(() => engine.restarts > 0 && engine.state === 'running')
    t.not(engine.pid, killed)
    t.same(await ask('SELECT a FROM beside'), [[1]], 'with what it held')
    t.equal(engine.detail, '')
  })
})

t.test(
  'an engine that stands still is told of, killed and started again',
  { skip: engineMissing },
  async (t) => {
    const engine = await EmbeddedEngine.start({
      dataDir: temporaryDirectory(t),
      database: embeddedDatabase,
      memoryBytes: 700_000_000,
      log: silentLog,
      pingIntervalMs: 200,
      hungMs: 1_500,
    })
    t.teardown(() => engine.stop())
    const stopped = engine.pid
    if (stopped === undefined) throw new Error('no engine')
    process.kill(stopped, 'SIGSTOP')
    await until(() => engine.detail !== '')
    t.match(engine.detail, /has not answered for \d+ s/)
    await until(() => engine.restarts > 0 && engine.state === 'running')
    t.not(engine.pid, stopped)
    const client = embeddedClient(engine.agent())
    t.teardown(() => client.close())
    t.match(await client.ping(), { success: true })
  },
)

t.test('kill -9 of the parent takes the child along', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const program = fileURLToPath(new URL('./engine-parent.ts', import.meta.url))
  const parent: ChildProcess = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const pid = await new Promise<number>((resolve) => {
    parent.stdout?.once('data', (line: Buffer) => resolve(Number(line.toString())))
  })
  t.ok(alive(pid))
  parent.kill('SIGKILL')
  await until(() => !alive(pid))
  const next = await start(dataDir)
  t.equal(next.state, 'running', 'and the next start finds the directory unlocked')
  await next.stop()
})

t.test('what cannot start says why', { skip: engineMissing }, async (t) => {
  const directory = temporaryDirectory(t)
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await t.rejects(start(join(file, 'below')), {
    code: 'engine_start',
    message: /cannot create the data directory/,
  })
  await t.rejects(start(join(directory, 'd'.repeat(100))), {
    code: 'engine_start',
    message: /longer than a Unix socket may be .* choose a shorter data directory/,
  })
  const absent = join(directory, 'absent.mjs')
  writeFileSync(
    absent,
    "process.send({ kind: 'absent', message: 'Cannot find package chdb' }, () => process.disconnect())",
  )
  await t.rejects(start(join(directory, 'data'), absent), {
    code: 'engine_absent',
    message: /npm package chdb.*Cannot find package chdb.*--store-url/,
  })
  const broken = join(directory, 'broken.mjs')
  writeFileSync(
    broken,
    "process.stderr.write('illegal instruction'); process.exitCode = 3; process.disconnect()",
  )
  await t.rejects(start(join(directory, 'data'), broken), {
    code: 'engine_start',
    message: /it ended \(exit code 3\) illegal instruction/,
  })
})
