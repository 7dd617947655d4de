/**
 * The network of the connection tests, without Mayfly: what curl, nginx, dnsmasq and the small programs count is equal, so that a
 * difference found later is Mayfly's.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { compileProgram } from '#test/fixtures/mayfly.ts'
import {
  type Host,
  makeNetwork,
  type RunningProgram,
  redirect,
  runIn,
  silentAddress,
  startIn,
} from '#test/fixtures/network.ts'
import {
  type ContainerResult,
  hostPrograms,
  makeBundle,
  type OciRuntime,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'
import { until } from '#test/fixtures/until.ts'
import { startWebServer } from '#test/fixtures/web-server.ts'

const requests = 200

/** Runs a shell script with Debian's programs in a container of that host. */
const runShell = async (
  t: Test,
  runtime: OciRuntime,
  host: Host,
  nameserver: string,
  script: string,
): Promise<ContainerResult> => {
  const bundle = await makeBundle(t, {
    args: ['/bin/sh', '-c', script],
    networkNamespacePath: host.namespacePath,
    hostDirectories: hostPrograms,
    files: { '/etc/resolv.conf': { content: `nameserver ${nameserver}\n` } },
  })
  return runContainer({ runtime, id: randomContainerId(), bundle })
}

/** One curl after the other, each with a connection and a lookup of its own; what each got, as one line. */
const curls = (url: string): string =>
  `n=0; while [ $n -lt ${requests} ]; do curl -s4 -o /dev/null -w '%{http_code} %{size_request} %{size_header} %{size_download}\\n' ${url}$n; n=$((n+1)); done`

for (const runtime of ['crun', 'runc'] as const) {
  t.test(`curl and nginx in ${runtime} containers count the same`, async (t) => {
    const { hosts } = makeNetwork(t, { hosts: ['client', 'server', 'dns'] })
    const { client, server, dns } = hosts
    const web = await startWebServer(t, server, { runtime, bodyBytes: 1234 })
    const records = {
      hosts: { 'web.example.test': [server.ipv4, server.ipv6] },
      aliases: { 'www.example.test': 'web.example.test' },
    }
    const docker = '127.0.0.11'
    const service = '10.96.0.10'
    redirect(client, {
      from: { address: service, port: 53 },
      to: { address: dns.ipv4, port: 5353 },
    })
    redirect(client, { from: { address: docker, port: 53 }, to: { address: docker, port: 41053 } })
    const direct = await startDnsServer(t, dns, { records, log: true })
    const behindService = await startDnsServer(t, dns, { records, port: 5353, log: true })
    const asDocker = await startDnsServer(t, client, {
      ...{ records, addresses: [docker], port: 41053, log: true },
    })
    const ways = [
      ['the server itself', dns.ipv4, direct, 'web.example.test'],
      ['a Service, on another port of another host', service, behindService, 'www.example.test'],
      ['a resolver on a high port of loopback, as of Docker', docker, asDocker, 'web.example.test'],
    ] as const
    let before = 0
    for (const [way, nameserver, names, name] of ways) {
      const result = await runShell(t, runtime, client, nameserver, curls(`http://${name}/`))
      t.match(result, { exitCode: 0, stderr: '' }, way)
      const got = result.stdout.split('\n').filter(Boolean)
      t.equal(got.length, requests)
      t.ok(got.every((line) => /^200 \d+ \d+ 1234$/.test(line)))
      await until('nginx logged the last', () => web.requests().length >= before + requests)
      const logged = web.requests().slice(before)
      before += requests
      t.equal(logged.length, requests)
      t.strictSame(
        logged.map(({ status, receivedBytes, sentBytes, path }) => [
          status,
          receivedBytes,
          sentBytes,
          path,
        ]),
        got.map((line, n) => {
          const [status, request = 0, header = 0, body = 0] = line.split(' ').map(Number)
          return [status, request, header + body, `/${n}`]
        }),
        'each request and its bytes',
      )
      t.equal(
        new Set(logged.map(({ connection }) => connection)).size,
        requests,
        'a connection each',
      )
      t.ok(logged.every((one) => one.client === client.ipv4))
      t.equal(names.queries(name, 'A'), requests, 'one lookup each')
    }
  })
}

/** The last line of a program of ours, once it has ended. */
const lastLine = (output: string): Record<string, number> =>
  JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>

interface Place {
  readonly client: Host
  readonly server: Host
  readonly dial: string
  readonly ask: string
  /** Starts answer in the server's host; resolves once it serves. */
  readonly answer: (
    options: readonly string[],
    address?: string,
  ) => Promise<{ readonly port: number; readonly program: RunningProgram }>
}

const makePlace = (t: Test): Place => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-programs-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const { client, server } = makeNetwork(t, { hosts: ['client', 'server'] }).hosts
  const program = compileProgram('answer', dir)
  return {
    ...{ client, server, dial: compileProgram('dial', dir), ask: compileProgram('ask', dir) },
    answer: async (options, address = '::') => {
      const running = startIn(t, server, program, [...options, address, '0'])
      await until('answer told its port', () => running.output().includes('\n'))
      return { port: lastLine(running.output()).port ?? 0, program: running }
    },
  }
}

