/**
 * Everything that people, disks, kubelets and hostile processes get wrong, against the real programs: each is answered with one
 * line that says what and what to do, and nothing that was asked for is lost or passed on unescaped.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { segmentFileName } from '#agent/spool/segment.ts'
import { encodeSegmentHeader, segmentHeaderBytes } from '#agent/spool/segment-format.ts'
import { silentLog } from '#base/log.ts'
import { embeddedClient, embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { versionTable } from '#collector/store/tables.ts'
import type { TimelineAnswer, TimelineExec } from '#proto/api.ts'
import { noTotals } from '#proto/frame.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { freePort, Program, runMayfly, Site, until } from '#test/fixtures/mayfly.ts'
import { makeBundle, randomContainerId, startContainer } from '#test/fixtures/oci-bundle.ts'
import { type KubeletOptions, type StandInKubelet, startKubelet } from '#test/stand-ins/kubelet.ts'

/** A directory whose path is short enough for the store's socket. */
const makeDirectory = (t: Test): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-bad-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Holds a port of 127.0.0.1 for the test. */
const holdPort = async (t: Test): Promise<string> => {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Lines for people; the log's are JSON. */
const plainLines = (errors: string): readonly string[] =>
  errors.split('\n').filter((line) => line !== '' && !line.startsWith('{'))

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly code?: string
}

/** The log's warnings and errors. */
const warningsOf = ({ errors }: Program): readonly LogLine[] =>
  errors
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ level }) => level >= 40)

/** Runs a program that must end by itself, with this status and exactly this one line. */
const refused = async (
  t: Test,
  args: readonly string[],
  { status, line, lines = 1 }: { readonly status: number; readonly line: RegExp; lines?: number },
): Promise<void> => {
  const program = new Program(args)
  t.teardown(() => program.stop('SIGKILL'))
  const closed = new Promise((done) => program.child.once('close', done))
  await until(`${args.join(' ')} to end`, () => !program.running)
  await closed
  const said = plainLines(program.errors)
  t.match(said[0], line)
  t.equal(said.length, lines, said.join('\n'))
  t.equal(program.child.exitCode, status, 'exit status')
  t.equal(program.output, '', 'nothing on stdout')
}

interface RunningAgent {
  readonly program: Program
  readonly metric: (name: string) => Promise<number>
}

/** An agent of its own data directory and node name, with /proc unless told otherwise. */
const startAgent = async (
  t: Test,
  site: Site,
  { node, args = [] }: { readonly node: string; readonly args?: readonly string[] },
): Promise<RunningAgent> => {
  const listen = `127.0.0.1:${await freePort()}`
  const program = new Program([
    ...['agent', '--collector', site.url, '--node', node, '--metrics-listen', listen],
    ...['--bpffs', site.bpffs],
    ...(args.includes('--source') ? [] : ['--source', 'procfs']),
    ...(args.includes('--data-dir') ? [] : ['--data-dir', join(site.dir, node)]),
    ...args,
  ])
  t.teardown(() => program.stop('SIGKILL'))
  // Ready it is only where its disk takes the spool, which some of these do not.
  await until('the agent to run', async () => (await fetch(`http://${listen}/healthz`)).ok)
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://${listen}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  }
  return { program, metric }
}

/** A process that /proc sampling cannot miss; ends with the test. */
const startSleeper = (t: Test, marker: string, program = '/bin/sh'): number => {
  const child = spawn(program, ['-c', 'read -r line', marker], { stdio: 'pipe' })
  t.teardown(() => child.kill('SIGKILL'))
  return child.pid ?? 0
}

const execsOf = async (site: Site, query: Readonly<Record<string, string>>) =>
  (await site.events({ kind: 'exec', ...query })) as TimelineExec[]

/** Waits until the node's agent has delivered an exec with the marker. */
const untilSeen = async (site: Site, node: string, marker: string): Promise<TimelineExec> => {
  let found: TimelineExec | undefined
  await until(`${marker} from ${node}`, async () => {
    found = (await execsOf(site, { node, q: marker })).find(({ process }) =>
      process.argv?.includes(marker),
    )
    return found !== undefined
  })
  return found as TimelineExec
}

