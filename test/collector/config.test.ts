import t from 'tap'
import { readConfig } from '#base/config.ts'
import {
  apiServerEndpoint,
  checkCollectorConfig,
  collectorFields,
  retentionDays,
  withClusterApiServer,
} from '#collector/config.ts'

const read = (flags: Record<string, string | boolean>) => readConfig(collectorFields, flags, {})

t.test('beyond loopback a token is required', async (t) => {
  for (const listen of [':7070', '0.0.0.0:7070', '10.0.0.1:1', '[::]:1', 'example:1']) {
    t.throws(() => checkCollectorConfig(read({ listen })), {
      code: 'missing',
      field: '--token-file',
    })
    t.doesNotThrow(() => checkCollectorConfig(read({ listen, token: 'abc' })))
    t.doesNotThrow(() => checkCollectorConfig(read({ listen, tokenFile: 'f' })))
  }
  t.doesNotThrow(() => checkCollectorConfig(read({})))
})

t.test('two tokens contradict each other', async (t) => {
  t.throws(() => checkCollectorConfig(read({ token: 'a', tokenFile: 'b' })), { code: 'conflict' })
})

t.test('with --auth kubernetes nobody shares a token, and none travels in clear', async (t) => {
  const auth = 'kubernetes'
  const tls = { tlsCert: 'c', tlsKey: 'k' }
  t.doesNotThrow(() => checkCollectorConfig(read({ auth })))
  t.doesNotThrow(() => checkCollectorConfig(read({ auth, listen: ':7070', ...tls })))
  t.doesNotThrow(() => checkCollectorConfig(read({ auth, listen: ':7070', insecureListen: true })))
  for (const listen of [':7070', '10.0.0.1:7070', '[::]:7070'])
    t.throws(() => checkCollectorConfig(read({ auth, listen })), {
      code: 'missing',
      message: /^--tls-cert: .*in clear.*--insecure-listen/,
    })
  t.throws(() => checkCollectorConfig(read({ auth, token: 'a' })), {
    code: 'conflict',
    field: '--token',
  })
  t.throws(() => checkCollectorConfig(read({ auth, tokenFile: 'f' })), {
    code: 'conflict',
    field: '--token-file',
  })
  t.match(read({}), {
    auth: 'token',
    agentServiceAccount: 'mayfly/mayfly-agent',
    authGrace: 600_000,
  })
})

t.test('an API server is named whole, and over TLS only', async (t) => {
  const kubeApiUrl = 'https://10.96.0.1:443'
  t.doesNotThrow(() =>
    checkCollectorConfig(read({ kubeApiUrl, kubeCaFile: 'a', kubeTokenFile: 'b' })),
  )
  for (const file of ['kubeCaFile', 'kubeTokenFile']) {
    t.throws(() => checkCollectorConfig(read({ [file]: 'a' })), { code: 'conflict' }, file)
  }
  t.throws(() => read({ kubeApiUrl: 'http://10.96.0.1' }), /write https:/)
  for (const agentServiceAccount of ['agent', 'a/b/c', '/b', 'a/', 'A/b'])
    t.throws(() => read({ agentServiceAccount }), /namespace\/name/, agentServiceAccount)
  t.throws(() => read({ authGrace: '2d' }), /--auth-grace/)
})

t.test('retention is whole days', async (t) => {
  for (const retention of ['0', '1h', '36h', '1d1m'])
    t.throws(() => read({ retention }), /whole days/)
  t.equal(retentionDays(read({})), 7)
  t.equal(retentionDays(read({ retention: '2w' })), 14)
})

t.test('the password of a store URL is not repeated in messages', async (t) => {
  t.throws(() => read({ storeUrl: 'ftp://user:hunter2@host' }), {
    message: '--store-url: write http://user:password@host:8123/database',
  })
})

t.test('the API server is one address and a port', async (t) => {
  for (const apiServer of [':443', '[::]:443', '0.0.0.0:443', '10.0.0.1:0', 'kubernetes:443'])
    t.throws(
      () => read({ apiServer }),
      { message: /^--api-server .*write address:port/ },
      apiServer,
    )
  for (const apiServer of ['10.0.0.1', 'fd00::1:443', '[fe80::1%eth0]:443', '10.0.0.1:65536'])
    t.throws(() => read({ apiServer }), { message: /^--api-server / }, apiServer)
  t.equal(apiServerEndpoint(read({})), undefined)
  for (const [apiServer, address] of [
    ['10.96.0.1:443', '10.96.0.1'],
    ['[FD00:0::1]:443', 'fd00::1'],
    ['[::ffff:10.96.0.1]:443', '10.96.0.1'],
  ] as const)
    t.strictSame(apiServerEndpoint(read({ apiServer })), { address, port: 443 }, apiServer)
  const env = { MAYFLY_API_SERVER: '10.96.0.1:443' }
  t.match(readConfig(collectorFields, {}, env).apiServer, { host: '10.96.0.1', port: 443 })
})

t.test('in a cluster the API server is where Kubernetes says, unless one was given', async (t) => {
  const of = (env: Record<string, string>, flags: Record<string, string> = {}) =>
    apiServerEndpoint(withClusterApiServer(read(flags), env))
  const cluster = (host: string, port = '443') => ({
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port,
  })
  t.strictSame(of(cluster('10.96.0.1')), { address: '10.96.0.1', port: 443 })
  t.strictSame(of(cluster('fd00::1', '6443')), { address: 'fd00::1', port: 6443 })
  t.strictSame(of(cluster('10.96.0.1'), { apiServer: '192.0.2.1:6443' }), {
    address: '192.0.2.1',
    port: 6443,
  })
  t.equal(of({}), undefined)
  t.equal(of({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }), undefined)
  t.equal(of({ KUBERNETES_SERVICE_PORT: '443' }), undefined)
  // Nobody here has set these: they are not used, and nothing fails for them.
  for (const host of ['x.hcp.westeurope.azmk8s.io', '::', '[fd00::1]', '10.96.0.01', '10.96.0.1 '])
    t.equal(of(cluster(host)), undefined, host)
  for (const port of ['0', '65536', 'https', '-1', '4e3', 'tcp://10.96.0.1:443'])
    t.equal(of(cluster('10.96.0.1', port)), undefined, port)
})

t.test('certificate and key go together', async (t) => {
  t.throws(() => checkCollectorConfig(read({ tlsCert: 'a' })), {
    message: /^--tls-key: .*give both/,
  })
  t.throws(() => checkCollectorConfig(read({ tlsKey: 'a' })), {
    message: /^--tls-cert: .*give both/,
  })
  t.doesNotThrow(() => checkCollectorConfig(read({ tlsCert: 'a', tlsKey: 'b' })))
})
