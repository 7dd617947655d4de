import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createKubeTransport } from '#collector/kube/kube-http.ts'
import { type CertificateKind, makeCertificates } from '#test/stand-ins/certificates.ts'

const get = { method: 'GET', headers: {}, body: undefined } as const

for (const [kind, said] of [
  ['self-signed', /^its certificate is not trusted \(/],
  ['expired', /^its certificate is not trusted \(CERT_HAS_EXPIRED\)/],
  ['wrong-name', /^its certificate is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
] as const satisfies readonly (readonly [CertificateKind, RegExp])[]) {
  t.test(`no token is sent to a server whose certificate is ${kind}`, async (t) => {
    const { caFile, certificateFile, keyFile, remove } = makeCertificates(kind, ['IP:127.0.0.1'])
    let requests = 0
    const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
    const server = createTlsServer(tls, (_request, response) => {
      requests += 1
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.close()
      remove()
    })
    const send = createKubeTransport({ caFile, tokenFile: undefined })
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await t.rejects(send({ ...get, url }), { code: 'unreachable', message: said })
    t.equal(requests, 0)
  })
}

t.test('a token or authority that cannot be read is named', async (t) => {
  const missing = join(t.testdir(), 'nowhere')
  const url = 'https://127.0.0.1:1/'
  await t.rejects(createKubeTransport({ caFile: undefined, tokenFile: missing })({ ...get, url }), {
    code: 'unreachable',
    message: `the token ${missing} cannot be read (ENOENT)`,
  })
  await t.rejects(createKubeTransport({ caFile: missing, tokenFile: undefined })({ ...get, url }), {
    message: `the authority ${missing} cannot be read (ENOENT)`,
  })
})

t.test('the token is read for each request, and a body has its length', async (t) => {
  const directory = t.testdir({ token: 'one\n' })
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push([request.headers.authorization, request.headers['content-length']])
    response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const tokenFile = join(directory, 'token')
  const send = createKubeTransport({ caFile: undefined, tokenFile })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  t.match(await send({ ...get, url }), { status: 200, body: 'ok' })
  writeFileSync(tokenFile, 'two')
  await send({ method: 'POST', headers: {}, body: 'ä', url })
  t.strictSame(seen, [
    ['Bearer one', undefined],
    ['Bearer two', '2'],
  ])
})

t.test('a connection that the server closed meanwhile is not a failure', async (t) => {
  const { caFile, certificateFile, keyFile, remove } = makeCertificates('ca', ['IP:127.0.0.1'])
  const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
  let requests = 0
  const server = createTlsServer(tls, (request, response) => {
    requests += 1
    // The second request of a connection meets a server that goes away.
    if (requests === 2) request.socket.destroy()
    else response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    remove()
  })
  const send = createKubeTransport({ caFile, tokenFile: undefined })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  t.equal((await send({ ...get, url })).body, 'ok')
  t.equal((await send({ ...get, url })).body, 'ok')
  t.equal(requests, 3)
})