t.test('wrong values are refused: which field, what was written, what to write', async (t) => {
  const dir = makeDirectory(t)
  const rules = join(dir, 'rules.yaml')
  writeFileSync(rules, 'rules: [unclosed')
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/--ring-size "3MiB": write a power of two/, 'agent', '--ring-size', '3MiB'],
    [/--source "dtrace": write one of auto, ebpf, procfs/, 'agent', '--source', 'dtrace'],
    [/--token: give --token or --token-file/, 'agent', '--token', 'a', '--token-file', 'b'],
    [/--token-file "\S+absent": cannot be read/, 'agent', '--token-file', join(dir, 'absent')],
    [/--proc-root "\S+": no procfs is mounted there/, 'agent', '--proc-root', dir],
    [/--redaction-config "\S+rules\.yaml": not YAML/, 'agent', '--redaction-config', rules],
    [/--collector-ca "\S+absent": cannot be read/, 'agent', '--collector-ca', join(dir, 'absent')],
    [/--no-such-flag/, 'agent', '--no-such-flag'],
    [/--retention "36h": write whole days/, 'collector', '--retention', '36h'],
    [/a token is required to listen on 0\.0\.0\.0/, 'collector', '--listen', '0.0.0.0:0'],
    [/a token is required to listen on ::/, 'up', '--listen', '[::]:0'],
    [/--agent-metrics-listen "x": /, 'up', '--agent-metrics-listen', 'x'],
    [/--since "yesterday": /, 'timeline', '--since', 'yesterday'],
    [/--kind "exec,exek": write kinds/, 'timeline', '--kind', 'exec,exek'],
    [/unknown command 'tymeline'/, 'tymeline'],
  ]
  for (const [line, command = '', ...args] of cases) {
    const isProgram = ['agent', 'collector', 'up'].includes(command)
    const place = isProgram ? ['--data-dir', dir] : []
    await refused(t, [command, ...args, ...place], { status: 2, line })
  }
  t.strictSame(
    readdirSync(dir).filter((name) => name !== 'rules.yaml' && name !== 'agent'),
    [],
    'no store was begun',
  )
})

t.test('a port in use ends the start with one line', async (t) => {
  const dir = makeDirectory(t)
  const held = await holdPort(t)
  const free = () => freePort().then((port) => `127.0.0.1:${port}`)
  const line = (flag: string) => new RegExp(`^mayfly: ${flag} ${held}: another process listens`)
  const data = ['--data-dir', dir]
  await refused(t, ['collector', ...data, '--listen', held], { status: 1, line: line('--listen') })
  await refused(t, ['collector', ...data, '--listen', await free(), '--metrics-listen', held], {
    status: 1,
    line: line('--metrics-listen'),
  })
  await refused(t, ['agent', ...data, '--source', 'procfs', '--metrics-listen', held], {
    status: 1,
    line: line('--metrics-listen'),
  })
  await refused(t, ['up', ...data, '--listen', held], { status: 1, line: line('--listen') })
  const ports = ['--listen', await free(), '--metrics-listen', await free()]
  const up = ['up', ...data, ...ports, '--source', 'procfs', '--agent-metrics-listen', held]
  // The agent's own line, and the one that says whose it was.
  await refused(t, up, { status: 1, line: line('--metrics-listen'), lines: 2 })
})

