import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import t, { type Test } from 'tap'
import { connectKubelet, type KubeletTrust } from '#agent/containers/kubelet-trust.ts'
import {
  type CertificateKind,
  type Certificates,
  makeCertificates,
} from '#test/stand-ins/certificates.ts'

const host = '127.0.0.1'

const listen = async (t: Test, server: Server): Promise<number> => {
  server.on('connection', (socket) => {
    socket.on('error', () => socket.destroy())
    t.teardown(() => socket.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

interface Scene {
  readonly certificates: Certificates
  /** Bytes that the server got after the handshake. */
  readonly received: () => number
  readonly connect: (
    trust: KubeletTrust,
    change?: { readonly nodeName?: string; readonly signal?: AbortSignal },
  ) => ReturnType<typeof connectKubelet>
}

/** A TLS server with a certificate of that kind for those names. */
const scene = async (
  t: Test,
  kind: CertificateKind,
  names: readonly string[] = ['DNS:node-1', `IP:${host}`],
): Promise<Scene> => {
  const certificates = makeCertificates(kind, names)
  t.teardown(() => certificates.remove())
  let received = 0
  const server = createServer({
    cert: readFileSync(certificates.certificateFile),
    key: readFileSync(certificates.keyFile),
  })
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      received += data.length
    })
  })
  server.on('tlsClientError', () => {})
  const port = await listen(t, server)
  return {
    certificates,
    received: () => received,
    connect: (trust, { nodeName = 'node-1', signal = new AbortController().signal } = {}) =>
      connectKubelet({ host, port, nodeName }, trust, signal),
  }
}

interface Refusal {
  readonly what: string
  readonly kind: CertificateKind
  readonly names?: readonly string[]
  readonly nodeName?: string
  readonly trust: (certificates: Certificates, dir: string) => KubeletTrust
  readonly code: string
  readonly message: RegExp
}

const byCa = ({ caFile }: Certificates): KubeletTrust => ({ caFile, insecure: false })

const refusals: readonly Refusal[] = [
  {
    what: 'a server that signed itself',
    kind: 'self-signed',
    trust: byCa,
    code: 'x509_unknown_authority',
    message: /--kubelet-certificate/,
  },
  {
    what: 'a server signed by a CA that nobody named',
    kind: 'ca',
    trust: () => ({ insecure: false }),
    code: 'x509_unknown_authority',
    message: /--kubelet-ca/,
  },
  {
    what: 'another node of the same cluster',
    kind: 'wrong-name',
    trust: byCa,
    code: 'x509_wrong_name',
    message: /another-node, not for node-1 or 127\.0\.0\.1/,
  },
  {
    what: 'a certificate for the node’s name when no name of the node is known',
    kind: 'ca',
    names: ['DNS:node-1'],
    nodeName: '',
    trust: byCa,
    code: 'x509_wrong_name',
    message: /--node/,
  },
  {
    what: 'a certificate of the past',
    kind: 'expired',
    trust: byCa,
    code: 'x509_expired',
    message: /valid only from/,
  },
  {
    what: 'a certificate other than the pinned one',
    kind: 'self-signed',
    trust: ({ caFile }) => ({ certificateFile: caFile, insecure: false }),
    code: 'x509_unknown_authority',
    message: /unknown authority/,
  },
  {
    what: 'anybody, while the pinned file holds no certificate',
    kind: 'self-signed',
    trust: ({ caFile }, dir) => {
      const certificateFile = join(dir, 'kubelet.crt')
      writeFileSync(certificateFile, 'not PEM')
      return { caFile, certificateFile, insecure: false }
    },
    code: 'credentials',
    message: /--kubelet-certificate: \S+ holds no PEM certificate/,
  },
  {
    what: 'anybody, while the pinned file is missing',
    kind: 'self-signed',
    trust: () => ({ certificateFile: '/nowhere/kubelet.crt', insecure: false }),
    code: 'credentials',
    message: /--kubelet-certificate: cannot read \/nowhere/,
  },
  {
    what: 'anybody, while the CA file is missing',
    kind: 'ca',
    trust: () => ({ caFile: '/nowhere/ca.crt', insecure: false }),
    code: 'credentials',
    message: /--kubelet-ca: cannot read \/nowhere/,
  },
]

for (const { what, kind, names, nodeName, trust, code, message } of refusals)
  t.test(`${what} is not trusted, in one line, and gets not a byte`, async (t) => {
    const { certificates, connect, received } = await scene(t, kind, names)
    const attempt = connect(
      trust(certificates, t.testdir()),
      nodeName === undefined ? {} : { nodeName },
    )
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    t.match(error, { name: 'KubeletError', code, message })
    t.match(error, { message: /^[^\n]+$/ })
    t.equal(received(), 0)
  })

const trusted = [
  {
    what: 'a certificate of the CA for the address dialled',
    kind: 'ca',
    trust: byCa,
    identity: 'ca',
  },
  {
    what: 'a certificate of the CA for the node’s name, though an address is dialled',
    kind: 'ca',
    names: ['DNS:node-1'],
    trust: byCa,
    identity: 'ca',
  },
  {
    what: 'exactly the pinned certificate, though it signed itself for another name',
    kind: 'self-signed',
    names: ['DNS:elsewhere'],
    trust: ({ certificateFile }: Certificates) => ({ certificateFile, insecure: false }),
    identity: 'pinned',
  },
  {
    what: 'exactly the pinned certificate, though it has expired',
    kind: 'expired',
    trust: ({ certificateFile }: Certificates) => ({ certificateFile, insecure: false }),
    identity: 'pinned',
  },
  {
    what: 'a chain that holds counts as such, also where a certificate is pinned',
    kind: 'ca',
    trust: ({ caFile, certificateFile }: Certificates) => ({
      caFile,
      certificateFile,
      insecure: false,
    }),
    identity: 'ca',
  },
  {
    what: 'anything, when told so by flag',
    kind: 'wrong-name',
    trust: () => ({ insecure: true }),
    identity: 'insecure',
  },
] as const

for (const row of trusted)
  t.test(`trusted: ${row.what}`, async (t) => {
    const { certificates, connect } = await scene(
      t,
      row.kind,
      'names' in row ? row.names : undefined,
    )
    const { socket, identity } = await connect(row.trust(certificates))
    t.equal(identity, row.identity)
    t.equal(socket.writable, true, 'the connection is open for the request')
    socket.destroy()
  })

t.test('a server that speaks no TLS is named as such', async (t) => {
  const plain = createTcpServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'))
  const port = await listen(t, plain)
  const attempt = connectKubelet(
    { host, port, nodeName: '' },
    { insecure: true },
    new AbortController().signal,
  )
  await t.rejects(attempt, { code: 'tls', message: /does not speak TLS/ })
})

t.test('a server that hangs up in the handshake is named as such', async (t) => {
  const port = await listen(
    t,
    createTcpServer((socket) => socket.once('data', () => socket.end())),
  )
  const attempt = connectKubelet(
    { host, port, nodeName: '' },
    { insecure: true },
    new AbortController().signal,
  )
  await t.rejects(attempt, { name: 'KubeletError', code: 'closed' })
})

t.test('a handshake that never ends is ended by the signal, with its reason', async (t) => {
  const silent = createTcpServer()
  const port = await listen(t, silent)
  const abort = new AbortController()
  const attempt = connectKubelet({ host, port, nodeName: '' }, { insecure: true }, abort.signal)
  silent.once('connection', () => abort.abort(new Error('late')))
  await t.rejects(attempt, { message: 'late' })
})
