import type { RequestListener } from 'node:http'
import t from 'tap'
import { limitedGet, PartError } from '#cli/support/limited-get.ts'
import { endless, startServer } from '#test/fixtures/hostile-server.ts'

const options = { signal: new AbortController().signal, timeoutMs: 30_000, maxBytes: 100_000 }

t.test('an answer is given with its status, and the token goes along', async (t) => {
  const url = await startServer(t, (request, response) =>
    response.writeHead(503).end(request.headers.authorization),
  )
  t.strictSame(await limitedGet(url, { ...options, token: 'abc' }), {
    status: 503,
    body: 'Bearer abc',
  })
  t.strictSame(await limitedGet(url, options), { status: 503, body: '' })
})

t.test('each way to answer badly has its reason', async (t) => {
  const cases: readonly (readonly [string, RequestListener, RegExp])[] = [
    ['a body without an end', endless, /^the answer is longer than 100000 bytes$/],
    [
      'a redirection',
      (_, response) => response.writeHead(302, { location: 'http://evil.test/' }).end(),
      /^it redirects \(302\), which is not followed$/,
    ],
    ['a connection that breaks', (request) => request.socket.destroy(), /^ECONNRESET$/],
    ['no HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /^HPE_INVALID_/],
    [
      'a body that breaks off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('half', () => request.socket.destroy())
      },
      /^(?:ECONNRESET|the answer broke off)$/,
    ],
  ]
  for (const [name, answer, reason] of cases) {
    const url = await startServer(t, answer)
    const error = await limitedGet(url, options).catch((error: unknown) => error)
    t.type(error, PartError, name)
    t.match((error as PartError).message, reason, name)
  }
})

t.test('silence ends with the time that is given, before and within the body', async (t) => {
  const silent = await startServer(t, () => undefined)
  const halting = await startServer(t, (_, response) => response.writeHead(200).write('half'))
  for (const url of [silent, halting])
    await t.rejects(limitedGet(url, { ...options, timeoutMs: 50 }), {
      message: 'no whole answer within 0.05 s',
    })
})

t.test('who stops it is told so, and a port without a server its code', async (t) => {
  const url = await startServer(t, () => undefined)
  await t.rejects(limitedGet(url, { ...options, signal: AbortSignal.abort() }), {
    message: 'interrupted',
  })
  await t.rejects(limitedGet('http://127.0.0.1:1', options), { message: 'ECONNREFUSED' })
  await t.rejects(limitedGet('https://127.0.0.1:1', options), { message: 'ECONNREFUSED' })
  await t.rejects(limitedGet(url.replace('http:', 'https:'), { ...options }), PartError)
})
