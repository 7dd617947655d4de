import { createServer } from 'node:http'
import t from 'tap'
import { closeServer, ListenError, listenOn } from '#base/listen.ts'

t.test('port 0 gives the real port, and a second server there a clear error', async (t) => {
  const first = createServer()
  const listen = await listenOn(first, { host: '127.0.0.1', port: 0 }, '--listen')
  t.ok(listen.port > 0)
  const error = await listenOn(createServer(), listen, '--listen').catch((error: unknown) => error)
  t.ok(error instanceof ListenError)
  t.match(error, { code: 'port_in_use' })
  t.equal(
    (error as Error).message,
    `--listen 127.0.0.1:${listen.port}: another process listens there; stop it or choose another port`,
  )
  await closeServer(first)
})

t.test('an address of another machine is no address here', async (t) => {
  await t.rejects(listenOn(createServer(), { host: '192.0.2.1', port: 0 }, '--listen'), {
    code: 'no_such_address',
  })
})

t.test('closing ends connections that would stay open', async (t) => {
  const server = createServer((_request, response) => response.write('endless'))
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  await closeServer(server)
  await t.rejects(answer.text())
})
