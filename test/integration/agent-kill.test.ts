/** kill -9 of the agent in mid-storm: the pinned ring goes on, the next agent adopts it, and nothing is missing or twice. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { TimelineExec, TimelineExit } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, Site, sleep } from '#test/fixtures/mayfly.ts'

const run = promisify(execFile)

t.test('kill -9 of the agent in mid-storm', { ...needsBpf, timeout: 180_000 }, async (t) => {
  const site = await Site.make({ agent: ['--host', 'on', '--ring-size', '64MiB'] })
  t.teardown(() => site.close())
  await site.startCollector()
  const program = compileProgram('storm', site.dir)
  let agent = await site.startAgent()
  const count = 12_000
  // 1,000 per second: the storm outlives two kills and the 3 s that nobody reads.
  const storm = run(program, [String(count), '1000', 'kill'])
  for (let kill = 0; kill < 2; kill += 1) {
    await sleep(1500)
    await agent.stop('SIGKILL')
    await sleep(3000)
    agent = await site.startAgent()
  }
  t.match((await storm).stdout, `"started":${count},"wrong":0`)
  await site.settled()
  const execs = (await site.events({ kind: 'exec', q: 'child kill-' })) as TimelineExec[]
  const names = execs.map(({ process }) => process.argv?.[2] ?? '')
  t.equal(execs.length, count, 'every exec, none twice')
  t.equal(new Set(names).size, count)
  const ids = new Map(execs.map(({ process }) => [process.id, Number(process.argv?.[2]?.slice(5))]))
  const exits = ((await site.events({ kind: 'exit' })) as TimelineExit[]).filter(({ process }) =>
    ids.has(process.id),
  )
  t.equal(exits.length, count, 'every exit, none twice')
  t.ok(exits.every(({ process, exitCode }) => exitCode === (ids.get(process.id) ?? -1) % 200))
  t.strictSame(await site.events({ kind: 'gap' }), [], 'no gap')
})
