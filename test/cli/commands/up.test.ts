import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfig } from '#base/config.ts'
import {
  agentArguments,
  agentEnvironment,
  invocation,
  readyLines,
  upFields,
} from '#cli/commands/up.ts'
import type { AgentsAnswer, TimelineAnswer, TimelineExec } from '#proto/api.ts'
import { agentInfo } from '#test/fixtures/agent-info.ts'
import { freePort, Program, type ProgramStarter, runMayfly, until } from '#test/fixtures/mayfly.ts'

const places = {
  listen: { host: '127.0.0.1', port: 7070 },
  metricsListen: { host: '127.0.0.1', port: 7071 },
}
const agent = agentInfo({
  sources: [{ name: 'procfs', state: 'degraded', detail: 'no BTF: install a kernel with it' }],
})

t.test('the agent gets what was given for it, and what it shares with the collector', async (t) => {
  const flags = {
    source: 'procfs',
    kubeletInsecureTls: true,
    dataDir: '/d',
    listen: ':1',
    token: 'abc',
  }
  const config = readConfig(upFields, flags, {})
  t.strictSame(agentArguments(config, flags, 'http://h:1'), [
    ...['--source', 'procfs', '--kubelet-insecure-tls'],
    ...['--host', 'on', '--data-dir', '/d', '--collector', 'http://h:1'],
    ...['--log-level', 'warn', '--metrics-listen', '127.0.0.1:7072'],
  ])
})

t.test('the token travels where no process list shows it', async (t) => {
  const env = { PATH: '/bin', MAYFLY_TOKEN_FILE: '/f', MAYFLY_COLLECTOR_CA: '/ca' }
  t.match(agentEnvironment(env, 'abc', 7), {
    PATH: '/bin',
    MAYFLY_TOKEN: 'abc',
    MAYFLY_PARENT_PID: '7',
  })
  t.notOk('MAYFLY_TOKEN_FILE' in agentEnvironment(env, 'abc', 7))
  t.equal(agentEnvironment(env, undefined, 7).MAYFLY_COLLECTOR_CA, undefined)
})

t.test('what is printed when ready leads to the next step', async (t) => {
  const config = readConfig(upFields, {}, {})
  const lines = readyLines(config, places, agent, { command: 'npx mayfly', isRoot: false })
  t.match(lines[0], /is ready$/)
  t.match(lines.join('\n'), 'API      http://127.0.0.1:7070/api/v1/timeline')
  t.match(lines.join('\n'), 'procfs degraded: no BTF')
  t.match(lines.join('\n'), /not root: only \/proc is sampled/)
  t.equal(lines.filter((line) => line.startsWith('  npx mayfly ')).length, 3)
  t.notMatch(lines.join('\n'), /--collector/)
})

t.test('elsewhere than by default, the commands say where', async (t) => {
  const config = readConfig(
    upFields,
    { tokenFile: 't', metricsListen: 'off', agentMetricsListen: 'off' },
    {},
  )
  const lines = readyLines(
    config,
    { listen: { host: '::', port: 9 }, metricsListen: null },
    undefined,
    { command: 'mayfly', isRoot: true },
  )
  t.match(lines.at(-1), '  mayfly status --collector http://[::1]:9 --token-file t')
  t.match(lines.join('\n'), /not connected yet/)
  t.notMatch(lines.join('\n'), /metrics/)
})

/** A directory with a short name: a Unix socket's path has 107 bytes, and the store's is below it. */
const shortDirectory = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-up-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

t.test('the commands to try are written as this one was called', async (t) => {
  t.equal(invocation({ npm_lifecycle_event: 'start' }, '/x/cli/mayfly.mjs'), 'npx mayfly')
  t.equal(invocation({}, '/x/cli/mayfly.mjs'), 'node /x/cli/mayfly.mjs')
  t.equal(invocation({}, '/usr/bin/mayfly'), 'mayfly')
  t.equal(
    invocation({ MAYFLY_COMMAND: '/usr/bin/kubectl-mayfly' }, '/x/cli/mayfly.mjs'),
    'kubectl-mayfly',
  )
})

const start = async (
  t: Test,
  {
    dir = shortDirectory(t),
    source = 'procfs',
    starter = {},
  }: { readonly dir?: string; readonly source?: string; readonly starter?: ProgramStarter } = {},
) => {
  const ports = [await freePort(), await freePort(), await freePort()]
  const [api, metrics, agentMetrics] = ports.map((port) => `127.0.0.1:${port}`)
  const args = ['up', '--data-dir', dir, '--listen', `${api}`, '--metrics-listen', `${metrics}`]
  const own = ['--agent-metrics-listen', `${agentMetrics}`, '--source', source]
  const program = new Program([...args, ...own], {}, starter)
  t.teardown(() => program.stop('SIGKILL'))
  return { program, api, url: `http://${api}` }
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)

