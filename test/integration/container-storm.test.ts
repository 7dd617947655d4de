/**
 * The promise in one test: a real container runs thousands of processes of under a millisecond and is deleted; each of them is
 * in the timeline, with its arguments, code and parent, now and after everything was restarted.
 */
import t, { type Test } from 'tap'
import type { TimelineExec, TimelineExit } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, runMayfly, Site } from '#test/fixtures/mayfly.ts'
import {
  deleteContainer,
  makeBundle,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'

const count = 5000

/** Checks that the answer holds the storm, whole and exact. */
const checkStorm = async (t: Test, site: Site, id: string): Promise<void> => {
  const { code, output, errors } = await runMayfly([
    ...['timeline', '--collector', site.url, '--container', id, '-o', 'jsonl'],
  ])
  t.equal(code, 0, errors)
  const events = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TimelineExec | TimelineExit)
  const execs = events.filter(
    (event): event is TimelineExec =>
      event.kind === 'exec' && (event.process.argv?.[2]?.startsWith('storm-') ?? false),
  )
  t.equal(execs.length, count, 'as many execs as were started')
  const storm = events.find(
    (event) => event.kind === 'exec' && event.process.argv?.[1] === String(count),
  )
  t.strictSame(storm?.process.argv, ['/storm', String(count)])
  t.equal(storm?.process.entry, 'init')
  t.strictSame(
    execs.map(({ process }) => process.argv?.join('\0')).toSorted(),
    Array.from({ length: count }, (_, n) =>
      ['/storm', 'child', `storm-${n}`].join('\0'),
    ).toSorted(),
    'each with its whole argv, once',
  )
  t.ok(
    execs.every(
      ({ process }) => process.parentId === storm?.process?.id && process.entry === 'child',
    ),
    'the parent of each is the storm',
  )
  const ids = new Map(execs.map(({ process }) => [process.id, Number(process.argv?.[2]?.slice(6))]))
  const exits = events.filter(
    (event): event is TimelineExit => event.kind === 'exit' && ids.has(event.process.id),
  )
  t.equal(exits.length, count, 'as many exits')
  t.equal(new Set(exits.map(({ process }) => process.id)).size, count, 'each process once')
  t.ok(
    exits.every(({ process, exitCode }) => exitCode === (ids.get(process.id) ?? -1) % 200),
    'each with its own code',
  )
  t.ok(
    exits.every(
      ({ process }) =>
        process.parentId === storm?.process.id && process.parentPid === storm?.process.pid,
    ),
    'and ends as a child of the storm',
  )
  t.strictSame(
    events.filter(({ kind }) => (kind as string) === 'gap'),
    [],
    'no gap',
  )
  const { coverage } = await site.page({ container: id, limit: '1' })
  t.ok(coverage.length > 0, 'coverage is stated')
  for (const range of coverage) {
    t.match(range, { source: 'ebpf', mode: 'complete', lost: 0, gaps: 0 })
  }
}

for (const runtime of ['crun', 'runc'] as const) {
  t.test(`a storm in a ${runtime} container`, { ...needsBpf, timeout: 180_000 }, async (t) => {
    // Floods of datagrams that other tests make on this machine would be gaps of this agent, too.
    const site = await Site.make({ agent: ['--dns', 'off'] })
    t.teardown(() => site.close())
    const collector = await site.startCollector()
    const agent = await site.startAgent()
    const program = compileProgram('storm', site.dir)
    const id = randomContainerId()
    const bundle = await makeBundle(t, {
      args: ['/storm', String(count)],
      files: { '/storm': program },
    })
    const result = await runContainer({ runtime, id, bundle, timeoutMs: 60_000 })
    t.match(result.stdout, `"started":${count},"wrong":0`)
    await deleteContainer({ runtime, id })
    await site.settled()
    await checkStorm(t, site, id)

    await agent.stop()
    await collector.stop()
    await site.startCollector()
    await site.startAgent()
    await site.settled()
    t.comment('again, after everything was restarted')
    await checkStorm(t, site, id)
  })
}
