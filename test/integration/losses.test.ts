/** A storm too large for a deliberately tiny ring: what is missing is counted, exactly. And /proc alone: honest about less. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { TimelineExec, TimelineGap } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, Site } from '#test/fixtures/mayfly.ts'
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
    args: ['/storm', String(count)],
    files: { '/storm': program },
  })
  const result = await runContainer({ runtime: 'crun', id, bundle, timeoutMs: 60_000 })
  t.match(result.stdout, `"started":${count},"wrong":0`)
  await deleteContainer({ runtime: 'crun', id })
  // A stop reports the last losses; after the next start everything is acknowledged.
  await agent.stop()
  await site.startAgent()
  await site.settled()
  const execs = (await site.events({ container: id, kind: 'exec' })) as TimelineExec[]
  const exits = await site.events({ container: id, kind: 'exit' })
  const gaps = (await site.events({ container: id, kind: 'gap' })) as TimelineGap[]
  /** Of this container; and of the whole node, where the cgroup of what was lost came and went unseen. */
  const lost = (kind: 'exec' | 'exit', where: string): number =>
    gaps
      .filter(({ affects, containerId }) => affects.includes(kind) && containerId === where)
      .reduce((sum, gap) => sum + (gap.lost ?? 0), 0)
  t.ok(lost('exec', id) + lost('exec', '') > 0, 'the ring was too small')
  t.ok(gaps.every(({ reason, affects }) => reason === 'ring_full' && affects.length === 1))
  // crun's own child executes only the entrypoint: one exec and one exit besides the storm's children.
  for (const [kind, { length }] of [
    ['exec', execs],
    ['exit', exits],
  ] as const) {
    const own = length + lost(kind, id)
    const others = lost(kind, '')
    // Others lose processes at the same time: what is lost for nobody in particular may be theirs.
    t.ok(
      own <= count + 1 && count + 1 <= own + others,
      `${kind}: ${own} seen and lost, ${others} anybody's`,
    )
  }
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
  const count = 3000
  const { stdout } = await run(program, [String(count), '0', 'sampled'])
  t.match(stdout, `"started":${count},"wrong":0`)
  await site.settled()
  const execs = (await site.events({ kind: 'exec', q: 'child sampled-' })) as TimelineExec[]
  t.ok(execs.length < count, `${execs.length} of ${count} seen`)
  const names = execs.map(({ process }) => process.argv?.[2] ?? '')
  t.equal(new Set(names).size, names.length, 'none twice')
  t.ok(
    names.every((name) => /^sampled-\d+$/.test(name) && Number(name.slice(8)) < count),
    'nothing invented',
  )
  const { coverage } = await site.page({ limit: '1' })
  // Processes that ran before the agent reach back into a time that nobody watched, and that is said too.
  const watched = coverage.filter(({ source }) => source !== 'none')
  t.match(watched, [{ source: 'procfs', mode: 'sampled', complete: [] }])
})
