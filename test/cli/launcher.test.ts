/** The launcher under the system's Node, which may be older than the one these tests run on. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { detachEbpf } from '#agent/sources/ebpf/open.ts'
import type { AgentsAnswer } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'
import { freePort, Program, until } from '#test/fixtures/mayfly.ts'

const root = resolve(import.meta.dirname, '../..')
const launcher = join(root, 'cli/mayfly.mjs')
const { version } = JSON.parse(
  execFileSync(
    process.execPath,
    ['-p', 'JSON.stringify({version: require("./package.json").version})'],
    { cwd: root, encoding: 'utf8' },
  ),
)

/** The first Node that was not installed by this package. */
const systemNode = (process.env.PATH ?? '')
  .split(':')
  .filter((dir) => !dir.includes('node_modules'))
  .map((dir) => join(dir, 'node'))
  .concat('/usr/bin/node', '/usr/local/bin/node')
  .find((path) => existsSync(path))
const systemVersion =
  systemNode &&
  execFileSync(systemNode, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()
const isOld = systemVersion !== undefined && Number(systemVersion.split('.')[0]) < 22
const skip = isOld
  ? false
  : `needs a system Node older than 22 and found ${systemVersion ?? 'none'}`

const run = (node: string, script: string, args: readonly string[]) =>
  spawnSync(node, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, MAYFLY_RESTARTED: undefined },
  })

t.test('a Node that runs TypeScript runs the command itself', async (t) => {
  const { stdout, status } = run(process.execPath, launcher, ['--version'])
  t.equal(stdout.trim(), version)
  t.equal(status, 0)
})

t.test(
  'an old Node starts again under the installed one, statuses come through',
  { skip },
  async (t) => {
    const fine = run(systemNode ?? '', launcher, ['--version'])
    t.equal(fine.stdout.trim(), version)
    t.equal(fine.status, 0)
    const wrong = run(systemNode ?? '', launcher, ['nonsense'])
    t.equal(wrong.status, 2)
    t.equal(wrong.stderr, "mayfly: unknown command 'nonsense'; see mayfly --help\n")
  },
)

t.test(
  'an old Node without the installed one says what is needed, in one sentence',
  { skip },
  async (t) => {
    const dir = t.testdir()
    mkdirSync(join(dir, 'cli'))
    cpSync(launcher, join(dir, 'cli/mayfly.mjs'))
    const { stderr, status } = run(systemNode ?? '', join(dir, 'cli/mayfly.mjs'), ['up'])
    t.equal(status, 2)
    t.match(stderr, /^mayfly needs Node 22\.18 or newer and this is [\d.]+: run "npm ci" in .*\n$/)
    // An installed Node that is too old itself must not start itself again and again.
    mkdirSync(join(dir, 'node_modules/.bin'), { recursive: true })
    symlinkSync(systemNode ?? '', join(dir, 'node_modules/.bin/node'))
    t.equal(run(systemNode ?? '', join(dir, 'cli/mayfly.mjs'), ['up']).status, 2)
  },
)

/** From `npm start` to the three commands; the README promises it. */
const readyWithinMs = 20_000

t.test(
  'up by the system’s Node: ready in time, with the best source, and its next commands work',
  { skip: systemNode === undefined ? 'no Node but ours' : needsBpf.skip, timeout: 90_000 },
  async (t) => {
    const bpffs = mountBpffs(t)
    t.teardown(() => detachEbpf({ bpffsPath: bpffs }))
    // Short, as the store's socket is below it.
    const dir = mkdtempSync(join(tmpdir(), 'mayfly-start-'))
    t.teardown(() => rmSync(dir, { recursive: true, force: true }))
    const [api, metrics, agentMetrics] = [await freePort(), await freePort(), await freePort()]
    const startedMs = performance.now()
    const up = new Program(
      [
        ...['up', '--data-dir', dir, '--bpffs', bpffs, '--listen', `127.0.0.1:${api}`],
        ...['--metrics-listen', `127.0.0.1:${metrics}`],
        ...['--agent-metrics-listen', `127.0.0.1:${agentMetrics}`],
      ],
      { MAYFLY_RESTARTED: undefined, npm_lifecycle_event: 'start' },
      { node: systemNode ?? '' },
    )
    t.teardown(() => up.stop('SIGKILL'))
    await until(
      'up to be ready',
      () => / status --collector \S+\n$/.test(up.output) || !up.running,
      readyWithinMs,
    )
    t.comment(`ready after ${Math.round(performance.now() - startedMs)} ms`)
    const url = `http://127.0.0.1:${api}`
    t.match(up.output, `API      ${url}/api/v1/timeline`, up.errors)
    const commands = up.output.split('\n').filter((line) => line.startsWith('  npx mayfly '))
    t.match(
      commands.map((line) => line.trim().split(' ')[2]),
      ['timeline', 'tail', 'status'],
    )
    const { agents } = (await (await fetch(`${url}/api/v1/agents`)).json()) as AgentsAnswer
    t.match(agents, [{ connected: true, sources: [{ name: 'ebpf', state: 'running' }] }])
    // As printed, but for npx: each by the launcher under the same Node; the tail would not end.
    for (const line of commands.filter((text) => !text.includes(' tail '))) {
      const tried = run(systemNode ?? '', launcher, line.trim().split(' ').slice(2))
      t.equal(tried.status, 0, tried.stderr)
      t.ok(tried.stdout.length > 0)
    }
    t.equal(await up.stop('SIGTERM'), 0, 'the signal comes through')
  },
)
