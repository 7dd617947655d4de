/** One probe follows another while a storm runs: each of its processes is told once, whatever dies in between. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { EbpfSource } from '#agent/sources/ebpf/ebpf-source.ts'
import {
  detachEbpf,
  type OpenOptions,
  openEbpfSource,
  probeObjectPath,
} from '#agent/sources/ebpf/open.ts'
import type { HandoverStep } from '#agent/sources/ebpf/probe-handover.ts'
import type { SourceRecord } from '#agent/sources/record.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs } from '#test/fixtures/ebpf-watch.ts'
import { until } from '#test/fixtures/until.ts'

const run = promisify(execFile)

/** The same program in other bytes: what an upgrade brings. */
const otherObject = (t: Test, name: string): string => {
  const path = join(t.testdir(), `${name}.bpf.o`)
  copyFileSync(probeObjectPath, path)
  appendFileSync(path, Buffer.from(name.padEnd(8)))
  return path
}

/** What the agents of one test have read, as their spools would hold it. */
class Seen {
  readonly execs = new Map<string, number>()
  readonly pids = new Set<string>()
  readonly exits = new Map<string, number>()
  /** Records and losses of one cgroup by kind. */
  readonly inside = { exec: 0, exit: 0 }
  readonly lost = { exec: 0, exit: 0 }
  readonly #marker: string
  readonly #cgroup: number

  constructor(marker: string, cgroup = 0) {
    this.#marker = marker
    this.#cgroup = cgroup
  }

