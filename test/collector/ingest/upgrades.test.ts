import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '#base/clock.ts'
import type { AccessFacts } from '#collector/identity/access-log.ts'
import type { Auth, RefusalReason } from '#collector/identity/identity.ts'
import {
  agentAccount,
  agentPod,
  bearer,
  type IdentityOptions,
  identitySite,
} from '#test/fixtures/identity.ts'
import {
  batch,
  FrameClient,
  hello,
  type IngestServerOptions,
  startIngest,
} from '#test/fixtures/ingest-server.ts'
import { until } from '#test/fixtures/until.ts'

const site = async (t: Test, options: IngestServerOptions = {}, identity: IdentityOptions = {}) => {
  const cluster = await identitySite(t, identity)
  const refused: RefusalReason[] = []
  const told: AccessFacts[] = []
  const ingest = await startIngest({
    auth: cluster.auth,
    clock: cluster.clock,
    onRefused: (reason) => refused.push(reason),
    accessLog: { request: (facts) => told.push(facts) },
    ...options,
  })
  t.teardown(() => ingest.close())
  return { ...cluster, ...ingest, kube: cluster.server, refused, told }
}

/** As the agent on node-1 introduces itself. */
const ofNode1 = { agent: 'node-1', node: 'node-1' } as const

const refusedWith = async (client: FrameClient): Promise<string> => {
  await until('the upgrade is refused', () => client.refused !== '')
  return client.refused
}

t.test('an agent with its pod’s token delivers', async (t) => {
  const { url, store, agentToken } = await site(t)
  const client = await new FrameClient(url, bearer(agentToken())).open()
  client.send(hello(ofNode1))
  await client.first('welcome')
  client.send(batch(1, 2))
  await client.untilAcked(2)
  t.match(store.rows[0], { agent: 'node-1', node: 'node-1' })
  client.socket.close()
})

for (const [name, fields, detail] of [
  [
    'another node',
    { agent: 'node-2', node: 'node-2' },
    'the token of this agent belongs to node node-1, and it calls its node node-2: set --node from spec.nodeName',
  ],
  [
    'another agent on its own node',
    { agent: 'node-2', node: 'node-1' },
    'the agent on node node-1 calls itself node-2: with --auth kubernetes an agent (mayfly/mayfly-agent) bears its node’s name, leave out --agent-id',
  ],
] as const) {
  t.test(`who speaks for ${name} is told why not, and takes nothing over`, async (t) => {
    const { url, kube, agentToken, refused, told, ingest } = await site(t)
    const pod = { ...agentPod, name: 'other', uid: 'u2', nodeName: 'node-2' }
    kube.addPod(pod)
    const token = kube.token({ ...agentAccount, audiences: ['mayfly'], pod })
    const victim = await new FrameClient(url, bearer(token)).open()
    victim.send(hello({ agent: 'node-2', node: 'node-2' }))
    await victim.first('welcome')
    const liar = await new FrameClient(url, bearer(agentToken())).open()
    liar.send(hello(fields))
    t.strictSame(await liar.first('nack'), {
      kind: 'nack',
      reason: 'identity',
      retryAfterMs: 30_000,
      detail,
    })
    t.match(await liar.untilClosed(), /^4006 /)
    t.strictSame(refused, ['wrong_node'])
    t.match(told, [{ who: { node: 'node-1' }, status: 403, detail, address: '127.0.0.1' }])
    t.equal(victim.closed, '')
    t.match(ingest.totals(), { takeOvers: 0, agentsConnected: 1 })
    victim.socket.close()
  })
}

t.test('who is refused reads the cause, and each is counted and told', async (t) => {
  const { url, kube, refused, told, ingest } = await site(t)
  const other = kube.token({ namespace: 'shop', name: 'api', audiences: ['mayfly'] })
  t.match(await refusedWith(new FrameClient(url)), /^401 a token is required/)
  t.match(await refusedWith(new FrameClient(url, bearer(other))), /^403 this token is of system:s/)
  kube.setMode('error')
  const unknown = kube.token({ ...agentAccount, audiences: ['mayfly'], pod: agentPod })
  t.match(await refusedWith(new FrameClient(url, bearer(unknown))), /^503 the API server cannot be/)
  t.strictSame(refused, ['no_token', 'other_service_account', 'api_server_unavailable'])
  t.strictSame(
    told.map(({ status, what }) => `${status} ${what}`),
    [401, 403, 503].map((status) => `${status} agent connects to /v1/ingest`),
  )
  t.equal(ingest.totals().connectionsRefused, 3)
})

