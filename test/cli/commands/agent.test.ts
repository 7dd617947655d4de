import { readdirSync } from 'node:fs'
import t from 'tap'
import { agentFields } from '#agent/config.ts'
import { agent, agentCommandFields } from '#cli/commands/agent.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { commandRun } from '#test/fixtures/command-run.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'
import { freePort, Program, runMayfly, until } from '#test/fixtures/mayfly.ts'

t.test('the command takes the agent’s table and --detach, which no variable can set', async (t) => {
  t.strictSame(Object.keys(agentCommandFields), [...Object.keys(agentFields), 'detach'])
  t.equal(agentCommandFields.detach.environment, false)
})

t.test('a wrong setting ends it before anything starts', async (t) => {
  await t.rejects(agent({ source: 'magic' }, commandRun().context), {
    name: 'ConfigError',
    message: '--source "magic": write one of auto, ebpf, procfs',
  })
})

t.test(
  '--detach removes what an agent left in the kernel, and nothing under a running one',
  {
    ...needsBpf,
    timeout: 90_000,
  },
  async (t) => {
    const bpffs = mountBpffs(t)
    // A kernel may put iterators of its own there (bpf_preload).
    const before = readdirSync(bpffs)
    const metricsPort = await freePort()
    const detach = () => runMayfly(['agent', '--detach', '--bpffs', bpffs])
    const running = new Program([
      ...['agent', '--bpffs', bpffs, '--ring-size', '64KiB', '--data-dir', t.testdir()],
      // Nobody listens there: the agent records all the same.
      ...['--collector', 'http://127.0.0.1:9', '--metrics-listen', `127.0.0.1:${metricsPort}`],
    ])
    t.teardown(() => running.stop('SIGKILL'))
    const isReady = async () => (await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).ok
    await until('the agent to be ready', isReady)
    t.ok(readdirSync(bpffs, { recursive: true }).length > 10, 'maps, programs and links are pinned')

    const refused = await detach()
    t.equal(refused.code, 1)
    t.match(refused.errors, /^mayfly: another agent owns the probe pinned at .*\n$/)
    await running.stop('SIGKILL')
    t.notSame(readdirSync(bpffs), before, 'the probe outlives its agent')

    const removed = await detach()
    t.equal(removed.code, 0, removed.errors)
    t.match(
      removed.output,
      /^removed \d+ pins below .*: nothing of Mayfly is left in the kernel\n$/,
    )
    t.strictSame(readdirSync(bpffs), before)
    const again = await detach()
    t.equal(again.code, 0)
    t.match(again.output, /^no probe is pinned below /)
  },
)
