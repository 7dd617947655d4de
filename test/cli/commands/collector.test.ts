import { createServer } from 'node:http'
import t from 'tap'
import { closeServer, listenOn } from '#base/listen.ts'
import { collector } from '#cli/commands/collector.ts'
import { commandRun } from '#test/fixtures/command-run.ts'

t.test('beyond loopback it does not start without a token', async (t) => {
  await t.rejects(collector({ listen: ':7070' }, commandRun().context), {
    name: 'ConfigError',
    message: /^--token-file: a token is required to listen on ::/,
  })
})

t.test('a port in use is told before a store is opened', async (t) => {
  const server = createServer()
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  const dataDir = t.testdir()
  const flags = { listen: `127.0.0.1:${port}`, dataDir, logLevel: 'silent' }
  await t.rejects(collector(flags, commandRun().context), {
    name: 'ListenError',
    code: 'port_in_use',
  })
})
