/** Clients that send slowly, too much, too often, or do not read: with real sockets on loopback, bounded in number. */
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { requestLimits } from '#collector/api/guard.ts'
import { type ApiServerOptions, startApi } from '#test/fixtures/api-server.ts'
import { exec } from '#test/fixtures/timeline-events.ts'
import { until } from '#test/fixtures/until.ts'

/** A socket that keeps what it gets. */
const open = (port: number, text: string) => {
  const socket = connect(port, '127.0.0.1')
  const seen = { socket, text: '', isClosed: false }
  socket.on('error', () => {})
  socket.on('data', (data) => {
    seen.text += data.toString('latin1')
  })
  socket.on('close', () => {
    seen.isClosed = true
  })
  socket.write(text, 'latin1')
  return seen
}

const http = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 } as const
const authorization = 'Authorization: Bearer secret\r\n'

const site = (t: Parameters<typeof startApi>[0], options: ApiServerOptions = {}) =>
  startApi(t, { token: 'secret', http, ...options })

const isServed = async (url: string): Promise<boolean> => {
  const headers = { authorization: 'Bearer secret' }
  return (await fetch(`${url}/api/v1/agents`, { headers })).status === 200
}

const slow: readonly (readonly [string, string, string])[] = [
  ['the request line', 'G', 'E'],
  ['a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'],
  ['header after header', 'GET / HTTP/1.1\r\nHost: x\r\n', 'X: y\r\n'],
  [
    'the body of a change',
    `POST /api/v1/holds HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n`,
    ' ',
  ],
  [
    'a body in chunks',
    `POST /api/v1/holds HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    '1\r\n \r\n',
  ],
]
for (const [what, beginning, more] of slow) {
  t.test(
    `twenty clients that send ${what} slowly are cut off, and others are served`,
    async (t) => {
      const { port, url } = await site(t)
      const clients = Array.from({ length: 20 }, () => open(port, beginning))
      const drip = setInterval(() => {
        for (const { socket, isClosed } of clients)
          if (!isClosed && socket.writable) socket.write(more)
      }, 100)
      t.teardown(() => clearInterval(drip))
      t.ok(await isServed(url))
      await until('all are cut off', () => clients.every(({ isClosed }) => isClosed))
      t.ok(await isServed(url))
    },
  )
}

const large: readonly (readonly [string, string, RegExp])[] = [
  [
    'a header of a megabyte',
    `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(1 << 20)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    'thousands of headers',
    `GET / HTTP/1.1\r\nHost: x\r\n${'X-Many: y\r\n'.repeat(10_000)}\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    'a token of a megabyte',
    `GET /api/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(1 << 20)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    'a target of many kilobytes',
    `GET /api/v1/timeline?q=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`,
    /^HTTP\/1\.1 414 /,
  ],
  [
    'a body of a megabyte',
    `POST /api/v1/holds HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${1 << 20}\r\n\r\n${'x'.repeat(1 << 20)}`,
    /^HTTP\/1\.1 413 /,
  ],
]
for (const [what, text, answer] of large) {
  t.test(`${what}: a clear answer and no more`, async (t) => {
    const { port, url } = await site(t)
    const client = open(port, text)
    await until('it is answered', () => client.text.includes('\r\n\r\n'))
    t.match(client.text, answer)
    client.socket.destroy()
    t.ok(await isServed(url))
  })
}

t.test('an answer that nobody reads is let go of', async (t) => {
  const { port, url, store } = await site(t, { sendTimeoutMs: 200 })
  store.timelineEvents = Array.from({ length: 10_000 }, () => exec({ argv: ['x'.repeat(1_000)] }))
  const sockets: Socket[] = []
  for (let client = 0; client < 3; client += 1) {
    const { socket } = open(
      port,
      `GET /api/v1/timeline?limit=10000 HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`,
    )
    socket.pause()
    sockets.push(socket)
  }
  let isOver = 0
  for (const socket of sockets) {
    // Keeps what has arrived, and reads nothing more until the server has given up.
    setTimeout(() => socket.resume(), 2_000).unref()
    socket.once('close', () => {
      isOver += 1
    })
  }
  await until('all are cut off', () => isOver === 3)
  t.ok(await isServed(url))
})

t.test('a flood of requests on many connections is answered with 429, and ends', async (t) => {
  const address = { rate: { perSecond: 0.001, burst: 50 }, concurrent: 20 }
  const { url } = await site(t, { limits: { ...requestLimits, address } })
  const statuses = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const headers = { authorization: index % 2 === 0 ? 'Bearer secret' : 'Bearer guess' }
      return (await fetch(`${url}/api/v1/agents`, { headers })).status
    }),
  )
  const count = (status: number) => statuses.filter((one) => one === status).length
  t.ok(count(200) + count(401) <= 50)
  t.equal(count(200) + count(401) + count(429), 300)
  t.equal((await fetch(`${url}/readyz`)).status, 200, 'probes go on')
})
