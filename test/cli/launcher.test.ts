/** The launcher under the system's Node, which may be older than the one these tests run on. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

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