t.test(
  'a connection ends when its token and the grace are over; a fresh token goes on',
  async (t) => {
    let passedMs = 0
    const clock = { ...systemClock, nowUs: () => systemClock.nowUs() + passedMs * 1000 }
    const { url, agentToken } = await site(t, { clock, tokenGraceMs: 60_000, pingIntervalMs: 40 })
    const open = async (token: string) => {
      const client = await new FrameClient(url, bearer(token)).open()
      client.send(hello(ofNode1))
      await client.first('welcome')
      return client
    }
    const client = await open(agentToken(3_600))
    let pings = 0
    client.socket.on('ping', () => {
      pings += 1
    })
    // Over by the wall, within the grace.
    passedMs = 3_650_000
    const seen = pings
    await until('the watch has looked', () => pings > seen + 2)
    t.equal(client.closed, '')
    passedMs = 3_670_000
    t.match(
      await client.untilClosed(),
      /^4007 the token of this connection has expired: show a fresh/,
    )
    const next = await open(agentToken(7_200))
    t.equal(next.closed, '')
    next.socket.close()
  },
)

t.test('a node has a few connections, whatever addresses it uses', async (t) => {
  const { url, agentToken, refused } = await site(t, { limits: { perNode: 2 } })
  const open = () => new FrameClient(url, bearer(agentToken()))
  const [first, second] = [await open().open(), await open().open()]
  t.match(await refusedWith(open()), /^429 too many connections of node node-1 are open already/)
  t.strictSame(refused, ['concurrency'])
  first.socket.terminate()
  let third = open()
  await until('its place is free', () => {
    if (third.refused !== '') third = open()
    return third.socket.readyState === third.socket.OPEN
  })
  for (const client of [second, third]) client.socket.terminate()
})

t.test('an address has a bounded number of connections', async (t) => {
  const ingest = await startIngest({ limits: { perAddress: 1 } })
  t.teardown(() => ingest.close())
  const first = await new FrameClient(ingest.url).open()
  t.match(await refusedWith(new FrameClient(ingest.url)), /^429 too many connections come from 127/)
  first.socket.terminate()
})

t.test('tokens that are being checked hold a bounded number of places', async (t) => {
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow: Auth = {
    agent: async () => {
      await gate
      return { allowed: true, identity: { kind: 'shared' } }
    },
    person: async () => ({ allowed: true, identity: { kind: 'shared' } }),
  }
  const ingest = await startIngest({ auth: slow, limits: { pendingPerAddress: 3 } })
  t.teardown(() => ingest.close())
  const waiting = Array.from({ length: 3 }, () => new FrameClient(ingest.url))
  const beyond = new FrameClient(ingest.url)
  t.match(
    await refusedWith(beyond),
    /^429 too many connections from 127\.0\.0\.1 are being checked/,
  )
  release()
  for (const client of waiting) await client.open()
  t.pass('those who waited are in')
  for (const client of waiting) client.socket.terminate()
})

const raw = (port: number, text: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text)
      resolve(socket)
    })
    socket.once('error', reject)
  })

t.test('who goes while the token is checked leaves nothing behind', async (t) => {
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow: Auth = {
    agent: async () => {
      await gate
      return { allowed: true, identity: { kind: 'shared' } }
    },
    person: async () => ({ allowed: true, identity: { kind: 'shared' } }),
  }
  const { port, ingest, server, close } = await startIngest({ auth: slow })
  t.teardown(close)
  const upgrade =
    'GET /v1/ingest HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  const arrived = new Promise((resolve) => server.once('upgrade', resolve))
  const socket = await raw(port, upgrade)
  await arrived
  socket.resetAndDestroy()
  release()
  const client = await new FrameClient(`ws://127.0.0.1:${port}/v1/ingest`).open()
  client.send(hello())
  await client.first('welcome')
  t.equal(ingest.totals().agentsConnected, 1)
  client.socket.close()
})

t.test('who was turned away and does not close is cut off', async (t) => {
  const { port, server, close } = await startIngest({ token: 'secret' })
  t.teardown(close)
  let isGone = false
  server.once('connection', (end: Socket) => {
    end.once('close', () => {
      isGone = true
    })
  })
  // It keeps its half open whatever comes.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(
    'GET /v1/ingest HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  await until('its socket is gone', () => isGone)
  t.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/)
  socket.destroy()
})
