/**
 * TLS between real ends: an agent's uplink and the collector's ingest while certificate and authority are renewed under them, and
 * the programs as people start them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Spool } from '#agent/spool/spool.ts'
import { Uplink } from '#agent/uplink.ts'
import { readAuthority } from '#base/authority.ts'
import { Backoff } from '#base/backoff.ts'
import { systemClock } from '#base/clock.ts'
import { closeServer, createHttpsServer, listenOn } from '#base/listen.ts'
import { type Log, silentLog } from '#base/log.ts'
import { createAuth } from '#collector/auth.ts'
import { createIngest } from '#collector/ingest/ingest.ts'
import { reloadMs, ServerTls } from '#collector/tls.ts'
import { startLossyProxy } from '#test/fixtures/lossy-proxy.ts'
import { freePort, Program, runMayfly, until as untilAnswer } from '#test/fixtures/mayfly.ts'
import { MemoryStore } from '#test/fixtures/memory-store.ts'
import { eventId, namedEvent } from '#test/fixtures/named-events.ts'
import { until } from '#test/fixtures/until.ts'
import {
  type Authority,
  type CertificateKind,
  makeAuthority,
} from '#test/stand-ins/certificates.ts'

const names = ['IP:127.0.0.1', 'DNS:localhost']

const directory = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-tls-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const authorityFor = (t: Test): Authority => {
  const authority = makeAuthority()
  t.teardown(authority.remove)
  return authority
}

/** Collector and agent, whose connections can be cut; both read their files from `dir`. */
const connect = async (t: Test, authority: Authority) => {
  const dir = directory(t)
  const [certFile, keyFile, caFile] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) =>
    join(dir, name),
  ) as [string, string, string]
  const install = (from: Authority, kind: CertificateKind = 'ca'): void => {
    const { cert, key } = from.issue(kind, names)
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
  }
  const trust = (...authorities: readonly Authority[]): void =>
    writeFileSync(caFile, authorities.map(({ ca }) => ca).join(''))
  install(authority)
  trust(authority)

  let ms = 0
  const clock = { nowUs: () => systemClock.nowUs(), monotonicMs: () => ms }
  const tls = new ServerTls({ certFile, keyFile }, silentLog, clock)
  const server = tls.serve(
    createHttpsServer(100, (_request, response) => response.end(), tls.options),
  )
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  const store = new MemoryStore()
  const ingest = createIngest({
    ...{ server, store, auth: createAuth('secret') },
    ...{ log: silentLog, clock: systemClock, lingerMs: 5 },
  })
  const proxy = await startLossyProxy(port)

  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (_facts, message) => void warnings.push(message) }
  const spool = Spool.open({
    ...{ dir: undefined, boot: 'boot-1', pid: process.pid, log: silentLog, clock: systemClock },
  })
  const uplink = new Uplink({
    ...{ spool, log, clock: systemClock, lingerMs: 5 },
    ...{ url: `wss://127.0.0.1:${proxy.port}/v1/ingest`, agent: 'agent-1', node: 'node-1' },
    ...{ agentVersion: '0.0.0', capabilities: [], kernel: '6.1.0' },
    token: () => 'secret',
    ca: () => readAuthority(caFile),
    status: () => ({
      ledger: { captured: 0, filtered: 0, lost: 0, spooled: 0, acked: 0 },
      ...{ sources: [], kernelUnaccounted: 0 },
    }),
    backoff: new Backoff({ baseMs: 5, capMs: 20 }),
  })
  t.teardown(async () => {
    await uplink.close(0)
    await proxy.close()
    store.close()
    await ingest.close()
    await closeServer(server)
  })
  uplink.start()
  let count = 0
  return {
    ...{ install, trust, tls, uplink, warnings, store },
    append: (): void => {
      count += 1
      spool.append({ ringId: 0, ringPosition: 0, events: [namedEvent(`${count}`)] })
    },
    delivered: () => until('all is acknowledged', () => spool.stats().pendingEvents === 0),
    told: (message: RegExp) =>
      until(`${message} is said`, () => message.test(warnings.at(-1) ?? '')),
    /** The collector looks at its files. */
    look: (): void => {
      ms += reloadMs
      tls.poll()
    },
    cut: () => proxy.cut(),
    stored: () => store.rows.map(({ event }) => Number(eventId(event))),
    appended: () => Array.from({ length: count }, (_, index) => index + 1),
  }
}

t.test('certificate and authority are renewed under an agent that goes on', async (t) => {
  const [old, renewed] = [authorityFor(t), authorityFor(t)]
  const site = await connect(t, old)
  const steps: readonly (readonly [string, () => void])[] = [
    ['as it begins', () => {}],
    ['a new certificate of the same authority', () => site.install(old)],
    ['the agent trusts both authorities', () => site.trust(old, renewed)],
    ['a certificate of the new one', () => site.install(renewed)],
    ['the agent forgets the old one', () => site.trust(renewed)],
  ]
  for (const [, step] of steps) {
    site.append()
    await site.delivered()
    step()
    site.append()
    site.look()
    site.append()
    site.cut()
    site.append()
    await site.delivered()
  }
  t.strictSame(site.stored(), site.appended(), 'every event once, and in order')
  t.strictSame(site.store.violations, [])
  t.match(site.tls.counts, { reloads: 2, reloadFailures: 0 })
  t.equal(site.tls.counts.handshakeFailures, 0, 'no connection was refused on the way')
  t.notOk(site.warnings.some((line) => /tls|certificate/i.test(line)))
})

