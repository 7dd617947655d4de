/** An agent with another probe takes over in mid-storm: what the old ring held is told, and then what the new one holds. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { layoutVersion } from '#agent/sources/ebpf/record-layout.ts'
import type { TimelineExec, TimelineExit, TimelineGap } from '#proto/api.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, Site, sleep } from '#test/fixtures/mayfly.ts'

const run = promisify(execFile)

t.test('another probe in mid-storm', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const site = await Site.make({ agent: ['--host', 'on'] })
  t.teardown(() => site.close())
  await site.startCollector()
  const program = compileProgram('storm', site.dir)
  let agent = await site.startAgent(['--ring-size', '64MiB'])
  const count = 8_000
  const storm = run(program, [String(count), '800', 'upgrade'])
  for (const [signal, size] of [
    ['SIGTERM', '32MiB'],
    ['SIGKILL', '64MiB'],
  ] as const) {
    await sleep(1000)
    await agent.stop(signal)
    await sleep(1000)
    agent = await site.startAgent(['--ring-size', size])
  }
  t.match((await storm).stdout, `"started":${count},"wrong":0`)
  await site.settled()
  const execs = (await site.events({ kind: 'exec', q: 'child upgrade-' })) as TimelineExec[]
  t.equal(execs.length, count, 'every exec, none twice')
  t.equal(new Set(execs.map(({ process }) => process.argv?.[2])).size, count)
  const ids = new Set(execs.map(({ process }) => process.id))
  const exits = ((await site.events({ kind: 'exit' })) as TimelineExit[]).filter(({ process }) =>
    ids.has(process.id),
  )
  t.equal(exits.length, count, 'every exit, none twice')
  const gaps = (await site.events({ kind: 'gap' })) as TimelineGap[]
  t.ok(
    gaps.every(({ affects }) => affects.join() === 'close'),
    'nothing is said to be missing but ends of flows',
  )
  t.strictSame(
    readdirSync(join(site.bpffs, 'mayfly')).filter((name) => name.startsWith('v')),
    [`v${layoutVersion}`],
    'the old rings are gone',
  )
})