  readonly record = (record: SourceRecord): void => {
    if (record.kind === 'exec' || record.kind === 'exit')
      this.inside[record.kind] += Number(record.cgroups.some(({ id }) => id === this.#cgroup))
    if (record.kind === 'exec') {
      const [, word, name = ''] = Buffer.from(record.argvBytes).toString('latin1').split('\0')
      if (word !== 'child' || !name.startsWith(this.#marker)) return
      this.execs.set(name, (this.execs.get(name) ?? 0) + 1)
      this.pids.add(`${record.process.pid}:${record.process.startNs}`)
    } else if (record.kind === 'exit') {
      const key = `${record.process.pid}:${record.process.startNs}`
      this.exits.set(key, (this.exits.get(key) ?? 0) + 1)
    } else if (record.kind === 'loss' && record.cgroups.some(({ id }) => id === this.#cgroup)) {
      if (record.lostKind === 'exec' || record.lostKind === 'exit')
        this.lost[record.lostKind] += record.count
    }
  }

  drain(source: EbpfSource): boolean {
    const more = source.drain(this.record, 50)
    source.position()
    source.commit()
    return more
  }

  /** Everything once: as many execs as the storm has children, and an exit of each. */
  check(t: Test, count: number): void {
    const all = [...this.execs.values()]
    t.equal(all.length, count, 'every exec')
    t.equal(all.filter((times) => times !== 1).length, 0, 'none twice')
    const ends = [...this.pids].map((key) => this.exits.get(key) ?? 0)
    t.equal(ends.filter((times) => times !== 1).length, 0, 'every exit, none twice')
  }
}

/** Reads on until only the probe at work is left, and all of its ring that was there by then. */
const finish = (source: EbpfSource, seen: Seen, place: { pins: string }): Promise<void> =>
  until('the rings before are told and removed', () => {
    while (seen.drain(source));
    for (const loss of source.losses()) seen.record(loss)
    source.commit()
    return readdirSync(place.pins).filter((name) => name.startsWith('v')).length === 1
  })

const closing = (t: Test, options: OpenOptions): EbpfSource => {
  const source = openEbpfSource(options)
  t.teardown(() => source.close())
  return source
}

const cgroupRoot = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.procs`),
)
const needsCgroup = { skip: cgroupRoot === undefined ? 'no cgroup hierarchy is mounted' : false }

t.test('a probe follows another', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const bpffsPath = mountBpffs(t)
  const storm = compileProgram(t, 'storm')
  const objects = [probeObjectPath, otherObject(t, 'upgrade')] as const

  t.test('again and again in one storm: every process once', async (t) => {
    const options = { bpffsPath, pinName: 'often', ringSizeBytes: 4 * 1024 * 1024 }
    t.teardown(() => void detachEbpf(options))
    const seen = new Seen('often-')
    openEbpfSource({ ...options, objectPath: objects[1] }).close()
    const count = 6000
    const storming = run(storm, [String(count), '0', 'often'])
    let ended = false
    storming.finally(() => {
      ended = true
    })
    let handovers = 0
    for (let turn = 0; !ended; turn += 1) {
      const source = openEbpfSource({ ...options, objectPath: objects[turn % 2] ?? '' })
      handovers += Number(source.adoption.result === 'handed_over')
      await finish(source, seen, { pins: join(bpffsPath, 'often') })
      source.close()
    }
    await storming
    const source = closing(t, options)
    await finish(source, seen, { pins: join(bpffsPath, 'often') })
    t.comment(`${handovers} handovers`)
    t.ok(handovers >= 2)
    seen.check(t, count)
    t.equal(source.decodeErrors, 0)
  })

  t.test('before the old ring was read: it comes first, by its own positions', async (t) => {
    const options = { bpffsPath, pinName: 'unread', ringSizeBytes: 4 * 1024 * 1024 }
    t.teardown(() => void detachEbpf(options))
    const seen = new Seen('unread-')
    const first = openEbpfSource(options)
    const { watchingSinceNs } = first
    execFileSync(storm, ['200', '0', 'unread-a'])
    // Spooled, but not committed: the kernel has it still.
    while (first.drain(seen.record, 50));
    const spooled = first.position()
    execFileSync(storm, ['200', '0', 'unread-b'])
    first.close()
    const second = openEbpfSource({ ...options, ringSizeBytes: 2 * 1024 * 1024 })
    t.match(second.adoption, { result: 'handed_over', reason: /4194304 bytes instead of 2097152/ })
    t.equal(second.watchingSinceNs, watchingSinceNs, 'no hole in what was watched')
    t.ok(second.skipTo(spooled), 'a continuation')
    t.equal(second.position().ringId, spooled.ringId)
    execFileSync(storm, ['200', '0', 'unread-c'])
    // The next agent dies as well, with a part of the old ring in its spool.
    second.drain(seen.record, 1)
    const later = second.position()
    t.equal(later.ringId, spooled.ringId)
    second.close()
    const third = closing(t, { ...options, ringSizeBytes: 2 * 1024 * 1024 })
    t.equal(third.adoption.result, 'adopted')
    t.ok(third.skipTo(later))
    await until('the new ring is being read', () => {
      seen.drain(third)
      return third.position().ringId !== spooled.ringId
    })
    await finish(third, seen, { pins: join(bpffsPath, 'unread') })
    seen.check(t, 600)
    t.strictSame(third.losses(), [])
    t.equal(third.kernelUnaccounted(), 0)
  })

  t.test('and its agent dies after the old ring, in the new one', async (t) => {
    const options = { bpffsPath, pinName: 'both', ringSizeBytes: 4 * 1024 * 1024 }
    const upgraded = { ...options, objectPath: objects[1] }
    t.teardown(() => void detachEbpf(options))
    const seen = new Seen('both-')
    const first = openEbpfSource(options)
    const storming = run(storm, ['1500', '0', 'both'])
    first.close()
    const second = openEbpfSource(upgraded)
    const { ringId } = second.position()
    await until('the new ring is being read', () => {
      // Spooled and never committed: of the old ring the next agent has to know what is near the handover.
      second.drain(seen.record, 50)
      return second.position().ringId !== ringId
    })
    second.drain(seen.record, 1)
    const spooled = second.position()
    second.close()
    const third = closing(t, upgraded)
    t.ok(third.skipTo(spooled))
    t.equal(third.position().ringId, spooled.ringId, 'nothing of the old ring comes again')
    await storming
    await finish(third, seen, { pins: join(bpffsPath, 'both') })
    seen.check(t, 1500)
  })

  const steps: readonly HandoverStep[] = ['ready', 'retired', 'installed', 'detached']
  for (const step of steps)
    t.test(`killed when it is ${step}`, async (t) => {
      const options = { bpffsPath, pinName: `killed-${step}`, ringSizeBytes: 4 * 1024 * 1024 }
      t.teardown(() => void detachEbpf(options))
      const seen = new Seen('killed-')
      openEbpfSource(options).close()
      const storming = run(storm, ['2500', '0', 'killed'])
      const fixture = join(import.meta.dirname, '../../../fixtures/hand-over.ts')
      const victim = run(process.execPath, [
        ...[fixture, bpffsPath, options.pinName, objects[1], step],
      ])
      t.equal(
        await victim.then(
          () => '',
          ({ signal }) => signal,
        ),
        'SIGKILL',
      )
      const source = closing(t, { ...options, objectPath: objects[1] })
      t.equal(source.adoption.result, step === 'ready' ? 'handed_over' : 'adopted')
      await storming
      await finish(source, seen, { pins: join(bpffsPath, options.pinName) })
      seen.check(t, 2500)
    })

  t.test('killed, and the next one is of yet another make: three rings in a row', async (t) => {
    const options = { bpffsPath, pinName: 'three', ringSizeBytes: 4 * 1024 * 1024 }
    t.teardown(() => void detachEbpf(options))
    const seen = new Seen('three-')
    openEbpfSource(options).close()
    const storming = run(storm, ['2500', '0', 'three'])
    openEbpfSource({ ...options, objectPath: objects[1] }).close()
    const source = closing(t, { ...options, ringSizeBytes: 8 * 1024 * 1024 })
    t.equal(source.adoption.result, 'handed_over')
    await storming
    await finish(source, seen, { pins: join(bpffsPath, options.pinName) })
    seen.check(t, 2500)
  })

  t.test('a probe that the kernel refuses leaves the old one at work', async (t) => {
    const options = { bpffsPath, pinName: 'refused', ringSizeBytes: 1 << 20 }
    t.teardown(() => void detachEbpf(options))
    openEbpfSource(options).close()
    const bad = join(t.testdir({ 'bad.o': 'no ELF' }), 'bad.o')
    t.throws(() => openEbpfSource({ ...options, objectPath: bad }), { code: 'load_failed' })
    spawnSync('/bin/true', ['refused'])
    const source = closing(t, options)
    t.equal(source.adoption.result, 'adopted')
    let found = 0
    while (
      source.drain((record) => {
        if (record.kind === 'exec' && Buffer.from(record.argvBytes).includes('refused')) found += 1
      }, 1000)
    );
    t.equal(found, 1)
  })

  t.test('while the old ring overflows: seen and lost add up', needsCgroup, async (t) => {
    const cgroup = `${cgroupRoot}/mayfly-handover-${process.pid}`
    mkdirSync(cgroup)
    t.teardown(() => rmdirSync(cgroup))
    const inode = Number(execFileSync('stat', ['-c', '%i', cgroup], { encoding: 'utf8' }))
    const all = { seen: 0, lost: 0 }
    for (let round = 0; round < 4; round += 1) {
      const options = { bpffsPath, pinName: `full-${round}`, ringSizeBytes: 65536 }
      const seen = new Seen('full-', inode)
      const count = 2500
      openEbpfSource(options).close()
      const storming = run('sh', [
        ...['-c', `echo $$ > ${cgroup}/cgroup.procs && exec "$@"`, 'sh'],
        ...[storm, String(count), '0', 'full'],
      ])
      const source = openEbpfSource({ ...options, ringSizeBytes: 4 * 1024 * 1024 })
      await storming
      await finish(source, seen, { pins: join(bpffsPath, options.pinName) })
      source.close()
      detachEbpf(options)
      all.seen += seen.inside.exec
      all.lost += seen.lost.exec
      // The shell executes the storm, and ends as it.
      for (const kind of ['exec', 'exit'] as const)
        t.equal(seen.inside[kind] + seen.lost[kind], count + 1, kind)
    }
    t.ok(all.lost > 0, 'the old rings were too small')
    t.ok(all.seen > 1000, 'the new ones were not')
  })
})
