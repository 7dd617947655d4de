import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { uptimeClock } from '#agent/sources/procfs/boot.ts'
import { readNamespace } from '#agent/sources/procfs/namespaces.ts'
import { readValue } from '#agent/sources/procfs/proc-file.ts'
import { ProcfsSource, type ProcfsSourceOptions } from '#agent/sources/procfs/procfs-source.ts'
import type {
  AcceptRecord,
  AliveRecord,
  ConnectRecord,
  ExecRecord,
  ExitRecord,
  SourceRecord,
} from '#agent/sources/record.ts'

type Tap = { teardown: (end: () => void) => void }

const bootNowNs = uptimeClock('/proc')

/** A source whose clock moves a second with every drain, so that every drain scans. */
const open = (t: Tap, options: Partial<ProcfsSourceOptions> = {}) => {
  let nowMs = 0
  const clock = { monotonicMs: () => nowMs }
  const source = new ProcfsSource({ root: '/proc', clock, bootNowNs, cpuMs: () => 0, ...options })
  t.teardown(() => source.close())
  const snapshot = () => {
    const records: SourceRecord[] = []
    source.snapshot((record) => records.push(record))
    return records
  }
  const drain = () => {
    const records: SourceRecord[] = []
    nowMs += 1000
    while (source.drain((record) => records.push(record), 100)) {}
    return records
  }
  /** Drains until a record is found; a test that never sees it runs into tap's own limit. */
  const until = async <T extends SourceRecord>(
    found: (record: SourceRecord) => record is T,
  ): Promise<T> => {
    for (;;) {
      const record = drain().find(found)
      if (record !== undefined) return record
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { source, snapshot, drain, until }
}

const start = async (
  t: Tap,
  words: readonly string[],
  stdio: StdioOptions = ['pipe', 'pipe', 'ignore'],
): Promise<ChildProcess & { readonly pid: number }> => {
  const child = spawn(words[0] ?? '', words.slice(1), { stdio })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  await once(child, 'spawn')
  return child as ChildProcess & { readonly pid: number }
}

const execOf =
  (pid: number) =>
  (record: SourceRecord): record is ExecRecord =>
    record.kind === 'exec' && record.process.pid === pid
const aliveOf =
  (pid: number) =>
  (record: SourceRecord): record is AliveRecord =>
    record.kind === 'alive' && record.process.pid === pid
const exitOf =
  (pid: number) =>
  (record: SourceRecord): record is ExitRecord =>
    record.kind === 'exit' && record.process.pid === pid

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

t.test('the snapshot knows a running process whole', async (t) => {
  const child = await start(t, ['sleep', '60', 'x y'].slice(0, 2))
  const { snapshot } = open(t)
  const records = snapshot()
  const record = records.find(aliveOf(child.pid))
  const own = records.find(aliveOf(process.pid))
  t.match(record, {
    parent: own?.process,
    cgroups: [],
    nsPid: child.pid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    namespaces: own?.namespaces,
    cwd: process.cwd(),
    argvLength: 9,
    stdioSockets: 0,
    comm: 'sleep',
    fileOrigin: 'unknown',
    forked: false,
  })
  t.match(record?.exe, /\/sleep$|\/coreutils$|\/busybox$/)
  t.equal(textOf(record?.argvBytes ?? new Uint8Array()), 'sleep\x0060\0')
  t.equal((record?.process.startNs ?? 1) % 10_000_000, 0)
  t.ok((record?.file?.inode ?? 0) > 0)
  t.match(record?.cgroupPath, /^\//)
  t.notOk(records.some(({ kind }) => kind === 'exec' || kind === 'exit'))
  t.notOk(records.find(aliveOf(2)), 'kernel threads are none')
})

t.test(
  'what starts and ends between scans is an exec at its start, and an exit when it is missed',
  async (t) => {
    const { snapshot, drain, until } = open(t)
    snapshot()
    const child = await start(t, ['sleep', '60'])
    const exec = await until(execOf(child.pid))
    t.equal(exec.bootNs, exec.process.startNs)
    t.notOk(drain().some(execOf(child.pid)), 'told once')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const exit = await until(exitOf(child.pid))
    t.match(exit, {
      process: exec.process,
      status: null,
      uid: exec.uid,
      comm: 'sleep',
      maxRssBytes: 0,
    })
    t.ok(exit.bootNs >= exec.bootNs)
    t.notOk(drain().some(exitOf(child.pid)), 'told once')
  },
)

t.test('an exec of the same process is seen, a mere change of name is not', async (t) => {
  const { snapshot, drain, until } = open(t)
  // A shell that renames itself, waits for a line, and then becomes another program.
  const script = 'printf renamed > /proc/$$/comm; echo ready; read line; exec sleep 60'
  const child = await start(t, ['sh', '-c', script])
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  const before = snapshot().find(aliveOf(child.pid))
  t.equal(before?.comm, 'renamed')
  t.notOk([...drain(), ...drain()].some(execOf(child.pid)))
  child.stdin?.write('go\n')
  const exec = await until(execOf(child.pid))
  t.strictSame(exec.process, before?.process)
  t.equal(textOf(exec.argvBytes), 'sleep\x0060\0')
  t.ok(exec.bootNs > exec.process.startNs, 'at the time it was noticed')
})

t.test('a child that never executes anything is no exec', async (t) => {
  const { snapshot, until } = open(t)
  const child = await start(t, ['sh', '-c', 'exec 3<&0; read go; (read wait <&3) & echo $!; wait'])
  snapshot()
  child.stdin?.write('go\n')
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  const alive = await until(aliveOf(Number(String(line))))
  t.equal(alive.forked, true)
  t.equal(alive.parent?.pid, child.pid)
})

t.test("a zombie's status is what its parent would be told", async (t) => {
  const { snapshot, until } = open(t)
  const child = await start(t, [
    'sh',
    '-c',
    'exec 3<&0; (read go <&3; exit 7) & echo $!; exec sleep 60',
  ])
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  const pid = Number(String(line))
  t.ok(snapshot().some(aliveOf(pid)))
  child.stdin?.write('go\n')
  t.match(await until(exitOf(pid)), { status: 7 << 8, parent: { pid: child.pid } })
})

t.test('standard descriptors that are Internet sockets are told', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; echo ready; exec sleep 60 0<&3 2>&3`
  const accepted = once(server, 'connection')
  const child = await start(t, ['bash', '-c', script])
  const [socket] = (await accepted) as [Socket]
  t.teardown(() => {
    socket.destroy()
    server.close()
  })
  const { snapshot } = open(t)
  for (;;) {
    const record = snapshot().find(aliveOf(child.pid))
    if (record?.comm === 'sleep') {
      t.equal(record.stdioSockets, 0b101)
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
})

t.test('the limit of a drain holds, and nothing is told twice or lost', async (t) => {
  let nowMs = 0
  const source = new ProcfsSource({
    root: '/proc',
    clock: { monotonicMs: () => nowMs },
    bootNowNs,
    cpuMs: () => 0,
  })
  t.teardown(() => source.close())
  const seen: number[] = []
  let drains = 0
  for (let more = true; more; drains += 1) {
    let count = 0
    more = source.drain((record) => {
      count += 1
      if (record.kind === 'alive') seen.push(record.process.pid)
    }, 1)
    t.ok(count <= 1)
  }
  t.ok(drains > 2)
  t.equal(new Set(seen).size, seen.length)
  t.ok(seen.includes(process.pid))
  t.equal(source.counts.scans, 1, 'one scan')
  source.drain(() => {}, 10)
  t.equal(source.counts.scans, 1, 'none before its time')
  nowMs = 20
  source.drain(() => {}, 10)
  t.equal(source.counts.scans, 2)
  t.strictSame(source.position(), { ringId: 0, ringPosition: 0 })
  t.strictSame(source.losses(), [])
  source.commit()
})

t.test('without a snapshot, what the first scan finds was already there', async (t) => {
  const { drain } = open(t)
  const records = drain()
  t.ok(records.some(aliveOf(process.pid)))
  t.notOk(records.some(({ kind }) => kind === 'exec'))
})

t.test('scans that cost more come less often', async (t) => {
  let cpuMs = 0
  const { source, drain } = open(t, { cpuMs: () => (cpuMs += 5) })
  for (let scan = 0; scan < 30; scan += 1) drain()
  t.equal(Math.round(source.intervalMs), 250, '5 ms at 2 % of a core')
})

t.test('limits are kept and counted', async (t) => {
  const few = open(t, { processesMax: 3 })
  few.snapshot()
  t.equal(few.source.counts.known, 3)
  t.ok(few.source.counts.untracked > 0)
  const slow = open(t, { arrivalsMax: 2 })
  // What these have open comes with them.
  const arrivals = slow.drain().filter(({ kind }) => kind === 'alive')
  t.ok(
    arrivals.length === 1 || arrivals.length === 2,
    `${arrivals.length}; a kernel’s thread is none`,
  )
  t.ok(slow.source.counts.deferred > 0)
  const cut = open(t, { argvBytesMax: 3 })
  const record = cut.snapshot().find(aliveOf(process.pid))
  t.equal(record?.argvBytes.length, 3)
  t.ok((record?.argvLength ?? 0) > 3)
})

t.test('reconciliation finds what ended, by tick or by nanosecond', async (t) => {
  const { source, snapshot } = open(t)
  const own = snapshot().find(aliveOf(process.pid))?.process ?? { pid: 0, startNs: 0 }
  const gone = [
    { pid: own.pid, startNs: own.startNs + 1e9 },
    { pid: 2 ** 30, startNs: 5 },
  ]
  const known = [own, { pid: own.pid, startNs: own.startNs + 1_234_567 }, ...gone]
  t.strictSame(source.reconcile(known), { vanished: gone })
})

t.test('a root that is no procfs is refused at once', async (t) => {
  const clock = { monotonicMs: () => 0 }
  const options = { root: `${t.testdir()}/none`, clock, bootNowNs }
  t.throws(() => new ProcfsSource(options), { code: 'not-a-proc', message: /--proc-root/ })
})

/** Listens, connects to itself, says both ports, and closes everything when it is told a line. */
const loopback = `
  const { createServer, connect } = require('node:net')
  const { once } = require('node:events')
  const main = async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address()
    const accepted = once(server, 'connection')
    const client = connect(port, '127.0.0.1')
    const [[socket]] = await Promise.all([accepted, once(client, 'connect')])
    console.log(port, client.localPort)
    await once(process.stdin, 'data')
    client.destroy()
    socket.destroy()
    server.close(() => console.log('closed'))
  }
  main()`

const isRoot = process.getuid?.() === 0
t.test('connections of another network namespace', { skip: !isRoot && 'needs root' }, async (t) => {
  const { source, snapshot, drain } = open(t, { socketRoundMinMs: 1 })
  snapshot()
  const words = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$0" -e "$1"']
  const child = await start(t, [...words, process.execPath, loopback])
  const output = child.stdout as NodeJS.ReadableStream
  /** What is told of this process and its sockets, in order, until that includes `kind`. */
  const untilKind = async (kind: SourceRecord['kind']): Promise<SourceRecord[]> => {
    const records: SourceRecord[] = []
    while (!records.some((record) => record.kind === kind)) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      for (const record of drain()) {
        if ('process' in record && record.process?.pid === child.pid) records.push(record)
      }
    }
    return records
  }
  const [line] = await once(output, 'data')
  const [server, client] = String(line)
    .split(' ')
    .map((port) => ({ address: '127.0.0.1', port: Number(port) }))
  const [own, ...opened] = await untilKind('connect')
  t.equal(own?.kind, 'exec', 'the owner is told first')
  const { process: owner, namespaces } = own as ExecRecord
  t.not(namespaces.net, readValue(readNamespace('/proc', process.pid, 'net')))
  const where = { process: owner, netNamespace: namespaces.net, transport: 'tcp', cgroups: [] }
  const [listen, accept, connect] = (['listen', 'accept', 'connect'] as const).map((kind) =>
    opened.find((record) => record.kind === kind),
  )
  t.equal(opened.length, 3)
  t.match(listen, { phase: 'started', local: server, snapshot: false, ...where })
  t.match(accept, { local: server, peer: client, snapshot: false, ...where })
  t.match(connect, { local: client, peer: server, outcome: 'established', ...where })
  child.stdin?.write('close\n')
  await once(output, 'data')
  const closed = await untilKind('close')
  t.equal(closed.length, 3)
  t.match(
    closed.find(({ kind }) => kind === 'listen'),
    { phase: 'stopped', local: server, ...where },
  )
  for (const [begin, direction] of [
    [accept as AcceptRecord, 'inbound'],
    [connect as ConnectRecord, 'outbound'],
  ] as const) {
    const { socket, bootNs, local, peer } = begin
    const close = closed.find((record) => record.kind === 'close' && record.socket === socket)
    t.match(close, { direction, local, peer, openedNs: bootNs, sentBytes: null, ...where })
  }
  t.match(source.counts.sockets, { tablesCut: 0, malformed: 0, processesCut: 0 })
})

t.test('a snapshot tells open sockets after all processes, and says so', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { source, snapshot } = open(t)
  const records = snapshot()
  const listen = records.findIndex(
    (record) => record.kind === 'listen' && record.local.port === port,
  )
  t.match(records[listen], { snapshot: true, process: { pid: process.pid }, phase: 'started' })
  t.ok(listen > records.findLastIndex(({ kind }) => kind === 'alive'))
  t.ok(source.counts.sockets.known > 0)
  source.close()
  t.equal(source.counts.sockets.known, 0)
})

/** A process of a made-up /proc, with the fields a test varies. */
const place = (
  root: string,
  pid: number,
  {
    parentPid = 1,
    startTicks = 5,
    state = 'S',
    stack = 140_727_987_351_040,
    comm = 'made',
    exe = '/bin/made',
  } = {},
) => {
  rmSync(`${root}/${pid}`, { recursive: true, force: true })
  mkdirSync(`${root}/${pid}`, { recursive: true })
  const middle = '1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0'
  const image = `100 200 18446744073709551615 10 20 ${stack}`
  const rest = '0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 10 14 0 0 0'
  const stat = `${pid} (${comm}) ${state} ${parentPid} ${middle} ${startTicks} ${image} ${rest}\n`
  writeFileSync(`${root}/${pid}/stat`, stat)
  writeFileSync(`${root}/${pid}/status`, `Tgid:\t${pid}\nUid:\t5\t6\t7\t8\nGid:\t9\t9\t9\t9\n`)
  writeFileSync(`${root}/${pid}/cmdline`, 'made\0')
  writeFileSync(`${root}/${pid}/cgroup`, '0::/made\n')
  symlinkSync(exe, `${root}/${pid}/exe`)
}

t.test('a pid with a new owner is an exit and an exec, in this order', async (t) => {
  const root = t.testdir()
  const { snapshot, drain } = open(t, { root, bootNowNs: () => 9e9 })
  place(root, 7)
  t.match(snapshot(), [
    {
      kind: 'alive',
      process: { pid: 7, startNs: 50_000_000 },
      uid: 5,
      euid: 6,
      cgroupPath: '/made',
    },
  ])
  place(root, 7, { startTicks: 600 })
  t.match(drain(), [
    { kind: 'exit', process: { pid: 7, startNs: 50_000_000 }, bootNs: 6_000_000_000 },
    { kind: 'exec', process: { pid: 7, startNs: 6_000_000_000 }, bootNs: 6_000_000_000 },
  ])
})

t.test('records come in the order of time, and a younger parent is none', async (t) => {
  const root = t.testdir()
  const { snapshot, drain } = open(t, { root, bootNowNs: () => 9e9 })
  snapshot()
  place(root, 7, { startTicks: 30 })
  place(root, 8, { startTicks: 20, parentPid: 7, stack: 1 })
  place(root, 9, { startTicks: 40, parentPid: 7, stack: 2 })
  const records = drain() as ExecRecord[]
  t.strictSame(
    records.map(({ process }) => process.pid),
    [8, 7, 9],
  )
  t.strictSame(
    records.map(({ parent }) => parent?.pid),
    [undefined, undefined, 7],
  )
})

t.test('files that are no process files are counted, and the rest goes on', async (t) => {
  const root = t.testdir({ 5: {}, 6: { stat: 'garbage' } })
  const { source, snapshot, drain } = open(t, { root, bootNowNs: () => 9e9 })
  place(root, 7)
  place(root, 8, { state: 'Z' })
  rmSync(`${root}/7/status`)
  t.strictSame(snapshot(), [])
  t.match(source.counts, { failed: 1, vanished: 2, zombies: 1 })
  rmSync(root, { recursive: true })
  t.match(drain(), [])
  t.match(source.counts, { failed: 2 }, 'a /proc that went away is counted, not thrown')
})
