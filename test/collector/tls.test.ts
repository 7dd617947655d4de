import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { systemClock } from '#base/clock.ts'
import { closeServer, createHttpsServer, listenOn } from '#base/listen.ts'
import { type Log, silentLog } from '#base/log.ts'
import { reloadMs, ServerTls } from '#collector/tls.ts'
import { until } from '#test/fixtures/until.ts'
import { type IssuedPair, makeAuthority } from '#test/stand-ins/certificates.ts'

const names = ['IP:127.0.0.1']
const authority = makeAuthority()
t.teardown(authority.remove)
const first = authority.issue('ca', names)
const second = authority.issue('ca', names)
const expired = authority.issue('expired', names)

/** Short, as messages cut long paths. */
const directory = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-tls-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

/** A Secret as the kubelet mounts it: the files are links through `..data`, which one rename moves to a new directory. */
const mountSecret = (t: Test) => {
  const dir = directory(t)
  let version = 0
  const write = ({ cert, key }: IssuedPair): void => {
    version += 1
    const next = join(dir, `..${version}`)
    mkdirSync(next)
    writeFileSync(join(next, 'tls.crt'), cert)
    writeFileSync(join(next, 'tls.key'), key)
    symlinkSync(`..${version}`, join(dir, '..data_tmp'))
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'))
    rmSync(join(dir, `..${version - 1}`), { recursive: true, force: true })
  }
  write(first)
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(`..data/${file}`, join(dir, file))
  return { write, certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
}

const recording = () => {
  const lines: string[] = []
  const note = (_facts: object, message: string): void => void lines.push(message)
  const log: Log = { ...silentLog, warn: note }
  let ms = 0
  const clock = { nowUs: () => systemClock.nowUs(), monotonicMs: () => ms }
  return { lines, log, clock, pass: (byMs: number) => (ms += byMs) }
}

/** Serial number of the certificate that a server shows. */
const shown = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.ca }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
      socket.end()
    })
    socket.on('error', reject)
  })

