import t from 'tap'
import { agentFields } from '#agent/config.ts'
import { agent, agentCommandFields } from '#cli/commands/agent.ts'
import { commandRun } from '#test/fixtures/command-run.ts'

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
