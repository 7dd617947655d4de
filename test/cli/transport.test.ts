import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { closeServer, createHttpsServer, listenOn } from '#base/listen.ts'
import { send, type TransportRequest } from '#cli/transport.ts'
import { type CertificateKind, makeAuthority } from '#test/stand-ins/certificates.ts'

const [authority, stranger] = [makeAuthority(), makeAuthority()]
t.teardown(authority.remove)
t.teardown(stranger.remove)

const get = (url: string, options: Partial<TransportRequest> = {}): Promise<Response> => {
  const { signal } = new AbortController()
  const plain = { method: 'GET', headers: {}, body: undefined, authority: undefined, signal }
  return send(url, { ...plain, ...options })
}

const listen = async (
  t: Test,
  listener: RequestListener,
  kind?: CertificateKind,
): Promise<string> => {
  const server =
    kind === undefined
      ? createServer(listener)
      : createHttpsServer(10, listener, authority.issue(kind, ['IP:127.0.0.1']))
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  return `http${kind === undefined ? '' : 's'}://127.0.0.1:${port}/`
}

const yes: RequestListener = (_request, response) => response.end('yes')

t.test('who is not to be trusted gets no request', async (t) => {
  const asked: string[] = []
  const note: RequestListener = (request, response) => {
    asked.push(request.url ?? '')
    response.end()
  }
  const ca = Buffer.from(authority.ca)
  const headers = { authorization: 'Bearer secret' }
  for (const [kind, trusted, code] of [
    ['expired', ca, 'CERT_HAS_EXPIRED'],
    ['wrong-name', ca, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', ca, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['ca', Buffer.from(stranger.ca), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['ca', undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const) {
    const url = await listen(t, note, kind)
    await t.rejects(get(url, { headers, authority: trusted }), { code }, `${kind}: ${code}`)
  }
  t.strictSame(asked, [])
  const url = await listen(t, yes, 'ca')
  t.equal(await (await get(url, { authority: ca })).text(), 'yes')
})

t.test('a redirect is an error: it would carry the token away', async (t) => {
  const url = await listen(t, (_request, response) =>
    response.writeHead(307, { location: 'http://192.0.2.1/' }).end(),
  )
  await t.rejects(get(url), /redirects \(307\)/)
})

t.test('what is sent arrives whole, with its length in bytes', async (t) => {
  const url = await listen(t, (request, response) => {
    const { method, headers } = request
    response.writeHead(201, 'Made')
    response.write(`${method} ${headers['content-length']} ${headers['x-a']} `)
    request.pipe(response)
  })
  const answer = await get(url, { method: 'POST', headers: { 'x-a': 'b' }, body: 'ü' })
  t.match(answer, { ok: true, status: 201, statusText: 'Made' })
  t.equal(await answer.text(), 'POST 2 b ü')
})

t.test('an answer without a body is one; a body that breaks off is an error', async (t) => {
  const nothing = await listen(t, (_request, response) => response.writeHead(204).end())
  t.equal((await get(nothing)).body, null)
  const cut = await listen(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => response.destroy())
  })
  await t.rejects((await get(cut)).text())
})

t.test('an aborted signal ends the wait for a head, and a stream', async (t) => {
  const url = await listen(t, (request, response) => {
    if (request.url === '/stream') response.write('a')
  })
  const waiting = new AbortController()
  const head = get(url, { signal: waiting.signal })
  waiting.abort()
  await t.rejects(head, { name: 'AbortError' })
  const reading = new AbortController()
  const answer = await get(`${url}stream`, { signal: reading.signal })
  const text = answer.text()
  reading.abort()
  await t.rejects(text)
})
