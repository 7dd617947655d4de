import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { openServerStore } from '#collector/store/clickhouse-store.ts'
import { parseStoreUrl } from '#collector/store/connect.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  exec,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'

t.test('--store-url', async (t) => {
  t.same(parseStoreUrl('http://us%40er:p%3Ass@db:8123/may'), {
    url: 'http://db:8123',
    username: 'us@er',
    password: 'p:ss',
    database: 'may',
    place: 'http://db:8123/may',
  })
  t.match(parseStoreUrl('https://db'), {
    url: 'https://db',
    username: 'default',
    database: 'default',
  })
  for (const text of [
    'db:8123',
    '',
    'tcp://db:9000',
    'http://db/a b',
    "http://db/a'b",
    'http://db/%',
    'http://us%er:x@db',
  ]) {
    t.throws(() => parseStoreUrl(text), { name: 'StoreError', message: /^--store-url: / }, text)
  }
})

t.test('a server that nobody answers for is named, without its password', async (t) => {
  const url = 'http://user:secret@127.0.0.1:1/mayfly'
  const error: unknown = await openServerStore({ url, retentionDays: 7, log: silentLog }).catch(
    (cause: unknown) => cause,
  )
  t.match(error, { code: 'unreachable', message: /http:\/\/127\.0\.0\.1:1\/mayfly.*ECONNREFUSED/ })
  t.notMatch(String(error), /secret/)
})

t.test('a store over a TCP port', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  await withEngine(dataDir, async () => {
    const server = createServer((socket) => {
      const engine = connect({ path: join(dataDir, 'engine.sock') })
      socket.pipe(engine).pipe(socket)
      socket.on('error', () => engine.destroy())
      engine.on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const base = { retentionDays: 7, log: silentLog }
    await t.rejects(openServerStore({ ...base, url: `http://127.0.0.1:${address.port}/other` }), {
      message: /Database other does not exist/,
    })
    const url = `http://user:secret@127.0.0.1:${address.port}/mayfly`
    const store = await openServerStore({ ...base, url })
    const id = containerId('a')
    await store.insert([chunk(1, [container(), exec({ containerId: id })])])
    t.match(await store.events({ pod: 'api-7d9f-x1', kinds: ['exec'], limit: 5 }), {
      events: [{ kind: 'exec', containerId: id }],
      next: null,
    })
    t.equal((await store.durable('agent-1', 1)).seq, 2)
    t.match(store.health(), { state: 'ready', engineRestarts: 0 })
    await store.close()
  })
})
