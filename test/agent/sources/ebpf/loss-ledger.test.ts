/** A ring too small for a storm: what is lost has a number, a place and a time, once. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { EbpfSource } from '#agent/sources/ebpf/ebpf-source.ts'
import type { LossRecord } from '#agent/sources/record.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs, openWatch } from '#test/fixtures/ebpf-watch.ts'

const sum = (losses: readonly LossRecord[], kind: LossRecord['lostKind']): number =>
  losses.filter((loss) => loss.lostKind === kind).reduce((total, loss) => total + loss.count, 0)

const cgroupRoot = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.procs`),
)
const needsCgroup = { skip: cgroupRoot === undefined ? 'no cgroup hierarchy is mounted' : false }

/** A cgroup of the test's own, so that what else goes on in a full ring does not count; and how programs start in it. */
const ownCgroup = (t: Test, name: string) => {
  const path = `${cgroupRoot}/mayfly-${name}-${process.pid}`
  mkdirSync(path)
  t.teardown(() => rmdirSync(path))
  const inode = Number(execFileSync('stat', ['-c', '%i', path], { encoding: 'utf8' }))
  return {
    run: (...command: readonly string[]) =>
      execFileSync('sh', [
        ...['-c', `echo $$ > ${path}/cgroup.procs && exec "$@"`, 'sh'],
        ...command,
      ]),
    of: (losses: readonly LossRecord[]) =>
      losses.filter(({ cgroups }) => cgroups.some(({ id }) => id === inode)),
  }
}

const kinds = ['exec', 'exit', 'fork', 'cgroup'] as const

/** Drains to the end and compares: the kernel's own processes go on meanwhile, so the totals are read in between. */
const balance = (source: EbpfSource, drained: Record<string, number>): boolean => {
  const drain = (): void => {
    while (
      source.drain((record) => {
        drained[record.kind] = (drained[record.kind] ?? 0) + 1
      }, 1000)
    );
    source.commit()
  }
  for (let attempt = 0; attempt < 50; attempt += 1) {
    drain()
    const counts = source.counts()
    const before = source.position().ringPosition
    drain()
    if (source.position().ringPosition !== before) continue
    return kinds.every(
      (kind) => counts[kind].attempts === (drained[kind] ?? 0) + counts[kind].drops,
    )
  }
  return false
}

t.test('a ring of 64 KiB', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const storm = compileProgram(t, 'storm')
  const options = { pinName: 'losses', ringSizeBytes: 65536, keepPins: true }
  const drained: Record<string, number> = {}

  t.test('attempts are exactly records plus drops, and drops are exactly the losses', async (t) => {
    const { source } = openWatch(t, bpffsPath, options)
    execFileSync(storm, ['400', '0', 'lose-storm'])
    t.ok(balance(source, drained))
    const losses = source.losses()
    const counts = source.counts()
    t.ok(counts.exec.drops > 0 && counts.exit.drops > 0, 'the ring was too small')
    for (const kind of ['exec', 'exit', 'fork'] as const)
      t.equal(sum(losses, kind), counts[kind].drops, kind)
    for (const loss of losses) {
      t.ok(loss.cgroups.length > 0, 'the cgroup is known')
      t.ok(loss.fromNs >= source.watchingSinceNs && loss.toNs >= loss.fromNs)
    }
    t.strictSame(source.losses(), [], 'once')
  })

  t.test('what was returned but not committed comes again after a crash, then never', async (t) => {
    const first = openWatch(t, bpffsPath, options).source
    t.equal(first.adoption.result, 'adopted')
    const again = first.losses()
    t.ok(sum(again, 'exec') > 0)
    first.commit()
    first.close()
    const second = openWatch(t, bpffsPath, options).source
    t.strictSame(second.losses(), [])
    execFileSync(storm, ['400', '0', 'lose-more'])
    const news = second.losses()
    t.ok(sum(news, 'exec') > 0)
    t.ok(sum(news, 'exec') < second.counts().exec.drops, 'only what is new')
  })

  t.test('what the agent before has told is noted at once', needsCgroup, async (t) => {
    const { run, of } = ownCgroup(t, 'told')
    const end = { epoch: 3, lastSeq: 10 }
    const had = (epoch: number, seq: number) => epoch === end.epoch && seq <= end.lastSeq
    const lossIntents = { dir: t.testdir(), spoolEnd: () => end, had }
    const open = (): EbpfSource => openWatch(t, bpffsPath, { ...options, lossIntents }).source
    const kills: readonly (readonly [string, number, boolean])[] = [
      ['killed before the append', 10, false],
      ['killed with a part of it appended', 11, false],
      ['killed after the append', 12, true],
    ]
    for (const [name, lastSeq, isTold] of kills) {
      const first = open()
      run(storm, '400', '0', 'lose-told')
      end.lastSeq = 10
      const losses = of(first.losses())
      t.ok(losses.length > 0)
      first.announceLosses(2)
      end.lastSeq = lastSeq
      first.close()
      const second = open()
      t.equal(sum(of(second.losses()), 'exec'), isTold ? 0 : sum(losses, 'exec'), name)
      second.commit()
      second.close()
      const third = open()
      t.strictSame(of(third.losses()), [], 'and the kernel knows')
      third.commit()
      t.equal(third.lossIntentFailures, 0)
      third.close()
    }
  })

  t.test('more losses than are asked for come with the next calls', needsCgroup, async (t) => {
    const { run, of } = ownCgroup(t, 'parts')
    const first = openWatch(t, bpffsPath, options).source
    run(storm, '400', '0', 'lose-parts')
    const all = of(first.losses())
    first.close()
    const second = openWatch(t, bpffsPath, options).source
    const parts: LossRecord[] = []
    for (let part = second.losses(1); part.length > 0; part = second.losses(1)) parts.push(...part)
    for (const kind of ['exec', 'exit', 'fork'] as const)
      t.equal(sum(of(parts), kind), sum(all, kind), kind)
    second.commit()
    second.close()
  })

  t.test('a loss belongs to the cgroup it happened in', needsCgroup, async (t) => {
    const { source } = openWatch(t, bpffsPath, { ...options, keepPins: false })
    source.losses()
    const { run, of } = ownCgroup(t, 'losses')
    run(storm, '400', '0')
    t.ok(of(source.losses()).some((loss) => loss.lostKind === 'exec'))
  })
})
