/** A storm too large for a deliberately tiny ring: what is missing is counted, exactly. And /proc alone: honest about less. */
import { execFile, execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { TimelineExec, TimelineExit, TimelineGap } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, Site, until } from '#test/fixtures/mayfly.ts'
import {
  deleteContainer,
  makeBundle,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'

const run = promisify(execFile)

t.test('a storm too large for the ring', { ...needsBpf, timeout: 120_000 }, async (t) => {
  const site = await Site.make({ agent: ['--ring-size', '64KiB', '--drain-interval', '1s'] })
  t.teardown(() => site.close())
  await site.startCollector()
  const agent = await site.startAgent()
  const program = compileProgram('storm', site.dir)
  const count = 4000
  const id = randomContainerId()
  const bundle = await makeBundle(t, {
    // Waits to be let go; a shell's own read and exec start no process.
    args: ['/bin/sh', '-c', `read word </go; exec /storm ${count}`],
    files: { '/storm': program },
  })
  const gate = join(bundle.rootfs, 'go')
  execFileSync('mkfifo', [gate])
  const running = runContainer({ runtime: 'crun', id, bundle, timeoutMs: 60_000 })
  // From here on the agent knows whose the cgroup is, and what is lost can be told of nobody else.
  await until(
    'the container to be known',
    async () => (await site.events({ container: id, kind: 'exec' })).length > 0,
  )
  await writeFile(gate, 'go\n')
  t.match((await running).stdout, `"started":${count},"wrong":0`)
  await deleteContainer({ runtime: 'crun', id })
  // A stop reports the last losses; after the next start everything is acknowledged.
  await agent.stop()
  await site.startAgent()
  await site.settled()
  const execs = await site.events({ container: id, kind: 'exec' })
  const exits = await site.events({ container: id, kind: 'exit' })
  const gaps = (await site.events({ container: id, kind: 'gap' })) as TimelineGap[]
  const own = gaps.filter(({ containerId }) => containerId === id)
  t.ok(own.every(({ reason, affects }) => reason === 'ring_full' && affects.length === 1))
  const lost = (kind: 'exec' | 'exit'): number =>
    own
      .filter(({ affects }) => affects.includes(kind))
      .reduce((sum, gap) => sum + (gap.lost ?? 0), 0)
  t.ok(lost('exec') > 0 && lost('exit') > 0, 'the ring was too small')
  // Beside the storm's children: the shell, which becomes the storm by a second exec.
  t.equal(lost('exec'), count + 2 - execs.length, 'what is told to be lost is what is missing')
  t.equal(lost('exit'), count + 1 - exits.length)
  const { coverage } = await site.page({ container: id, limit: '1' })
  t.ok(
    coverage.some((range) => (range.lost ?? 0) > 0),
    'coverage says so',
  )
})

t.test('the storm with /proc alone', { timeout: 120_000 }, async (t) => {
  const site = await Site.make({ agent: ['--source', 'procfs', '--host', 'on'] })
  t.teardown(() => site.close())
  await site.startCollector()
  await site.startAgent()
  const program = compileProgram('storm', site.dir)
  const [count, slowCount] = [3000, 20]
  // Children that live for a second, whose parent never waits for them: as zombies they keep their codes until it ends.
  const script = `for n in $(seq ${slowCount}); do sh -c "sleep 1; exit $n" slow-$n & done; exec sleep 6`
  const slow = run('sh', ['-c', script, 'nursery'])
  const storm = run(program, [String(count), '0', 'sampled'])
  t.match((await storm).stdout, `"started":${count},"wrong":0`)
  await slow
  await site.settled()

  const execs = (await site.events({ kind: 'exec' })) as TimelineExec[]
  const quick = execs.filter(({ process }) => process.argv?.[2]?.startsWith('sampled-'))
  const lasting = execs.filter(({ process }) => process.argv?.[3]?.startsWith('slow-'))
  t.comment(`${quick.length} of ${count} short ones, ${lasting.length} of ${slowCount} others`)
  const seen = quick.length + lasting.length
  t.ok(0 < seen && seen < count + slowCount, `${seen} of ${count + slowCount} seen`)
  t.ok(lasting.length > 0, 'what lives for a second is met')
  const names = new Set<string>()
  /** Exit codes by process. */
  const ids = new Map<string, number>()
  for (const { process } of quick) {
    const number = Number(process.argv?.[2]?.slice('sampled-'.length))
    t.ok(Number.isInteger(number) && number < count, 'nothing invented')
    t.strictSame(process.argv, [program, 'child', `sampled-${number}`])
    t.equal(process.parentPid, storm.child.pid, 'the parent is the storm')
    names.add(`sampled-${number}`)
    ids.set(process.id, number % 200)
  }
  for (const { process } of lasting) {
    const number = Number(process.argv?.[3]?.slice('slow-'.length))
    t.strictSame(process.argv, ['sh', '-c', `sleep 1; exit ${number}`, `slow-${number}`])
    t.equal(process.parentPid, slow.child.pid, 'the parent is the nursery')
    names.add(`slow-${number}`)
    ids.set(process.id, number)
  }
  t.equal(names.size, seen, 'none twice')
  t.equal(ids.size, seen)
  const exits = ((await site.events({ kind: 'exit' })) as TimelineExit[]).filter(({ process }) =>
    ids.has(process.id),
  )
  t.equal(exits.length, seen, 'each ends once')
  t.equal(new Set(exits.map(({ process }) => process.id)).size, seen)
  const coded = exits.filter(({ exitCode }) => exitCode !== null)
  t.ok(coded.every(({ process, exitCode }) => exitCode === ids.get(process.id)))
  t.ok(coded.length >= lasting.length, 'the code of a zombie is read')

  const { coverage } = await site.page({ limit: '1' })
  // Processes that ran before the agent reach back into a time that nobody watched, and that is said too.
  const watched = coverage.filter(({ source }) => source !== 'none')
  t.match(watched, [{ source: 'procfs', mode: 'sampled', complete: [] }])
})
