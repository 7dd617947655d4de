import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { baseline } from '#cli/commands/baseline.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { baselineSite, writtenBaseline } from '#test/fixtures/baselines.ts'
import { outputOf } from '#test/fixtures/command-run.ts'
import { exec, timelineBase, wireContainer } from '#test/fixtures/timeline-events.ts'

const site = async (t: Test) => {
  const { baselines, names } = baselineSite()
  const { url } = await startApi(t, { baselines })
  const dir = t.testdir()
  names.learnFrom(timelineBase.node, [wireContainer({ nameSource: 'kubelet' })])
  const run = (verb: string, flags = {}) => outputOf(baseline, { verb, collector: url, ...flags })
  const see = (exe: string) =>
    baselines.observe(exec({ exe, argv: [exe], entry: 'init' }), [], () => false)
  return { baselines, run, see, file: join(dir, 'a.yaml') }
}

t.test('from learning to a file in git, and drift as status 1', async (t) => {
  const { run, see, file } = await site(t)
  t.match(await run('show'), /No baseline yet/)
  see('/usr/sbin/nginx')
  t.match(await run('show'), /learning .*payments\/api/)
  t.match(await run('show', { workload: 'api' }), /executables\n +\/usr\/sbin\/nginx/)
  const written = await run('export', { namespace: 'payments' })
  t.match(written, /kind: Baseline/)
  writeFileSync(file, written)
  t.equal(await run('diff', { file }), '')
  see('/opt/x')
  await t.rejects(run('diff', { file }), { name: 'BaselineDrift', message: /2 things are not in/ })
  const locked = await run('lock', { namespace: 'payments', workload: 'api', comment: 'known' })
  t.match(locked, /locked by .*known/)
  t.match(await run('import', { file, output: 'json' }), /"state": "locked"/)
  t.match(await run('unlock', { namespace: 'payments', workload: 'api' }), /learning/)
})

t.test('what nobody has seen yet is said, and is no drift', async (t) => {
  const { run, see, file, baselines } = await site(t)
  see('/usr/sbin/nginx')
  await baselines.replace(writtenBaseline({ workload: 'other' }), 'ada', '')
  writeFileSync(file, (await run('export', { workload: 'other' })).replaceAll('other', 'third'))
  t.match(await run('diff', { file }), /payments\/third\/web: nothing was seen of it/)
})

t.test('some of them are not exported or locked as if they were all', async (t) => {
  const { run, baselines } = await site(t)
  for (const container of ['a', 'b'])
    await baselines.replace(writtenBaseline({ container }), 'ada', '')
  t.match(await run('show', { limit: '1' }), /There are more/)
  const one = { namespace: 'payments', workload: 'api', limit: '1' }
  for (const verb of ['export', 'lock'])
    await t.rejects(run(verb, one), { message: /there are more than 1: narrow with/ })
})

t.test('what contradicts itself or cannot be read is refused', async (t) => {
  const { run, file } = await site(t)
  writeFileSync(file, 'a: [')
  for (const [verb, flags] of [
    ['lock', { namespace: 'payments' }],
    ['unlock', {}],
    ['import', {}],
    ['diff', { file: '/nowhere/a.yaml' }],
    ['diff', { file }],
    ['show', { limit: '0' }],
  ] as const)
    await t.rejects(run(verb, flags), { name: 'ConfigError' }, `${verb} ${JSON.stringify(flags)}`)
})
