import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { closeServer, listenOn } from '#base/listen.ts'
import { collector } from '#cli/commands/collector.ts'
import { commandRun } from '#test/fixtures/command-run.ts'
import { batch, greet } from '#test/fixtures/ingest-server.ts'
import { freePort, until } from '#test/fixtures/mayfly.ts'
import { wireConnect } from '#test/fixtures/socket-events.ts'

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

t.test('in a cluster it knows the API server by its own environment', async (t) => {
  const { context, end } = commandRun({
    KUBERNETES_SERVICE_HOST: 'fd00::1',
    KUBERNETES_SERVICE_PORT: '443',
  })
  // A Unix socket's path has 107 bytes, and the store's is below this.
  const dataDir = mkdtempSync(join(tmpdir(), 'mayfly-collector-'))
  const place = `127.0.0.1:${await freePort()}`
  const flags = { listen: place, metricsListen: 'off', dataDir, logLevel: 'silent' }
  const running = collector(flags, context)
  t.teardown(async () => {
    end()
    await running
    rmSync(dataDir, { recursive: true, force: true })
  })
  await until('the collector to be ready', async () => (await fetch(`http://${place}/readyz`)).ok)
  const tail = await fetch(`http://${place}/api/v1/tail?kind=connect`)
  const peer = { address: 'fd00::1', port: 443 }
  const agent = await greet(`ws://${place}/v1/ingest`)
  agent.send(batch(1, 1, [wireConnect({ peer })]))
  await agent.untilAcked(1)
  const expected = { kind: 'connect', peer: { ...peer, kind: 'api-server' } }
  const timeline = await fetch(`http://${place}/api/v1/timeline?since=2026-01-01T00:00:00Z`)
  t.match(await timeline.json(), { events: [expected] })
  const who = await fetch(`http://${place}/api/v1/who?port=443`)
  t.match(await who.json(), {
    rows: [{ port: 443, peer: { address: 'fd00::1', kind: 'api-server' } }],
  })
  let followed = ''
  for await (const part of tail.body ?? []) {
    followed += Buffer.from(part).toString()
    if (followed.includes('data: ')) break
  }
  t.match(JSON.parse(/data: (.*)/.exec(followed)?.[1] ?? 'null'), expected)
  agent.socket.terminate()
})