t.test('what dial and answer count is equal', async (t) => {
  const { client, server, dial, answer } = makePlace(t)
  const run = async (args: readonly string[]): Promise<Record<string, number>> =>
    lastLine((await runIn(client, dial, args)).stdout)
  const cases = [
    ['one short connection, ended by the server', 1, server.ipv4, [], []],
    ['IPv6, four workers', 300, server.ipv6, [], ['-w', '4']],
    ['IPv4 by a v4-mapped address', 50, `::ffff:${server.ipv4}`, [], []],
    ['ended by the client', 50, server.ipv4, ['-r', '7'], ['-s', '7', '-c', 'peer']],
    ['bulk', 2, server.ipv4, ['-s', '50000000'], ['-r', '50000000', '-s', '3000000']],
    ['requests until the end', 20, server.ipv6, ['-m', 'connect'], ['-r', '-1', '-s', '0']],
  ] as const
  for (const [what, count, address, dialOptions, answerOptions] of cases) {
    const { port, program } = await answer([...answerOptions, '-n', String(count)])
    const made = await run([...dialOptions, address, String(port), String(count)])
    await until(`${what}: answer stopped by itself`, () => program.child.exitCode !== null)
    const served = lastLine(await program.stop())
    t.match(made, { connected: count, refused: 0, failed: 0, aborted: 0, cut: 0 }, what)
    t.equal(served.accepted, count, what)
    t.equal(served.received, made.sent, what)
    t.equal(served.sent, made.received, what)
  }

  const { program } = await answer(['-w', '3'])
  t.match(lastLine(await program.stop()), { accepted: 0 }, 'it can be stopped, with its workers')
})

t.test('a connection that does not come about', async (t) => {
  const { client, server, dial } = makePlace(t)
  const cases = [
    ['a closed port', [server.ipv4, '9', '30'], { refused: 30 }],
    ['a closed port, IPv6', [server.ipv6, '9', '30'], { refused: 30 }],
    ['beyond the network', ['203.0.113.1', '80', '1'], { failed: 1 }],
    ['beyond the network, IPv6', ['2001:db8::1', '80', '1'], { failed: 1 }],
    ['given up early', ['-m', 'abort', silentAddress.ipv4, '80', '30'], { aborted: 30 }],
    ['given up early, IPv6', ['-m', 'abort', silentAddress.ipv6, '80', '30'], { aborted: 30 }],
  ] as const
  for (const [what, args, expected] of cases) {
    const made = lastLine((await runIn(client, dial, args)).stdout)
    t.match(made, { connected: 0, refused: 0, failed: 0, aborted: 0, ...expected }, what)
  }
})

t.test('what ask, dnsmasq and answer count is equal', async (t) => {
  const { client, server, ask, answer } = makePlace(t)
  const run = async (args: readonly string[]): Promise<Record<string, number>> =>
    lastLine((await runIn(client, ask, args)).stdout)
  const records = { wildcards: { 'example.test': '192.0.2.1' } }
  const dns = await startDnsServer(t, server, { records, log: true })
  for (const kind of ['new', 'one', 'free']) {
    for (const address of [server.ipv4, server.ipv6]) {
      const domain = `${kind}-${address.includes(':') ? 6 : 4}.example.test`
      const asked = await run(['-k', kind, '-d', domain, 'dns', address, '53', '40'])
      t.match(asked, { sent: 40, answered: 40, unanswered: 0, refused: 0, failed: 0 }, domain)
      await until(`dnsmasq logged the last of ${domain}`, () =>
        dns.program.output().includes(`query[A] q-39.${domain} `),
      )
      t.equal(dns.queries(`q-0.${domain}`, 'A'), 1)
    }
  }
  for (const [options, expected] of [
    [['-s', '0'], { answered: 0, unanswered: 25 }],
    [['-s', '9'], { answered: 25, unanswered: 0, bytesReceived: 225 }],
  ] as const) {
    const { port, program } = await answer(['-u', ...options, '-n', '25'])
    const wait = expected.answered === 0 ? '0' : '5000'
    const asked = await run(['-w', wait, '-s', '100', 'datagrams', server.ipv4, `${port}`, '25'])
    t.match(asked, { sent: 25, bytesSent: 2500, ...expected })
    await until('answer stopped by itself', () => program.child.exitCode !== null)
    t.match(lastLine(await program.stop()), { accepted: 25, received: 2500 })
  }
  t.match(
    await run(['datagrams', server.ipv4, '9', '5']),
    { sent: 5, refused: 5, answered: 0 },
    'a closed port',
  )
})

t.test('nothing of a network is left after the test, whatever still runs in it', async (t) => {
  const actions: (() => unknown)[] = []
  const made = { teardown: (action: () => unknown) => void actions.unshift(action) }
  const { bridge, hosts } = makeNetwork(made, { hosts: ['only'] })
  // Not startIn, so that nobody but the network knows of it.
  const [command, ...args] = ['nsenter', `--net=${hosts.only.namespacePath}`, 'sleep', '600']
  const child = spawn(command ?? '', args, { stdio: 'ignore' })
  const gone = new Promise((done) => child.once('exit', (_, signal) => done(signal)))
  await until('it runs there', () =>
    execFileSync('ip', ['netns', 'pids', hosts.only.namespace], { encoding: 'utf8' }).includes(
      String(child.pid),
    ),
  )
  for (const action of actions) await action()
  t.equal(await gone, 'SIGKILL')
  t.notOk(existsSync(bridge.namespacePath))
  t.notOk(existsSync(hosts.only.namespacePath))
  for (const action of actions) t.doesNotThrow(action, 'removing twice is no error')
})

t.test('a network that cannot be made says why, and leaves nothing', async (t) => {
  const actions: (() => unknown)[] = []
  const made = { teardown: (action: () => unknown) => void actions.unshift(action) }
  t.throws(
    () => makeNetwork(made, { hosts: ['a'], cidr: '10.0.0.0/8' }),
    /a network here is a \/24/,
  )
  t.throws(() => makeNetwork(made, { hosts: ['same', 'same'] }), /File exists/)
  const named = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  t.match(named, /-same/, 'it had got half-way')
  const half = /mayfly-([0-9a-f]+)-same/.exec(named)?.[1] ?? ''
  for (const action of actions) await action()
  t.notMatch(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }), half)
})