t.test('data of a newer version is left alone', async (t) => {
  const dir = makeDirectory(t)
  const listen = ['--listen', `127.0.0.1:${await freePort()}`, '--metrics-listen', 'off']

  const spool = join(dir, 'agent/spool')
  mkdirSync(spool, { recursive: true })
  const header = encodeSegmentHeader({
    epoch: 1,
    firstSeq: 1,
    boot: 'b',
    begunNs: 0,
    before: noTotals,
  })
  header.writeUInt32LE(99, 8)
  const checksum = crc32(header.subarray(16, segmentHeaderBytes), crc32(header.subarray(8, 12)))
  header.writeUInt32LE(checksum, 12)
  writeFileSync(join(spool, segmentFileName(1)), header)
  await refused(t, ['agent', '--data-dir', dir, '--source', 'procfs', '--metrics-listen', 'off'], {
    status: 1,
    line: /was written by a newer Mayfly: run that version, or move the spool directory away/,
  })
  t.ok(readdirSync(spool).includes(segmentFileName(1)), 'the segment is still there')

  const engine = await EmbeddedEngine.start({
    dataDir: join(dir, 'store'),
    database: embeddedDatabase,
    memoryBytes: 800_000_000,
    log: silentLog,
  })
  const client = embeddedClient(engine.agent())
  await client.command({ query: versionTable })
  await client.command({ query: 'INSERT INTO schema_version (version) VALUES (99)' })
  await client.close()
  await engine.stop()
  await refused(t, ['collector', '--data-dir', dir, ...listen], {
    status: 1,
    line: /holds data of schema version 99, .*start the newer Mayfly/,
  })
})

t.test('an agent with the wrong token waits, and nothing is lost', async (t) => {
  const site = await Site.make()
  t.teardown(() => site.close())
  const [right, wrong] = [join(site.dir, 'collector-token'), join(site.dir, 'agent-token')] as const
  writeFileSync(right, 'the-right-one')
  writeFileSync(wrong, 'the-wrong-one')
  await site.startCollector(['--token-file', right])
  const args = ['--host', 'on', '--token-file', wrong]
  const { program, metric } = await startAgent(t, site, { node: 'node-1', args })
  const marker = `token-${randomBytes(6).toString('hex')}`
  startSleeper(t, marker)
  await until('the agent to have tried again', async () => {
    return (await metric('mayfly_agent_reconnects_total')) >= 2
  })
  t.match(warningsOf(program), [
    { code: 'unauthorized', msg: /401, token refused.*events wait in the spool/ },
  ])
  t.equal(warningsOf(program).length, 1, 'said once, not at each attempt')
  t.notMatch(program.errors, /the-wrong-one/, 'and without the token')
  t.equal(program.running, true)
  const client = ['--collector', site.url, '-o', 'json']
  const asked = await runMayfly(['timeline', ...client, '--token-file', wrong])
  t.not(asked.code, 0)
  t.match(plainLines(asked.errors), [/token/])

  writeFileSync(wrong, 'the-right-one\n')
  let answer: TimelineAnswer | undefined
  await until('the events from before', async () => {
    const query = ['--kind', 'exec', '--text', marker, '--token-file', right]
    const { output } = await runMayfly(['timeline', ...client, ...query])
    answer = JSON.parse(output) as TimelineAnswer
    return answer.events.length > 0
  })
  t.match(answer?.events, [{ process: { argv: ['/bin/sh', '-c', 'read -r line', marker] } }])
})

