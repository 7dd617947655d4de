import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { SocketRecord } from '#agent/sources/procfs/socket-records.ts'
import { SocketScan, type SocketScanOptions } from '#agent/sources/procfs/socket-scan.ts'

interface Made {
  readonly startNs?: number
  readonly netNamespace?: number
  /** Inodes of the sockets it holds. */
  readonly holds?: readonly number[]
  /** Rows of its namespace's TCP table. */
  readonly tcp?: readonly string[]
}

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0')

/** A row of /proc/net/tcp: from 127.0.0.1 to 127.0.0.1, or listening. */
const row = (inode: number, localPort: number, peerPort = 0): string => {
  const peer = peerPort === 0 ? '00000000:0000 0A' : `0100007F:${hex(peerPort, 4)} 01`
  const queues = '00000000:00000000 00:00000000 00000000'
  return `   0: 0100007F:${hex(localPort, 4)} ${peer} ${queues} 0 0 ${inode} 1\n`
}

/** A /proc of these processes, and a scan of it whose clock moves by one round with every step. */
const open = (root: string, options: Partial<SocketScanOptions> = {}) => {
  let nowMs = 0
  const processes = new Map<number, { readonly pid: number; readonly startNs: number }>()
  const place = (pid: number, { startNs = 10_000_000, netNamespace = 5, holds, tcp }: Made) => {
    const directory = `${root}/${pid}`
    rmSync(directory, { recursive: true, force: true })
    for (const name of ['ns', 'net', 'fd']) mkdirSync(`${directory}/${name}`, { recursive: true })
    symlinkSync(`net:[${netNamespace}]`, `${directory}/ns/net`)
    const ticks = startNs / 10_000_000
    const stat = `${pid} (made) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 0 0\n`
    writeFileSync(`${directory}/stat`, stat)
    writeFileSync(`${directory}/net/tcp`, (tcp ?? []).join(''))
    for (const [fd, inode] of (holds ?? []).entries()) {
      symlinkSync(`socket:[${inode}]`, `${directory}/fd/${fd}`)
    }
    processes.set(pid, { pid, startNs })
  }
  /** It ends; `isNoticed`: and the source knows it. */
  const end = (pid: number, isNoticed = true) => {
    rmSync(`${root}/${pid}`, { recursive: true, force: true })
    if (isNoticed) processes.delete(pid)
  }
  const scan = new SocketScan({
    root,
    clock: { monotonicMs: () => nowMs },
    bootNowNs: () => 1e9 + nowMs * 1e6,
    cpuMs: () => 0,
    budget: 0.02,
    ...options,
  })
  const step = (afterMs = 5000) => {
    nowMs += afterMs
    return scan.step(() => processes.values())
  }
  return { scan, place, end, step, snapshot: () => scan.snapshot(processes.values()) }
}

/** `kind local-port→peer-port of pid`, easy to compare. */
const brief = (record: SocketRecord): string => {
  const kind = record.kind === 'listen' ? record.phase : record.kind
  const peer = record.kind === 'listen' ? '' : `→${record.peer.port}`
  return `${kind} ${record.local.port}${peer} of ${record.process?.pid ?? 'nobody'}`
}

t.test('both ends on loopback are two sockets, each with its process', async (t) => {
  const { place, step, snapshot } = open(t.testdir())
  place(10, { holds: [1], tcp: [row(1, 80)] })
  place(20, {})
  t.strictSame(snapshot().map(brief), ['started 80 of 10'])
  place(10, { holds: [1, 2], tcp: [row(2, 80, 4000), row(3, 4000, 80), row(1, 80)] })
  place(20, { holds: [3] })
  const records = step()
  t.strictSame(records.map(brief), ['accept 80→4000 of 10', 'connect 4000→80 of 20'])
  t.match(records, [{ snapshot: false, netNamespace: 5, bootNs: 6e9, socket: 2 }, { socket: 3 }])
  place(10, { holds: [1], tcp: [row(1, 80)] })
  place(20, {})
  const gone = step()
  t.strictSame(gone.map(brief), ['close 80→4000 of 10', 'close 4000→80 of 20'])
  t.match(gone[0], { direction: 'inbound', openedNs: 6e9, bootNs: 11e9 })
  t.strictSame(step(), [])
})

