import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type AgentConfig, agentFields } from '#agent/config.ts'
import { agentDirectory, openKubelet, openRedactor } from '#agent/settings.ts'
import { systemClock } from '#base/clock.ts'
import { readConfig } from '#base/config.ts'

const config = (flags: Readonly<Record<string, string>>): AgentConfig =>
  readConfig(agentFields, flags, {})

t.test('the data directory is made, or left to the spool to complain about', async (t) => {
  const dir = t.testdir()
  t.equal(agentDirectory(config({ dataDir: join(dir, 'new') })), join(dir, 'new/agent'))
  t.ok(existsSync(join(dir, 'new/agent')))
  t.equal(agentDirectory(config({ dataDir: '/dev/null' })), '/dev/null/agent')
})

t.test(
  'a file that a setting names and that cannot be used is a fault of that setting',
  async (t) => {
    const missing = join(t.testdir(), 'missing')
    t.throws(() => openRedactor(config({ redactionConfig: missing })), {
      message: /^--redaction-config /,
    })
    const broken = join(t.testdir(), 'redaction.yaml')
    writeFileSync(broken, 'extraFlags: 7\n')
    t.throws(() => openRedactor(config({ redactionConfig: broken })), {
      field: '--redaction-config',
      message: /extraFlags/,
    })
  },
)

t.test('redaction is on by default, takes rules from a file, and can be off', async (t) => {
  const argv = ['app', '--password=hunter2', '--pin=1234']
  t.equal(openRedactor(config({}))(argv).redacted, 1)
  t.equal(openRedactor(config({ redaction: 'off' }))(argv).redacted, 0)
  const rules = join(t.testdir(), 'redaction.yaml')
  writeFileSync(rules, 'extraFlags: [--pin]\n')
  t.equal(openRedactor(config({ redactionConfig: rules }))(argv).redacted, 2)
})

t.test(
  'without a URL there is no kubelet; its certificate is verified unless told otherwise',
  async (t) => {
    t.equal(openKubelet(config({}), 'node-1', systemClock), undefined)
    const kubelet = openKubelet(
      config({ kubeletUrl: 'https://127.0.0.1:10250' }),
      'node-1',
      systemClock,
    )
    t.equal(kubelet?.insecure, false)
  },
)
