import t from 'tap'
import { CaptureLoop } from '#agent/capture-loop.ts'
import { gapOnGrowth } from '#agent/gap-on-growth.ts'
import type { ExecRecord, LossRecord, Source, SourceRecord } from '#agent/sources/record.ts'
import type { Drain } from '#agent/spool/spool.ts'
import { Tracker } from '#agent/tracker/tracker.ts'
import { silentLog } from '#base/log.ts'

const exec = (pid: number): ExecRecord => ({
  kind: 'exec',
  bootNs: pid * 1000,
  process: { pid, startNs: pid },
  cgroups: [{ hierarchy: 0, id: 1 }],
  nsPid: pid,
  uid: 0,
  gid: 0,
  euid: 0,
  capabilities: 0,
  namespaces: { mnt: 1, pid: 1, net: 1, user: 1, uts: 1, ipc: 1, cgroup: 1 },
  exe: '/bin/x',
  fileMode: 0,
  fileOrigin: 'unknown',
  argvBytes: new Uint8Array(),
  argvLength: 0,
  cwd: '/',
  tty: '',
  stdioSockets: 0,
  comm: 'x',
})

/** A source over an array: position is the index; commit says what may be forgotten. */
class ArraySource implements Source {
  readonly name = 'ebpf'
  readonly watchingSinceNs = 5_000
  readonly journal: string[]
  readonly waiting: SourceRecord[] = []
  lost: LossRecord[] = []
  committed = 0
  undecoded = 0
  #at = 0

  constructor(journal: string[]) {
    this.journal = journal
  }