t.test('the first look is a snapshot, also without one being asked for', async (t) => {
  for (const first of ['snapshot', 'step'] as const) {
    const { place, step, ...rest } = open(t.testdir())
    place(10, { holds: [1], tcp: [row(1, 4000, 80)] })
    t.match({ step, ...rest }[first](), [{ kind: 'connect', snapshot: true, process: { pid: 10 } }])
    place(10, {})
    t.match(step(), [{ kind: 'close', openedNs: null, snapshot: false }])
  }
})

t.test('a reused inode is another socket, of whoever holds it now', async (t) => {
  const { place, step } = open(t.testdir())
  place(10, { holds: [1], tcp: [row(1, 4000, 80)] })
  place(20, {})
  step()
  place(10, { tcp: [row(1, 4001, 80)] })
  place(20, { holds: [1] })
  t.strictSame(step().map(brief), ['close 4000→80 of 10', 'connect 4001→80 of 20'])
})

t.test('each namespace is read once in a round, and one at a time', async (t) => {
  const { scan, place, step } = open(t.testdir())
  place(10, { holds: [1], tcp: [row(1, 80)] })
  place(11, { tcp: [row(9, 99)] })
  place(20, { netNamespace: 6, holds: [2], tcp: [row(2, 80)] })
  const namespaces = [step(), step(20)].map((records) => records.map((r) => r.netNamespace))
  t.strictSame(namespaces, [[5], [6]])
  t.strictSame(step(20), [], 'the round is over')
  t.equal(scan.counts.looks, 2)
  step(5000)
  t.equal(scan.counts.looks, 3)
})

t.test('looks come once in a round, and less often when they cost more', async (t) => {
  const looksOf = (costMs: number): number => {
    let cpuMs = 0
    const { scan, place, step } = open(t.testdir(), { cpuMs: () => (cpuMs += costMs) })
    place(10, {})
    for (let second = 0; second < 1000; second += 1) step(1000)
    return scan.counts.looks
  }
  t.equal(looksOf(10), 200, 'one every 5 s, for 0.2 % of a core')
  t.ok(looksOf(400) < 70, 'at 2 % of a core 400 ms are one every 20 s')
})

t.test('a namespace is read through another process when the first has vanished', async (t) => {
  const { scan, place, end, step } = open(t.testdir())
  place(10, { tcp: [row(1, 80)] })
  place(20, { holds: [1], tcp: [row(1, 80)] })
  end(10, false)
  t.strictSame(step().map(brief), ['started 80 of 20'])
  t.equal(scan.counts.failed, 0)
})

t.test('when all processes vanish in mid-round, the next one says what ended', async (t) => {
  const { scan, place, end, step } = open(t.testdir())
  place(10, {})
  place(20, { netNamespace: 6, holds: [1], tcp: [row(1, 80)] })
  t.equal(step().length + step(20).length, 1)
  step()
  end(20, false)
  t.strictSame(step(20), [], 'what cannot be read is not said to be gone')
  t.match(scan.counts, { failed: 1, known: 1 })
  t.strictSame(step().map(brief), ['stopped 80 of 20'])
})

t.test('a namespace without processes is gone, with its sockets', async (t) => {
  const { scan, place, end, step } = open(t.testdir())
  place(10, { holds: [1, 2], tcp: [row(1, 80), row(2, 4000, 90)] })
  step()
  end(10)
  t.strictSame(step().map(brief), ['stopped 80 of 10', 'close 4000→90 of 10'])
  t.equal(scan.counts.known, 0)
})

