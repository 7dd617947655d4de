/** Connections that outlive a look, an agent, or a scan: long ones, a `kill -9` in mid-traffic, and /proc as the only source. */
import t from 'tap'
import type { TimelineConnection } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { bed, connections, counted, ofKind, total } from '#test/fixtures/connections.ts'
import { compileProgram, sleep, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork, portIsServed, startIn } from '#test/fixtures/network.ts'
import { makeBundle, randomContainerId, runContainer } from '#test/fixtures/oci-bundle.ts'
import { SocketProgram } from '#test/fixtures/socket-program.ts'

t.test('what goes on shows while it does', { ...needsBpf, timeout: 90_000 }, async (t) => {
  const site = await bed(t)
  const box = new SocketProgram(t, compileProgram('sockets', site.dir))
  const port = await box.run('listen l 127.0.0.1 0')
  await box.run(`connect c 127.0.0.1 ${port}`)
  await box.run('accept s l')
  await box.run('send c 500')
  await box.run('receive s 500')
  await site.startAgent(['--host', 'on'])
  const its = async (): Promise<readonly TimelineConnection[]> => {
    const events = await site.events({ container: 'host', kind: 'connect,accept,close,listen' })
    return events.filter(
      (event): event is TimelineConnection => 'process' in event && event.process?.pid === box.pid,
    )
  }
  await until('what was there before', async () => (await its()).length === 3)
  t.ok((await its()).every(({ snapshot }) => snapshot))
  await until('its bytes', async () => connections(await its(), 'close').length === 2, 45_000)
  const ongoing = connections(await its(), 'close')
  t.ok(ongoing.every((close) => close.ongoing === true))
  await box.run('send c 11')
  await box.run('receive s 11')
  await box.run('close c')
  await box.run('close s')
  await until('its end', async () => connections(await its(), 'close').length === 4)
  const closes = connections(await its(), 'close')
  for (const direction of ['inbound', 'outbound'])
    t.strictSame(
      closes
        .filter((close) => close.direction === direction)
        .map(({ sentBytes, receivedBytes, ongoing }) => [sentBytes, receivedBytes, ongoing]),
      direction === 'outbound'
        ? [
            [500, 0, true],
            [11, 0, false],
          ]
        : [
            [0, 500, true],
            [0, 11, false],
          ],
    )
})

t.test('kill -9 of the agent in mid-traffic', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const site = await bed(t)
  const { hosts } = makeNetwork(t, { hosts: ['client', 'server'] })
  const programs = {
    dial: compileProgram('dial', site.dir),
    answer: compileProgram('answer', site.dir),
  }
  // Room for whatever else this host does while nobody reads.
  const options = ['--host', 'on', '--ring-size', '64MiB']
  let agent = await site.startAgent(options)
  const long = new SocketProgram(t, compileProgram('sockets', site.dir))
  const port = await long.run('listen l 127.0.0.1 0')
  await long.run(`connect c 127.0.0.1 ${port}`)
  await long.run('accept s l')
  await long.run('send c 1000')
  await long.run('receive s 1000')
  startIn(t, hosts.server, programs.answer, [hosts.server.ipv4, '9000'])
  await portIsServed(hosts.server, 'tcp', 9000)
  const count = 4_000
  const id = randomContainerId()
  const bundle = await makeBundle(t, {
    args: ['/dial', '-s', '3', '-p', '500', hosts.server.ipv4, '9000', String(count)],
    networkNamespacePath: hosts.client.namespacePath,
    files: { '/dial': programs.dial },
  })
  const running = runContainer({ runtime: 'runc', id, bundle })
  await sleep(2_000)
  await agent.stop('SIGKILL')
  await long.run('send s 77')
  await long.run('receive c 77')
  await sleep(2_000)
  agent = await site.startAgent(options)
  const result = await running
  const did = JSON.parse(result.stdout) as { connected: number; sent: number; received: number }
  t.equal(did.connected, count)
  await long.run('close c')
  await long.run('receive s 1')
  await long.run('close s')
  await site.settled()
  const events = await site.events({ container: id })
  const connects = connections(events, 'connect')
  const closes = connections(events, 'close')
  t.equal(counted(connects), count, 'each connection, once')
  t.ok(connects.every(({ outcome }) => outcome === 'established'))
  t.equal(counted(closes), count)
  t.equal(
    total(closes, ({ sentBytes }) => sentBytes),
    did.sent,
  )
  t.equal(
    total(closes, ({ receivedBytes }) => receivedBytes),
    did.received,
  )
  t.strictSame(ofKind(events, 'gap'), [])

  const host = await site.events({ container: 'host', kind: 'connect,accept,close' })
  const its = host.filter(
    (event): event is TimelineConnection =>
      'process' in event && event.process?.pid === long.pid && event.kind !== 'exec',
  )
  t.match(
    its.map(({ kind, direction, sentBytes, receivedBytes }) => [
      kind,
      direction,
      sentBytes,
      receivedBytes,
    ]),
    [['connect'], ['accept'], ['close', 'outbound', 1000, 77], ['close', 'inbound', 77, 1000]],
    'a connection across the restart is closed with all its bytes, once',
  )
  t.equal(its[0]?.socket, its[2]?.socket)
})

t.test(
  'without eBPF: what lives long enough to be looked at, and no more',
  { timeout: 90_000 },
  async (t) => {
    const site = await bed(t)
    const box = new SocketProgram(t, compileProgram('sockets', site.dir))
    await site.startAgent(['--source', 'procfs', '--host', 'on'])
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    let seen: readonly TimelineConnection[] = []
    const look = async (count: number): Promise<boolean> => {
      const events = await site.events({ container: 'host', kind: 'connect,accept,close,listen' })
      seen = events.filter(
        (event): event is TimelineConnection =>
          'process' in event && event.process?.pid === box.pid && event.kind !== 'exec',
      )
      return seen.length >= count
    }
    await until('the open connection', () => look(3))
    t.match(seen.map(({ kind }) => kind).toSorted(), ['accept', 'connect', 'listen'])
    t.ok(seen.every(({ source }) => source === 'procfs'))
    t.match(
      seen.find(({ kind }) => kind === 'connect'),
      {
        outcome: 'established',
        peer: { address: '127.0.0.1', port },
        process: { exe: /sockets$/ },
      },
    )
    await box.run('close c')
    await box.run('close s')
    await until('its end', () => look(5))
    const closes = seen.filter(({ kind }) => kind === 'close')
    t.equal(closes.length, 2)
    t.ok(closes.every(({ sentBytes, closedBy }) => sentBytes === null && closedBy === 'unknown'))
    const { coverage } = await site.page({ container: 'host', limit: '1' })
    t.match(coverage.at(-1), { source: 'procfs', mode: 'sampled', complete: [] })
  },
)