t.test('one collector for what follows', { timeout: 120_000 }, async (t) => {
  const site = await Site.make()
  t.teardown(() => site.close())
  await site.startCollector()

  t.test('a second agent is told who is in its way', async (t) => {
    const dir = join(site.dir, 'shared')
    const { program } = await startAgent(t, site, { node: 'first', args: ['--data-dir', dir] })
    const second = ['agent', '--data-dir', dir, '--source', 'procfs', '--metrics-listen', 'off']
    await refused(t, second, {
      status: 1,
      line: /spool \S+ is in use by another agent \(pid \d+\): stop it, or .*--data-dir/,
    })
    t.equal(program.running, true)
  })

  t.test('two agents cannot share a probe', needsBpf, async (t) => {
    const { program } = await startAgent(t, site, { node: 'owner', args: ['--source', 'ebpf'] })
    const other = ['--data-dir', join(site.dir, 'other'), '--bpffs', site.bpffs]
    const line = /another agent owns the probe pinned at \S+: stop the other agent first/
    await refused(t, ['agent', ...other, '--metrics-listen', 'off'], { status: 1, line })
    await refused(t, ['agent', '--detach', '--bpffs', site.bpffs], { status: 1, line })
    t.equal(program.running, true)
  })

  t.test('names and arguments that lie to a parser', async (t) => {
    await startAgent(t, site, { node: 'liar', args: ['--host', 'on'] })
    // As in /proc/PID/stat: a comm that closes its own bracket and goes on with a state and a parent.
    const program = join(site.dir, 'x) Z 1 (')
    copyFileSync('/bin/sh', program)
    const marker = `comm-${randomBytes(6).toString('hex')}`
    const pid = startSleeper(t, marker, program)
    const { process: seen } = await untilSeen(site, 'liar', marker)
    t.match(seen, { pid, parentPid: process.pid, exe: program, argv: [program] })
  })

  t.test('hostile arguments', needsBpf, async (t) => {
    await startAgent(t, site, { node: 'hostile', args: ['--source', 'ebpf', '--host', 'on'] })
    const run = randomBytes(6).toString('hex')
    const [huge, bytes, terminal] = [`huge-${run}`, `bytes-${run}`, `terminal-${run}`] as const
    // The kernel takes 128 KiB per argument.
    const parts = Array.from({ length: 8 }, () => 'A'.repeat(131_071))
    spawnSync('/bin/true', [huge, ...parts])
    spawnSync('/bin/sh', ['-c', `exec /bin/true ${bytes} "$(printf 'a\\377\\\\\\376')"`])
    const attack = 'line\nnext\u001b[31mred\u001b]0;title\u0007\u202egnp.exe\u2066\u009b2J\r'
    spawnSync('/bin/true', [terminal, attack])
    const { process: long } = await untilSeen(site, 'hostile', huge)
    const argvBytes = ['/bin/true', huge, ...parts].join(' ').length + 1
    t.match(long, { argvTruncated: true, argvBytes }, 'cut, with its full length')
    t.ok(JSON.stringify(long.argv).length < 65_536)
    const { process: stray } = await untilSeen(site, 'hostile', bytes)
    t.match(stray, { argvEscaped: true, argv: ['/bin/true', bytes, 'a\\xff\\\\\\xfe'] })
    const { process: exact } = await untilSeen(site, 'hostile', terminal)
    t.strictSame(exact.argv, ['/bin/true', terminal, attack], 'the API has it as it was')
    t.equal(exact.argvEscaped ?? false, false)

    for (const form of [['timeline', '--wide'], ['timeline']]) {
      const query = [
        '--collector',
        site.url,
        '--node',
        'hostile',
        '--text',
        run,
        '--color',
        'never',
      ]
      const { code, output, errors } = await runMayfly([...form, ...query])
      t.equal(code, 0, errors)
      t.notMatch(output, /[^\P{C}\n]|[\u2028\u2029]/u, 'no control, format or override character')
      t.match(output, new RegExp(`${terminal} .*\\$'line\\\\nnext\\\\x1b\\[31mred`))
      t.match(output, new RegExp(`${bytes} .*a\\\\xff`))
    }
  })

  // Who may load BPF programs may mount as well.
  t.test('disks that do not take the spool', needsBpf, async (t) => {
    const mountTmpfs = (name: string): string => {
      const dir = join(site.dir, name)
      mkdirSync(dir)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dir])
      t.teardown(() => execFileSync('umount', ['--lazy', dir]))
      return dir
    }
    const full = mountTmpfs('full')
    spawnSync('dd', ['if=/dev/zero', `of=${join(full, 'ballast')}`, 'bs=64k'])
    const readOnly = mountTmpfs('read-only')
    execFileSync('mount', ['-o', 'remount,ro', readOnly])
    const marker = `disk-${randomBytes(6).toString('hex')}`
    startSleeper(t, marker)
    const places = [
      ['full', full],
      ['read-only', readOnly],
      ['no directory', '/dev/null'],
    ] as const
    const agents = await Promise.all(
      places.map(([node, dir]) =>
        startAgent(t, site, { node, args: ['--host', 'on', '--data-dir', dir] }),
      ),
    )
    for (const [index, [node]] of places.entries())
      t.test(`${node}: the agent keeps events in memory and delivers them`, async (t) => {
        const { program, metric } = agents[index] as RunningAgent
        await untilSeen(site, node, marker)
        t.equal(await metric('mayfly_agent_spool_on_disk'), 0)
        const warnings = warningsOf(program).filter(({ msg }) => msg.startsWith('spool'))
        t.match(warnings, [{ msg: 'spool: disk failed, keeping events in memory' }])
        t.equal(warnings.length, 1)
        t.equal(program.running, true)
        t.equal(await program.stop(), 0, 'and ends in order')
      })
    const listen = ['--listen', `127.0.0.1:${await freePort()}`, '--metrics-listen', 'off']
    await refused(t, ['collector', '--data-dir', readOnly, ...listen], {
      status: 1,
      line: /data directory \S*read-only/,
    })
  })

  t.test('kubelets that do not help', { timeout: 60_000 }, async (t) => {
    const wrongToken = join(site.dir, 'wrong-token')
    writeFileSync(wrongToken, 'not.the.token')
    const cases: readonly {
      readonly node: string
      readonly message: RegExp
      readonly kubelet?: KubeletOptions
      readonly prepare?: (kubelet: StandInKubelet) => void
      readonly args?: (kubelet: StandInKubelet) => readonly string[]
    }[] = [
      {
        node: 'timeout',
        message: /did not answer within 10000 ms: the kubelet is overloaded or hangs/,
        prepare: (kubelet) => kubelet.setMode('hang'),
      },
      {
        node: 'garbage',
        message: /does not speak HTTP/,
        prepare: (kubelet) => kubelet.setMode('garbage'),
      },
      {
        node: 'unauthorized',
        message: /does not accept the token \(401\)/,
        args: () => ['--kubelet-token-file', wrongToken],
      },
      {
        node: 'forbidden',
        message: /\(403\): grant "get" on nodes\/pods/,
        prepare: (kubelet) => writeFileSync(kubelet.tokenFile, kubelet.forbiddenToken),
      },
      {
        node: 'x509_wrong_name',
        message: /is for DNS:another-node, not for .*--kubelet-certificate/,
        kubelet: { certificate: 'wrong-name' },
      },
      {
        node: 'x509_unknown_authority',
        message: /unknown authority .*--kubelet-certificate/,
        kubelet: { certificate: 'self-signed' },
      },
      {
        node: 'credentials',
        message: /--kubelet-ca: cannot read \/nowhere\/ca\.crt/,
        args: () => ['--kubelet-ca', '/nowhere/ca.crt'],
      },
    ]
    const agents = await Promise.all(
      cases.map(async ({ node, kubelet: options, prepare, args }) => {
        const kubelet = await startKubelet(options)
        t.teardown(() => kubelet.close())
        prepare?.(kubelet)
        const trust = ['--kubelet-ca', kubelet.caFile, '--kubelet-token-file', kubelet.tokenFile]
        const more = ['--kubelet-url', kubelet.url, ...trust, ...(args?.(kubelet) ?? [])]
        return startAgent(t, site, { node, args: more })
      }),
    )
    const uid = '0a1b2c3d-1111-2222-3333-444455556666'
    const id = randomContainerId()
    const bundle = await makeBundle(t, {
      args: ['/bin/sleep', '600'],
      cgroupsPath: `/kubepods/burstable/pod${uid}/${id}`,
    })
    await startContainer(t, { runtime: 'crun', id, bundle })
    for (const [index, { node, message }] of cases.entries())
      t.test(
        `${node}: said once, and events go on under the names that the cgroup has`,
        async (t) => {
          const { program } = agents[index] as RunningAgent
          const warnings = () => warningsOf(program).filter(({ code }) => code !== undefined)
          await until('its line', () => warnings().length > 0)
          t.match(warnings(), [{ code: node, msg: message }])
          t.equal(warnings().length, 1)
          await until('the container’s events', async () => {
            const execs = await execsOf(site, { node, container: id })
            return execs.some(
              ({ podUid, process }) => podUid === uid && process.argv?.[1] === '600',
            )
          })
          t.equal(program.running, true)
        },
      )
  })
})
