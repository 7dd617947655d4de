import t from 'tap'
import { agentFields, checkAgentConfig } from '#agent/config.ts'
import { ConfigError, describeField, environmentName, readConfig } from '#base/config.ts'

const read = (flags: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) =>
  readConfig(agentFields, flags, env)

t.test('without a word it runs on this host, against a collector on this host', async (t) => {
  const config = read({})
  t.match(config, {
    dataDir: './mayfly-data',
    collector: 'http://127.0.0.1:7070',
    metricsListen: { host: '127.0.0.1', port: 7072 },
    source: 'auto',
    host: 'off',
    redaction: 'on',
    ringSize: 16 * 1024 * 1024,
    drainInterval: 25,
    spoolSize: 256 * 1024 * 1024,
    kubeletInsecureTls: false,
    logLevel: 'info',
  })
  for (const unset of ['token', 'tokenFile', 'node', 'agentId', 'kubeletUrl'] as const)
    t.equal(config[unset], undefined, unset)
})

const wrong = [
  ['a ring that is no power of two', { ringSize: '3MiB' }, '--ring-size', /16MiB/],
  ['a ring below one page', { ringSize: '1KiB' }, '--ring-size', /65536/],
  ['a ring above what fits', { ringSize: '4GiB' }, '--ring-size', /at most/],
  ['a drain slower than the ring allows', { drainInterval: '5s' }, '--drain-interval', /1000ms/],
  ['a drain without pause', { drainInterval: '0ms' }, '--drain-interval', /at least 1ms/],
  ['a spool too small for a chunk', { spoolSize: '10KiB' }, '--spool-size', /at least/],
  ['an unknown source', { source: 'dtrace' }, '--source', /auto, ebpf, procfs/],
  ['a host switch that is neither', { host: 'yes' }, '--host', /on, off/],
  ['a collector without a scheme', { collector: 'collector:7070' }, '--collector', /http/],
  ['a kubelet that is no URL', { kubeletUrl: 'kubelet' }, '--kubelet-url', /http/],
  ['a kubelet with a path', { kubeletUrl: 'https://k:1/x' }, '--kubelet-url', /port only/],
  ['a port beyond all ports', { metricsListen: '127.0.0.1:70000' }, '--metrics-listen', /off/],
  ['an empty node name', { node: '' }, '--node', /leave it out/],
  ['a path with a NUL byte', { dataDir: 'a\0b' }, '--data-dir', /NUL/],
  ['an unknown log level', { logLevel: 'loud' }, '--log-level', /debug/],
] as const

for (const [what, flags, field, hint] of wrong)
  t.test(`${what} is refused with the flag and the remedy`, async (t) => {
    t.throws(() => read(flags), { name: 'ConfigError', code: 'invalid', field, hint })
    t.throws(() => read(flags), { message: /^[^\n]+$/ })
  })

t.test('a kubelet may be named as the downward API names it, and its port stays', async (t) => {
  for (const kubeletUrl of ['https://10.0.0.7:443', 'https://[fd00::7]:10250', 'fd00::7'])
    t.equal(read({ kubeletUrl }).kubeletUrl, kubeletUrl)
})

t.test('the environment fills in for flags, and a flag wins', async (t) => {
  const env = { MAYFLY_SOURCE: 'procfs', MAYFLY_KUBELET_INSECURE_TLS: '1' }
  t.match(read({}, env), { source: 'procfs', kubeletInsecureTls: true })
  t.match(read({ source: 'ebpf' }, env), { source: 'ebpf' })
  t.throws(() => read({}, { MAYFLY_SOURCE: 'x' }), { name: 'ConfigError', field: 'MAYFLY_SOURCE' })
})

t.test('a wrong token is not repeated', async (t) => {
  t.equal(agentFields.token.secret, true)
  t.throws(() => read({ token: '' }), { name: 'ConfigError', value: undefined })
})

const conflicts = [
  ['two tokens', { token: 'a', tokenFile: 'b' }, '--token'],
  [
    'trusting one certificate and any certificate',
    { kubeletInsecureTls: true, kubeletCertificate: 'kubelet.crt' },
    '--kubelet-insecure-tls',
  ],
] as const

for (const [what, flags, field] of conflicts)
  t.test(`${what} contradict each other`, async (t) => {
    t.throws(() => checkAgentConfig(read(flags)), { code: 'conflict', field })
    t.throws(() => checkAgentConfig(read(flags)), ConfigError)
  })

t.test('what does not contradict itself passes', async (t) => {
  for (const flags of [{}, { token: 'a' }, { tokenFile: 'b' }, { kubeletInsecureTls: true }])
    t.doesNotThrow(() => checkAgentConfig(read(flags)))
})

t.test('every setting has a flag and a variable of its own, and a sentence of help', async (t) => {
  const fields = Object.values(agentFields)
  for (const flags of [fields.map(({ flag }) => flag), fields.map((f) => environmentName(f.flag))])
    t.equal(new Set(flags).size, fields.length)
  for (const field of fields) t.match(describeField(field).text, /^\S.{10,}$/, field.flag)
})
