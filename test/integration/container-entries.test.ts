/** How real processes came into their container: made by the runtime, its first, by the runtime's `exec`, started in it. */
import t from 'tap'
import type { TimelineExec, TimelineExit } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { Site } from '#test/fixtures/mayfly.ts'
import {
  execContainer,
  makeBundle,
  randomContainerId,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'

/** The shell of busybox executes its last command itself: the container's first process is two programs, one after the other. */
const entrypoint = ['/bin/sh', '-c', '/bin/true started; exec sleep 600']
const command = ['/bin/sh', '-c', '/bin/true looked; true']

for (const runtime of ['crun', 'runc'] as const) {
  t.test(`of a ${runtime} container`, { ...needsBpf, timeout: 110_000 }, async (t) => {
    const site = await Site.make()
    t.teardown(() => site.close())
    await site.startCollector()
    await site.startAgent()
    const id = randomContainerId()
    const bundle = await makeBundle(t, { args: entrypoint })
    await startContainer(t, { runtime, id, bundle })
    const result = await execContainer({ runtime, id }, command)
    t.equal(result.exitCode, 0, result.stderr)
    await site.settled()
    const all = (await site.events({ container: id, kind: 'exec' })) as TimelineExec[]
    const own = all.filter(({ process }) => process.runtime !== true)
    t.strictSame(
      own.map(({ process }) => [process.argv?.join(' '), process.entry]),
      [
        [entrypoint.join(' '), 'init'],
        ['/bin/true started', 'child'],
        ['sleep 600', 'init'],
        [command.join(' '), 'exec'],
        ['/bin/true looked', 'child'],
      ],
      'how each came in',
    )
    const [first, started, sleeps, executed, looked] = own.map(({ process }) => process)
    t.equal(sleeps?.id, first?.id, 'another program of the first process')
    t.equal(started?.parentId, first?.id)
    t.equal(looked?.parentId, executed?.id)
    t.notOk(
      own.some(({ process }) => process.id === executed?.parentId),
      'the parent of what was executed is outside',
    )

    const exits = (await site.events({ container: id, kind: 'exit' })) as TimelineExit[]
    const ofRuntime = [...all, ...exits].filter(({ process }) => process.runtime === true)
    t.ok(ofRuntime.length > 0, 'the runtime was at work in the container’s cgroup')
    const ids = new Set(own.map(({ process }) => process.id))
    t.notOk(
      ofRuntime.some(({ process }) => ids.has(process.id) || process.entry === 'init'),
      'and that is none of the container’s own processes',
    )
    // runc executes itself, mostly before it is in there; crun only forks.
    t.ok(
      all.every(
        ({ process }) => process.runtime !== true || process.argv?.join(' ') === 'runc init',
      ),
    )
  })
}
