import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import { KubeletClient, type KubeletClientOptions } from '#agent/containers/kubelet-client.ts'
import { KubeletError, type KubeletErrorCode } from '#agent/containers/kubelet-error.ts'
import { systemClock } from '#base/clock.ts'
import {
  type KubeletMode,
  type KubeletOptions,
  type StandInKubelet,
  startKubelet,
} from '#test/stand-ins/kubelet.ts'

interface Scene {
  readonly kubelet: StandInKubelet
  readonly client: KubeletClient
}

const scene = async (
  t: { teardown(action: () => unknown): void },
  server: KubeletOptions,
  change: (kubelet: StandInKubelet) => Partial<KubeletClientOptions> = () => ({}),
): Promise<Scene> => {
  const kubelet = await startKubelet(server)
  t.teardown(() => kubelet.close())
  const client = new KubeletClient({
    url: kubelet.url,
    nodeName: 'node-1',
    trust: { caFile: kubelet.caFile, insecure: false },
    tokenFile: kubelet.tokenFile,
    clock: systemClock,
    ...change(kubelet),
  })
  return { kubelet, client }
}

const failure = async (client: KubeletClient): Promise<KubeletError> => {
  try {
    await client.listPods()
  } catch (error) {
    if (error instanceof KubeletError) return error
    throw error
  }
  throw new Error('the kubelet should not have been believed')
}

interface Refusal {
  readonly name: string
  readonly server: KubeletOptions
  readonly change?: (kubelet: StandInKubelet) => Partial<KubeletClientOptions>
  readonly mode?: KubeletMode
  readonly code: KubeletErrorCode
  readonly says: RegExp
  /** How many requests may have reached the kubelet: none where it is not to be trusted with a token. */
  readonly requests: number
}

const refusals: readonly Refusal[] = [
  {
    name: 'a certificate that the kubelet signed itself is of an unknown authority',
    server: { certificate: 'self-signed' },
    code: 'x509_unknown_authority',
    says: /unknown authority .*--kubelet-certificate/,
    requests: 0,
  },
  {
    name: 'a certificate for another node is a wrong name, and both names are said',
    server: { certificate: 'wrong-name' },
    code: 'x509_wrong_name',
    says: /DNS:another-node, not for node-1 or 127\.0\.0\.1/,
    requests: 0,
  },
  {
    name: 'a certificate of the past is expired, and its dates are said',
    server: { certificate: 'expired' },
    code: 'x509_expired',
    says: /valid only from .* to .*: renew/,
    requests: 0,
  },
  {
    name: 'a pinned certificate that is not the one shown does not help',
    server: { certificate: 'self-signed' },
    change: (kubelet) => ({
      trust: { caFile: kubelet.caFile, certificateFile: kubelet.caFile, insecure: false },
    }),
    code: 'x509_unknown_authority',
    says: /unknown authority/,
    requests: 0,
  },
  {
    name: 'a CA file that is not there is named',
    server: {},
    change: () => ({ trust: { caFile: '/nowhere/ca.crt', insecure: false } }),
    code: 'credentials',
    says: /--kubelet-ca: cannot read \/nowhere\/ca\.crt/,
    requests: 0,
  },
  {
    name: 'a token file that is not there is named',
    server: {},
    change: () => ({ tokenFile: '/nowhere/token' }),
    code: 'credentials',
    says: /--kubelet-token-file: cannot read \/nowhere\/token/,
    requests: 0,
  },
  {
    name: 'a token file of spaces and line ends holds no token, and injects no header',
    server: {},
    change: (kubelet) => {
      writeFileSync(kubelet.tokenFile, 'abc\r\nX-Evil: 1')
      return {}
    },
    code: 'credentials',
    says: /holds no token/,
    requests: 0,
  },
  {
    name: 'no token at all is unauthorized',
    server: {},
    change: (kubelet) => {
      writeFileSync(kubelet.tokenFile, 'wrong')
      return {}
    },
    code: 'unauthorized',
    says: /does not accept the token \(401\)/,
    requests: 1,
  },
  {
    name: 'a token without rights is forbidden, and both resources are named',
    server: {},
    change: (kubelet) => {
      writeFileSync(kubelet.tokenFile, kubelet.forbiddenToken)
      return {}
    },
    code: 'forbidden',
    says: /nodes\/pods .*nodes\/proxy/,
    requests: 1,
  },
  {
    name: 'a kubelet that never answers is a time-out',
    server: {},
    change: () => ({ timeoutMs: 300 }),
    mode: 'hang',
    code: 'timeout',
    says: /did not answer within 300 ms/,
    requests: 1,
  },
  {
    name: 'a kubelet that sends a byte now and then is a time-out all the same',
    server: {},
    change: () => ({ timeoutMs: 300 }),
    mode: 'slow',
    code: 'timeout',
    says: /did not answer within 300 ms/,
    requests: 1,
  },
  {
    name: 'an answer without end is cut off',
    server: {},
    change: () => ({ responseBytesMax: 1 << 20 }),
    mode: 'huge',
    code: 'too_large',
    says: /more than 1048576 bytes/,
    requests: 1,
  },
  {
    name: 'what is no HTTP is garbage',
    server: {},
    mode: 'garbage',
    code: 'garbage',
    says: /does not speak HTTP/,
    requests: 1,
  },
  {
    name: 'a login page is garbage',
    server: {},
    mode: 'html',
    code: 'garbage',
    says: /no JSON object/,
    requests: 1,
  },
  {
    name: 'JSON of another kind is garbage',
    server: {},
    mode: 'not-a-list',
    code: 'garbage',
    says: /no PodList/,
    requests: 1,
  },
  {
    name: 'an answer that breaks off is closed',
    server: {},
    mode: 'truncated',
    code: 'closed',
    says: /broke the connection off/,
    requests: 1,
  },
  {
    name: 'a redirect is not followed, lest the token go elsewhere',
    server: {},
    mode: 'redirect',
    code: 'http_status',
    says: /redirects \(302\), and redirects are not followed/,
    requests: 1,
  },
  {
    name: 'any other status is said',
    server: {},
    mode: 'error',
    code: 'http_status',
    says: /HTTP status 500/,
    requests: 1,
  },
  {
    name: 'TLS spoken to a plain port is a TLS error',
    server: { plain: true },
    change: (kubelet) => ({
      url: kubelet.url.replace('http:', 'https:'),
      trust: { insecure: false },
    }),
    code: 'tls',
    says: /does not speak TLS/,
    requests: 0,
  },
]

