import { once } from 'node:events'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import t from 'tap'
import {
  closeServer,
  createHttpServer,
  createHttpsServer,
  ListenError,
  listenOn,
} from '#base/listen.ts'
import { makeAuthority } from '#test/stand-ins/certificates.ts'

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

t.test('a request that dribbles in is answered with 408 and closed', async (t) => {
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 }
  const server = createHttpServer(10, (_request, response) => response.end(), limits)
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  for (const beginning of [
    'GET / HTTP/1.1\r\nx-slow: ',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n',
  ]) {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(beginning))
      socket.on('data', (data) => {
        text += data
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
    })
    t.match(answer, /^HTTP\/1\.1 408 /)
  }
})

t.test('connections beyond the limit are closed at once', async (t) => {
  const server = createHttpServer(1, (_request, response) => response.end())
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  const second = connect(port, '127.0.0.1')
  second.on('error', () => undefined)
  await once(second, 'close')
  t.notOk(first.destroyed)
  first.destroy()
})

t.test(
  'over TLS, nobody holds a connection by not greeting, and none outlives the end',
  async (t) => {
    const authority = makeAuthority()
    t.teardown(authority.remove)
    const pair = authority.issue('ca', ['IP:127.0.0.1'])
    const silent = async (limits: { readonly handshakeTimeout?: number }) => {
      const server = createHttpsServer(
        10,
        (_request, response) => response.end('yes'),
        pair,
        limits,
      )
      const listen = { host: '127.0.0.1', port: 0 }
      const { port } = await listenOn(server, listen, '--listen')
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      const answer = await new Promise<number | undefined>((resolve, reject) => {
        const call = request(
          { host: '127.0.0.1', port, ca: authority.ca, agent: false },
          (response) => {
            response.resume()
            resolve(response.statusCode)
          },
        )
        call.on('error', reject).end()
      })
      t.equal(answer, 200, 'others are served meanwhile')
      return { server, socket }
    }
    const late = await silent({ handshakeTimeout: 50 })
    await once(late.socket, 'close')
    await closeServer(late.server)
    const ended = await silent({ handshakeTimeout: 1_000_000 })
    await Promise.all([once(ended.socket, 'close'), closeServer(ended.server)])
  },
)