const serve = async (t: Test, tls: ServerTls): Promise<number> => {
  const server = createHttpsServer(10, (_request, response) => response.end(), tls.options)
  tls.serve(server)
  t.teardown(() => closeServer(server))
  return (await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')).port
}

t.test('files that cannot be used are refused at start, each by name and cause', async (t) => {
  const dir = directory(t)
  mkdirSync(join(dir, 'folder'))
  writeFileSync(join(dir, 'empty'), '')
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const cert = file('cert', first.cert)
  const key = file('key', first.key)
  const openssl = (...args: string[]): string => execFileSync('openssl', args).toString()
  const encrypted = openssl('pkey', '-in', key, '-aes128', '-passout', 'pass:x')
  const short = ['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-days', '2', '-subj', '/CN=a']
  execFileSync('openssl', [...short, '-keyout', join(dir, 'rsa.key'), '-out', join(dir, 'rsa')], {
    stdio: 'ignore',
  })
  const broken = first.cert.replace(/\n.{20}/, '\n!!!!')
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [join(dir, 'none'), key, /^--tls-cert ".*none": cannot be read \(ENOENT\); name a PEM file$/],
    [cert, join(dir, 'none'), /^--tls-key ".*none": cannot be read \(ENOENT\); name a PEM file$/],
    [join(dir, 'folder'), key, /^--tls-cert ".*folder": cannot be read \(EISDIR\)/],
    [join(dir, 'empty'), key, /^--tls-cert ".*empty": holds no certificate/],
    [key, cert, /^--tls-cert ".*key": holds no certificate/],
    [file('broken', broken), key, /^--tls-cert ".*broken": holds no certificate/],
    [cert, cert, /^--tls-key ".*cert": holds no private key/],
    [cert, join(dir, 'empty'), /^--tls-key ".*empty": holds no private key/],
    [cert, file('encrypted', encrypted), /^--tls-key ".*encrypted": is encrypted; store/],
    [cert, file('other', second.key), /^--tls-key ".*other": is not the key of the first cert/],
    [
      file('reversed', authority.ca + first.cert),
      key,
      /^--tls-key ".*key": is not the key of the first certificate in .*reversed/,
    ],
    [join(dir, 'rsa'), join(dir, 'rsa.key'), /^--tls-cert ".*rsa": cannot be used \(.*small/],
  ]
  const { clock } = recording()
  for (const [certFile, keyFile, message] of cases)
    t.throws(() => new ServerTls({ certFile, keyFile }, silentLog, clock), {
      name: 'ConfigError',
      message,
    })
})

t.test(
  'an expired certificate is warned about, and the first end of the chain counts',
  async (t) => {
    const { lines, log, clock } = recording()
    const secret = mountSecret(t)
    secret.write(expired)
    const tls = new ServerTls(secret, log, clock)
    t.ok(tls.expiresS * 1e6 < clock.nowUs())
    t.match(lines, [/has expired; no client will connect/])
    secret.write({ cert: first.cert + expired.cert, key: first.key })
    t.equal(new ServerTls(secret, silentLog, clock).expiresS, tls.expiresS)
  },
)

t.test('a renewed pair is shown from the next look on; who is connected stays so', async (t) => {
  const { lines, log, clock, pass } = recording()
  const secret = mountSecret(t)
  const tls = new ServerTls(secret, log, clock)
  const port = await serve(t, tls)
  const before = await shown(port)
  const early = connect({ port, host: '127.0.0.1', ca: authority.ca })
  await once(early, 'secureConnect')
  secret.write(second)
  pass(reloadMs - 1)
  tls.poll()
  t.equal(await shown(port), before, 'not looked at yet')
  pass(1)
  tls.poll()
  const after = await shown(port)
  t.not(after, before)
  pass(reloadMs)
  tls.poll()
  t.match(tls.counts, { reloads: 1, reloadFailures: 0 })
  t.strictSame(lines, [])
  early.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const [answer] = await once(early, 'data')
  t.match(String(answer), /^HTTP\/1\.1 200/)
  early.destroy()
})

t.test('what cannot be used never replaces what can, and is complained about once', async (t) => {
  const { lines, log, clock, pass } = recording()
  const secret = mountSecret(t)
  const tls = new ServerTls(secret, log, clock)
  const port = await serve(t, tls)
  const before = await shown(port)
  const poll = (): void => {
    pass(reloadMs)
    tls.poll()
  }
  const broken: readonly (readonly [IssuedPair, RegExp])[] = [
    [{ cert: second.cert, key: first.key }, /--tls-key .* is not the key/],
    [{ cert: '', key: second.key }, /--tls-cert .* holds no certificate/],
    [{ cert: second.cert, key: 'x' }, /--tls-key .* holds no private key/],
    [expired, /--tls-cert .* has expired/],
  ]
  for (const [index, [pair, message]] of broken.entries()) {
    secret.write(pair)
    poll()
    poll()
    t.equal(tls.counts.reloadFailures, 2 * (index + 1))
    t.equal(lines.length, index + 1)
    t.match(lines.at(-1), message)
    t.match(lines.at(-1), /the certificate from before stays in use/)
    t.equal(await shown(port), before)
  }
  rmSync(secret.certFile)
  poll()
  t.match(lines.at(-1), /cannot be read \(ENOENT\)/)
  t.equal(await shown(port), before)
  symlinkSync('..data/tls.crt', secret.certFile)
  secret.write(second)
  poll()
  t.not(await shown(port), before)
  t.equal(tls.counts.reloads, 1)
})

t.test('TLS before 1.2 and what is no TLS end as counted handshakes', async (t) => {
  const { clock, pass } = recording()
  const secret = mountSecret(t)
  const tls = new ServerTls(secret, silentLog, clock)
  const port = await serve(t, tls)
  const old = async (): Promise<void> => {
    const socket = connect({
      ...{ port, host: '127.0.0.1', ca: authority.ca, ciphers: 'DEFAULT@SECLEVEL=0' },
      ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    })
    await t.rejects(once(socket, 'secureConnect'), { code: /PROTOCOL_VERSION|EPROTO|ECONNRESET/ })
  }
  await old()
  secret.write(second)
  pass(reloadMs)
  tls.poll()
  await old()
  const plain = connectTcp(port, '127.0.0.1', () => plain.write('GET / HTTP/1.1\r\n\r\n'))
  plain.on('error', () => {})
  await once(plain, 'close')
  await until('all three are counted', () => tls.counts.handshakeFailures === 3)
  t.equal(tls.counts.handshakeFailures, 3)
})