  drain(sink: (record: SourceRecord) => void, limit: number): boolean {
    for (let count = 0; count < limit && this.#at < this.waiting.length; count += 1) {
      const record = this.waiting[this.#at] as SourceRecord
      if (record.kind === 'exec' && record.exe === 'undecodable') this.undecoded += 1
      else sink(record)
      this.#at += 1
    }
    return this.#at < this.waiting.length
  }
  position() {
    return { ringId: 7, ringPosition: this.#at }
  }
  commit(): void {
    if (this.committed !== this.#at) this.journal.push(`commit ${this.#at}`)
    this.committed = this.#at
  }
  losses(limit: number): readonly LossRecord[] {
    return this.lost.splice(0, limit)
  }
  snapshot(): void {}
  close(): void {}
}

const make = () => {
  const journal: string[] = []
  const source = new ArraySource(journal)
  const chunks: Drain[] = []
  const time = { ms: 0 }
  let reconciled = 0
  const where = {
    containerId: 'host',
    podUid: '',
    path: '/',
    runtime: '',
    sandbox: false,
    own: false,
    known: true,
  }
  const tracker = new Tracker({
    containers: {
      attribute: () => where,
      attributePath: () => where,
      cgroupChanged: () => where,
      started: () => {},
      ended: () => {},
    },
    redact: (argv) => ({ argv, redacted: 0 }),
    executableSeen: () => {},
    isCanary: () => false,
    includeHost: true,
    hostMountNamespace: 1,
    processesMax: 10_000,
    containersMax: 10,
  })
  const loop = new CaptureLoop({
    source,
    tracker,
    sink: {
      append: (drain) => {
        journal.push(`append ${drain.ringPosition}`)
        chunks.push(drain)
      },
    },
    clock: { nowUs: () => 1_000_000 + time.ms * 1000, monotonicMs: () => time.ms },
    bootNowNs: () => time.ms * 1e6,
    drainIntervalMs: 1,
    complete: ['exec', 'exit'],
    drained: gapOnGrowth({
      count: () => source.undecoded,
      nowUs: () => 1_000_000 + time.ms * 1000,
      gap: (lost, fromUs, toUs) =>
        tracker.gap({
          ...{ reason: 'decode_failed', lost, fromUs, toUs, affects: ['exec'], bootNs: 0 },
        }),
    }),
    beforeCommit: () => {},
    reconcile: () => {
      reconciled += 1
    },
    covered: () => {},
    announceLosses: (eventCount) => journal.push(`announce ${eventCount}`),
    eachSecond: () => {},
    log: silentLog,
  })
  const events = () => chunks.flatMap((chunk) => chunk.events)
  return { journal, source, chunks, time, loop, events, reconciled: () => reconciled }
}

t.test('the ring moves only after the spool has the events', async (t) => {
  const { journal, source, loop } = make()
  for (let pid = 1; pid <= 300; pid += 1) source.waiting.push(exec(pid))
  loop.tick()
  const appends = journal.filter((line) => line.startsWith('append')).length
  t.ok(appends >= 3, 'several chunks, each below its limit')
  let appended = 0
  for (const line of journal) {
    const [what, position] = line.split(' ')
    if (what === 'append') appended = Number(position)
    else t.ok(Number(position) <= appended, line)
  }
  t.equal(source.committed, 300)
})

t.test('what cannot be decoded is owned up to before the ring may move beyond it', async (t) => {
  const { journal, source, loop, chunks } = make()
  source.waiting.push(exec(1), { ...exec(2), exe: 'undecodable' }, exec(3))
  loop.tick()
  t.strictSame(
    chunks.map(({ ringPosition, events }) => [ringPosition, events.map(({ kind }) => kind)])[0],
    [3, ['exec', 'exec', 'gap']],
  )
  source.waiting.push({ ...exec(4), exe: 'undecodable' })
  loop.stop()
  t.ok(journal.indexOf('append 4') < journal.indexOf('commit 4'))
  t.equal(chunks.flatMap(({ events }) => events).filter(({ kind }) => kind === 'gap').length, 2)
})

t.test('losses become gaps about once a second, and at the end', async (t) => {
  const { source, loop, time, events } = make()
  const loss: LossRecord = {
    kind: 'loss',
    cgroups: [],
    lostKind: 'exec',
    count: 3,
    fromNs: 1,
    toNs: 2,
  }
  loop.tick()
  source.lost = [loss]
  time.ms += 500
  loop.tick()
  t.equal(events().filter(({ kind }) => kind === 'gap').length, 0)
  time.ms += 600
  loop.tick()
  t.equal(events().filter(({ kind }) => kind === 'gap').length, 1)
  source.lost = [loss]
  loop.stop()
  t.equal(events().filter(({ kind }) => kind === 'gap').length, 2)
})

const lossOf = (count: number): LossRecord => ({
  ...{ kind: 'loss', cgroups: [], lostKind: 'exec', fromNs: 1, toNs: 2 },
  count,
})

t.test('losses are announced, and appended alone: what was pending goes first', async (t) => {
  const { journal, source, loop, chunks, time } = make()
  loop.tick()
  chunks.length = 0
  journal.length = 0
  time.ms += 1100
  source.waiting.push(exec(1))
  source.lost = [lossOf(3), lossOf(4)]
  loop.tick()
  t.strictSame(journal.slice(0, 4), ['append 1', 'commit 1', 'announce 2', 'append 1'])
  t.strictSame(
    chunks.map(({ events }) => events.map(({ kind }) => kind)),
    [['exec'], ['gap', 'gap'], ['coverage']],
  )
})

t.test('losses that are no events are not announced', async (t) => {
  const { journal, source, loop } = make()
  source.lost = [{ ...lossOf(3), lostKind: 'fork' }]
  loop.tick()
  t.notOk(journal.some((line) => line.startsWith('announce')))
})

t.test('more losses than a report may have are several reports, none of them split', async (t) => {
  const { journal, source, loop, chunks } = make()
  source.lost = Array.from({ length: 20_000 }, (_, index) => lossOf(index + 1))
  loop.stop()
  const announced = journal.filter((line) => line.startsWith('announce'))
  t.strictSame(announced, ['announce 8192', 'announce 8192', 'announce 3616'])
  const reports = chunks.filter(({ events }) => events.some(({ kind }) => kind === 'gap'))
  t.strictSame(
    reports.map(({ events }) => events.length),
    [8192, 8192, 3616],
  )
})

t.test(
  'coverage is told soon while things happen, slowly while quiet, and at the end',
  async (t) => {
    const { source, loop, time, events } = make()
    const coverage = () => events().filter(({ kind }) => kind === 'coverage')
    loop.tick()
    t.match(coverage(), [{ fromUs: 1_000_005, toUs: 1_000_000, complete: ['exec', 'exit'] }])
    time.ms += 1100
    loop.tick()
    t.equal(coverage().length, 1, 'quiet')
    source.waiting.push(exec(1))
    loop.tick()
    t.equal(coverage().length, 2, 'busy')
    time.ms += 5100
    loop.tick()
    t.equal(coverage().length, 3, 'quiet for five seconds')
    loop.stop()
    t.equal(coverage().length, 4)
  },
)

t.test('reconciliation runs every half minute', async (t) => {
  const { loop, time, reconciled } = make()
  loop.tick()
  time.ms += 29_000
  loop.tick()
  t.equal(reconciled(), 0)
  time.ms += 2_000
  loop.tick()
  loop.tick()
  t.equal(reconciled(), 1)
})

t.test('a failing drain does not end the loop', async (t) => {
  const { source, loop, events } = make()
  let failures = 1
  const drain = source.drain.bind(source)
  source.drain = (sink, limit) => {
    if (failures > 0) {
      failures -= 1
      throw new Error('torn')
    }
    return drain(sink, limit)
  }
  source.waiting.push(exec(1))
  loop.start()
  while (!events().some(({ kind }) => kind === 'exec')) {
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  loop.stop()
  t.equal(loop.counts.failures, 1)
  t.equal(loop.isFailing, false, 'it is over')
})

t.test('a drain that keeps failing is known to', async (t) => {
  const { source, loop } = make()
  source.drain = () => {
    throw new Error('torn')
  }
  t.equal(loop.isFailing, false)
  loop.start()
  while (loop.counts.failures < 2) await new Promise((resolve) => setTimeout(resolve, 2))
  t.equal(loop.isFailing, true)
  source.drain = () => false
  loop.stop()
})