t.test('whatever is wrong with the certificate is named, and its cure loses nothing', async (t) => {
  const [authority, stranger] = [authorityFor(t), authorityFor(t)]
  const site = await connect(t, authority)
  const cases: readonly (readonly [string, () => void, () => void, RegExp])[] = [
    [
      'a name that is not the one dialled',
      () => site.install(authority, 'wrong-name'),
      () => site.install(authority),
      /is for another name \(IP: 127\.0\.0\.1 is not in the cert's list.*\)/,
    ],
    [
      'an authority the agent does not know',
      () => site.install(stranger),
      () => site.trust(authority, stranger),
      /is not signed by an authority that is trusted here \(\w+\): name the authority with --collector-ca/,
    ],
    [
      'an authority’s file that is empty for a moment',
      () => site.trust(),
      () => site.trust(stranger),
      /--collector-ca ".*ca\.crt": holds no certificate/,
    ],
  ]
  for (const [what, spoil, cure, message] of cases) {
    spoil()
    site.look()
    site.cut()
    site.append()
    await site.told(message)
    // It may be at its next try already.
    t.match(site.uplink.stats().state, /^(waiting|connecting)$/, what)
    cure()
    site.look()
    await site.delivered()
  }
  t.strictSame(site.stored(), site.appended())
  t.strictSame(site.store.violations, [])
})

t.test(
  'a certificate that has expired has words of its own, and a renewal ends them',
  async (t) => {
    const authority = authorityFor(t)
    const dir = directory(t)
    const [cert, key] = [join(dir, 'tls.crt'), join(dir, 'tls.key')]
    const { cert: text, key: keyText } = authority.issue('expired', names)
    writeFileSync(cert, text)
    writeFileSync(key, keyText)
    const port = await freePort()
    const program = new Program([
      ...[
        'collector',
        '--data-dir',
        dir,
        '--listen',
        `127.0.0.1:${port}`,
        '--metrics-listen',
        'off',
      ],
      ...['--tls-cert', cert, '--tls-key', key],
    ])
    t.teardown(() => program.stop())
    const status = (url: string, ...more: readonly string[]) =>
      runMayfly(['status', '--collector', url, '--collector-ca', authority.caFile, ...more])
    const url = `https://127.0.0.1:${port}`
    await untilAnswer('the collector to be ready', () => /is ready/.test(program.errors))
    t.match(program.errors, /tls: the certificate has expired/)
    t.match((await status(url)).errors, /^mayfly: collector https.*has expired: renew it.*\n$/)
    const fresh = authority.issue('ca', names)
    writeFileSync(cert, fresh.cert)
    writeFileSync(key, fresh.key)
    const isRenewed = (): boolean => /tls: a new certificate is in use/.test(program.errors)
    await untilAnswer('the renewed one to be in use', isRenewed, 90_000)
    t.match(await status(url), { code: 0, errors: '' })
    const other = authorityFor(t)
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [url, other.caFile, /^mayfly: collector https.*: its certificate is not signed by .*\n$/],
      [
        `http://127.0.0.1:${port}`,
        authority.caFile,
        /^mayfly: collector http:.*cannot reach it .*\n$/,
      ],
      [url, join(dir, 'none'), /^mayfly: --collector-ca ".*none": cannot be read \(ENOENT\).*\n$/],
    ]
    for (const [collector, ca, message] of cases) {
      const answer = await runMayfly(['status', '--collector', collector, '--collector-ca', ca])
      t.notOk(answer.code === 0)
      t.match(answer.errors, message)
    }
    t.equal(await program.stop(), 0)
  },
)

t.test('files that cannot be used end the collector’s start, in one line', async (t) => {
  const dir = directory(t)
  const cert = join(dir, 'tls.crt')
  writeFileSync(cert, 'no certificate')
  const start = (...args: readonly string[]) => runMayfly(['collector', '--data-dir', dir, ...args])
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--tls-cert', cert], /^mayfly: --tls-key: certificate and key go together: give both\n$/],
    [['--tls-key', cert], /^mayfly: --tls-cert: certificate and key go together: give both\n$/],
    [
      ['--tls-cert', cert, '--tls-key', join(dir, 'none')],
      /^mayfly: --tls-key ".*none": cannot be read \(ENOENT\); name a PEM file\n$/,
    ],
    [
      ['--tls-cert', cert, '--tls-key', cert],
      /^mayfly: --tls-cert ".*tls\.crt": holds no certificate; name a PEM file\n$/,
    ],
  ]
  for (const [args, message] of cases) {
    const { code, errors } = await start(...args)
    t.equal(code, 2)
    t.match(errors, message)
  }
})
