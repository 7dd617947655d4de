import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { closeServer, listenOn } from '#base/listen.ts'
import { Client } from '#cli/client.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { exec } from '#test/fixtures/timeline-events.ts'

const client = (collector: string): Client =>
  new Client({ collector, token: undefined, signal: new AbortController().signal })

const pretender = async (t: Test, listener: RequestListener): Promise<Client> => {
  const server = createServer(listener)
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  return client(`http://127.0.0.1:${port}`)
}

t.test('nobody there: one line that says what to try', async (t) => {
  const api = await startApi(t)
  await api.close()
  await t.rejects(client(api.url).get('agents'), {
    name: 'ClientError',
    code: 'unreachable',
    message:
      /^collector http:\/\/127\.0\.0\.1:\d+: cannot reach it \(ECONNREFUSED\); is it running/,
  })
})

t.test('somebody else there: says so', async (t) => {
  const html = await pretender(t, (_request, response) => response.writeHead(404).end('<html>'))
  await t.rejects(html.get('agents'), {
    code: 'refused',
    message: /404 Not Found; is this a Mayfly/,
  })
  const garbage = await pretender(t, (_request, response) => response.end('not json'))
  await t.rejects(garbage.get('agents'), { message: /the answer broke off/ })
  const elsewhere = await pretender(t, (_request, response) =>
    response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
  )
  await t.rejects(elsewhere.get('agents'), { code: 'unreachable' })
})

t.test('what the collector refuses is repeated on one line', async (t) => {
  const { url } = await startApi(t)
  await t.rejects(client(url).get('timeline', { pod: 'a\0b' }), {
    code: 'refused',
    retryable: false,
    message: 'the collector says: pod: leave out NUL characters',
  })
})

t.test(
  'what is sent arrives as JSON with the token, and what is refused is repeated',
  async (t) => {
    const { url, store } = await startApi(t, { token: 'secret' })
    const { signal } = new AbortController()
    const ours = new Client({ collector: url, token: 'secret', signal })
    const made = await ours.post<{ id: string }>('holds', {
      reason: 'why',
      selection: { pod: 'a' },
    })
    t.strictSame(store.holdList, [made])
    await t.rejects(ours.post('holds', { reason: '', selection: {} }), {
      code: 'refused',
      message: /^the collector says: reason: say/,
    })
    await ours.delete(`holds/${made.id}`)
    t.strictSame(store.holdList, [])
    await t.rejects(ours.delete(`holds/${made.id}`), { message: /says: no hold has this id/ })
    await t.rejects(client(url).delete('holds/x'), { message: /a token is required/ })
  },
)

t.test('pages are followed to the end or to the limit, and no further', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = Array.from({ length: 12_001 }, (_, pid) => exec({ pid }))
  const count = async (limit: number) => {
    let events = 0
    let next: string | null = null
    for await (const page of client(url).timeline({}, limit)) {
      events += page.events.length
      next = page.next
    }
    return [events, next === null]
  }
  t.strictSame(await count(Number.POSITIVE_INFINITY), [12_001, true])
  t.strictSame(await count(5_001), [5_001, false])
  t.strictSame(store.asked.map(({ limit }) => limit).slice(-2), [5_000, 1])
})

t.test(
  'a collector that gives an empty page with a cursor does not keep us for ever',
  async (t) => {
    const endless = await pretender(t, (_request, response) =>
      response.end(JSON.stringify({ coverage: [], events: [], next: 'again' })),
    )
    let pages = 0
    for await (const _ of endless.timeline({}, 10)) pages += 1
    t.equal(pages, 1)
  },
)

t.test('a stream may be cut anywhere, in the middle of a character too', async (t) => {
  const bytes = Buffer.from(`: hello\n\ndata: {"a":"ü"}\n\nevent: dropped\ndata: {"dropped":2}\n\n`)
  const sliced = await pretender(t, async (_request, response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  const items: unknown[] = []
  let connected = 0
  for await (const item of sliced.tail({}, () => {
    connected += 1
  })) {
    items.push(item)
  }
  t.strictSame(items, [{ a: 'ü' }, { dropped: 2 }])
  t.equal(connected, 1)
})