const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

t.test(
  'up runs both, answers what happened here, and ends in order',
  { timeout: 90_000 },
  async (t) => {
    const { program, url, api } = await start(t)
    await until(
      'up to be ready',
      () => program.output.includes('timeline --since') || !program.running,
      60_000,
    )
    t.match(program.output, /is ready[\s\S]*API {6}http[\s\S]*timeline --since 5m/, program.errors)
    await until('this very test in its own timeline', async () => {
      const { output } = await runMayfly([
        'timeline',
        '--collector',
        url,
        '--text',
        'up.test.ts',
        '-o',
        'jsonl',
      ])
      return output.includes('"exec"')
    })
    const second = await runMayfly(['up', '--listen', `${api}`, '--data-dir', shortDirectory(t)])
    t.equal(second.code, 1)
    t.match(
      second.errors,
      /^mayfly: --listen 127\.0\.0\.1:\d+: another process listens there[^\n]*\n$/,
    )
    const children = childrenOf(program.child.pid ?? 0)
    t.ok(children.length >= 2, 'agent and engine are processes of their own')
    t.equal(await program.stop('SIGTERM'), 0)
    for (const child of children) t.notOk(isAlive(child))
  },
)

t.test('up killed without a word leaves no process behind', { timeout: 90_000 }, async (t) => {
  const { program } = await start(t)
  await until(
    'up to be ready',
    () => program.output.includes('is ready') || !program.running,
    60_000,
  )
  const children = childrenOf(program.child.pid ?? 0)
  t.ok(children.length >= 2, program.errors)
  await program.stop('SIGKILL')
  await until('its children to be gone', () => !children.some(isAlive))
})

/** The user `nobody`, which may do nothing in particular. */
const nobody = 65_534

/** Why nobody's start cannot be tried here. */
const withoutRoot = (): string | false => {
  if (process.getuid?.() !== 0) return 'needs root, to start a program as somebody else'
  const mayRead = ['--reuid', `${nobody}`, '--clear-groups', 'test', '-r', import.meta.filename]
  return spawnSync('setpriv', mayRead).status === 0 ? false : 'only root may read the sources here'
}

t.test(
  'without root it samples what this user may see, says what is hidden and what to do',
  { skip: withoutRoot(), timeout: 90_000 },
  async (t) => {
    const dir = shortDirectory(t)
    chownSync(dir, nobody, nobody)
    const { program, url } = await start(t, { dir, source: 'auto', starter: { uid: nobody } })
    await until(
      'up to be ready',
      () => program.output.includes('is ready') || !program.running,
      60_000,
    )
    const { agents } = (await (await fetch(`${url}/api/v1/agents`)).json()) as AgentsAnswer
    const [ebpf, procfs] = agents[0]?.sources ?? []
    t.match(ebpf, { name: 'ebpf', state: 'failed' }, program.errors)
    // Whatever refuses eBPF first, what to do is not cut away: here the kernel, elsewhere a library that is not installed.
    t.match(ebpf?.detail, /: (run as root, or with CAP_BPF and CAP_PERFMON|install|run a kernel) /)
    t.match(procfs, {
      name: 'procfs',
      state: 'running',
      detail:
        /^\/proc is sampled, .*; not allowed to look into [1-9]\d* of the processes \(needs root or CAP_SYS_PTRACE\)$/,
    })
    const { output: status } = await runMayfly(['status', '--collector', url])
    t.match(status, /not allowed to look into [1-9]\d* of the processes/)
    let answer: TimelineAnswer | undefined
    await until('its own processes in the timeline', async () => {
      const query = new URLSearchParams({ kind: 'exec', q: dir })
      answer = (await (await fetch(`${url}/api/v1/timeline?${query}`)).json()) as TimelineAnswer
      return answer.events.length > 0
    })
    const pids = answer?.events.map((event) => (event as TimelineExec).process.pid)
    t.ok(pids?.includes(program.child.pid ?? 0), 'up itself')
    const watched = answer?.coverage.filter(({ source }) => source !== 'none')
    t.match(watched, [{ source: 'procfs', mode: 'sampled', complete: [] }])
    t.equal(await program.stop('SIGTERM'), 0)
  },
)