t.test('a namespace met later is new only if all its processes are', async (t) => {
  const { place, step } = open(t.testdir())
  step()
  // One round at 6 s found neither; both are met by the next.
  place(10, { netNamespace: 6, startNs: 7e9, tcp: [row(1, 80)] })
  place(20, { netNamespace: 7, startNs: 7e9, tcp: [row(2, 80)] })
  place(21, { netNamespace: 7, startNs: 5e9 })
  t.match(
    [...step(), ...step(20)],
    [
      { netNamespace: 6, snapshot: false },
      { netNamespace: 7, snapshot: true },
    ],
  )
})

t.test('a socket that outlives its holder gets the next one', async (t) => {
  const { place, end, step } = open(t.testdir())
  place(10, { holds: [1], tcp: [row(1, 80)] })
  place(20, { holds: [1], tcp: [row(1, 80)] })
  t.strictSame(step().map(brief), ['started 80 of 10'])
  end(10)
  t.strictSame(step(), [], 'it is the same socket')
  place(20, {})
  t.strictSame(step().map(brief), ['stopped 80 of 20'])
})

t.test('the last known holder is kept when nobody else is found', async (t) => {
  const { place, end, step } = open(t.testdir())
  place(10, { holds: [1], tcp: [row(1, 80)] })
  place(20, { tcp: [row(1, 80)] })
  step()
  end(10)
  step()
  place(20, {})
  t.strictSame(step().map(brief), ['stopped 80 of 10'])
})

t.test(
  'an owner that is found late is told at the end, and searched for three times',
  async (t) => {
    const { scan, place, step } = open(t.testdir())
    place(10, { tcp: [row(1, 80)] })
    t.strictSame(step().map(brief), ['started 80 of nobody'])
    t.equal(scan.counts.unowned, 1)
    place(10, { holds: [1], tcp: [row(1, 80)] })
    step()
    place(10, { tcp: [row(2, 80)] })
    t.strictSame(step().map(brief), ['stopped 80 of 10', 'started 80 of nobody'])
    for (let count = 0; count < 2; count += 1) step()
    place(10, { holds: [2], tcp: [row(2, 80)] })
    step()
    place(10, {})
    t.strictSame(step().map(brief), ['stopped 80 of nobody'], 'the fourth search is not made')
  },
)

t.test('limits are kept, over all namespaces, and counted', async (t) => {
  const { scan, place, step } = open(t.testdir(), { socketsMax: 3, descriptorsPerSearchMax: 1 })
  place(10, { tcp: [row(1, 80), row(2, 81)], holds: [8, 9, 1] })
  place(20, { netNamespace: 6, tcp: [row(3, 80), row(4, 81)] })
  t.equal(step().length, 2)
  t.equal(step(20).length, 1)
  t.match(scan.counts, { known: 3, refused: 1, processesCut: 1 })
  place(10, {})
  step()
  t.match(step(20), [{ kind: 'listen', snapshot: true }], 'room again, but it may be old')
})

t.test('a table that is cut ends nothing', async (t) => {
  const tcp = [row(1, 80), row(2, 81)]
  const tableBytesMax = tcp.join('').length
  const { scan, place, step } = open(t.testdir(), { tableBytesMax })
  place(10, { tcp })
  t.equal(step().length, 2)
  place(10, { tcp: [row(1, 80), row(3, 82), row(2, 81)] })
  t.strictSame(step().map(brief), ['started 82 of nobody'])
  t.match(scan.counts, { tablesCut: 1, known: 3, malformed: 0 })
  place(10, { tcp: ['garbage\n'] })
  t.strictSame(step(), [])
  t.match(scan.counts, { malformed: 1, known: 3 })
})

t.test('a /proc that fails is counted, and what was known stays', async (t) => {
  const root = t.testdir()
  const { scan, place, step, snapshot } = open(root)
  place(10, { tcp: [row(1, 80)] })
  step()
  rmSync(`${root}/10/net/tcp`)
  // A directory can be opened but not read: EISDIR is no answer of a process that vanished.
  mkdirSync(`${root}/10/net/tcp`)
  t.strictSame(step(), [])
  t.match(scan.counts, { failed: 1, known: 1 })
  t.strictSame(snapshot(), [])
  t.match(scan.counts, { failed: 2, known: 0 }, 'a snapshot begins anew')
})