for (const row of refusals)
  t.test(row.name, async (t) => {
    const { kubelet, client } = await scene(t, row.server, row.change)
    if (row.mode !== undefined) kubelet.setMode(row.mode)
    const error = await failure(client)
    t.equal(error.code, row.code, error.message)
    t.match(error.message, row.says)
    t.notMatch(error.message, /\n/, 'one line')
    t.equal(kubelet.requests, row.requests, 'requests that reached the kubelet')
  })

t.test('a port where nothing listens is refused, and the flag is named', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new KubeletClient({
    url: `https://127.0.0.1:${port}`,
    trust: { insecure: false },
    clock: systemClock,
  })
  const error = await failure(client)
  t.equal(error.code, 'refused')
  t.match(error.message, /--kubelet-url/)
})

t.test('a server that accepts and then says nothing at all is a time-out', async (t) => {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new KubeletClient({
    url: `https://127.0.0.1:${port}`,
    trust: { insecure: false },
    clock: systemClock,
    timeoutMs: 200,
  })
  t.equal((await failure(client)).code, 'timeout')
})

for (const url of [
  '',
  'node-1',
  'ftp://node-1',
  'https://',
  'https://user:pass@node-1',
  'https://node-1/exec?x=1',
])
  t.test(`${JSON.stringify(url)} is no kubelet URL, and the flag is named`, async (t) => {
    const make = (): KubeletClient =>
      new KubeletClient({ url, trust: { insecure: false }, clock: systemClock })
    t.throws(make, { code: 'unreachable', message: /--kubelet-url/ })
  })

const trusted: readonly {
  readonly name: string
  readonly server: KubeletOptions
  readonly change?: (kubelet: StandInKubelet) => Partial<KubeletClientOptions>
  readonly identity: string
}[] = [
  {
    name: 'a certificate of the cluster CA for the address dialled is trusted',
    server: {},
    identity: 'ca',
  },
  {
    name: 'dialling an address, a certificate for the node’s name only is trusted',
    server: { nameOnly: true },
    identity: 'ca',
  },
  {
    name: 'a node name that the certificate lacks does not matter when it holds the address',
    server: {},
    change: () => ({ nodeName: 'renamed' }),
    identity: 'ca',
  },
  {
    name: 'IPv6 addresses are dialled without their brackets',
    server: { host: '::1' },
    identity: 'ca',
  },
  {
    name: 'the very certificate that lies on the node is trusted, though it signed itself',
    server: { certificate: 'self-signed' },
    change: (kubelet) => ({
      trust: { caFile: kubelet.caFile, certificateFile: kubelet.certificateFile, insecure: false },
    }),
    identity: 'pinned',
  },
  {
    name: 'the very certificate that lies on the node is trusted, though it has expired',
    server: { certificate: 'expired' },
    change: (kubelet) => ({
      trust: { certificateFile: kubelet.certificateFile, insecure: false },
    }),
    identity: 'pinned',
  },
  {
    name: 'any certificate is accepted when told so',
    server: { certificate: 'wrong-name' },
    change: () => ({ trust: { insecure: true } }),
    identity: 'insecure',
  },
]

for (const row of trusted)
  t.test(row.name, async (t) => {
    const { kubelet, client } = await scene(t, row.server, row.change)
    kubelet.addPod({
      name: 'web',
      uid: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
      containers: [{ name: 'web' }],
    })
    const answer = await client.listPods()
    t.equal(answer.items.length, 1)
    t.equal(client.identity, row.identity)
    t.equal(client.insecure, row.identity === 'insecure')
    t.match(kubelet.lastHeaders.authorization, /^Bearer test\./)
  })

t.test('the node’s name is the server name when an address is dialled', async (t) => {
  const { kubelet, client } = await scene(t, {})
  await client.listPods()
  t.equal(kubelet.lastServerName, 'node-1')
})

t.test('an empty list is null in the kubelet’s JSON', async (t) => {
  const { client } = await scene(t, {})
  t.same((await client.listPods()).items, [])
})

t.test('a rotated token is read again after the first 401', async (t) => {
  const { kubelet, client } = await scene(t, {})
  await client.listPods()
  kubelet.rotateToken()
  await client.listPods()
  t.equal(kubelet.requests, 3, 'once before, once in vain, once with the new token')
})

t.test('a token is read again after a minute, before it is refused', async (t) => {
  let nowMs = 0
  const { kubelet, client } = await scene(t, {}, () => ({
    clock: { nowUs: () => 0, monotonicMs: () => nowMs },
  }))
  await client.listPods()
  kubelet.rotateToken()
  nowMs = 60_000
  await client.listPods()
  t.equal(kubelet.requests, 2)
})

t.test('over http, given explicitly, no token is sent', async (t) => {
  const { kubelet, client } = await scene(t, { plain: true }, () => ({ trust: { insecure: true } }))
  t.same((await client.listPods()).items, [])
  t.equal(kubelet.lastHeaders.authorization, undefined)
  t.equal(client.identity, 'plain')
  t.equal(client.insecure, false)
})
