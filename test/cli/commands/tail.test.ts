import t from 'tap'
import { tail } from '#cli/commands/tail.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { commandRun } from '#test/fixtures/command-run.ts'
import { until } from '#test/fixtures/mayfly.ts'
import { chunkOf, wireExec } from '#test/fixtures/timeline-events.ts'

t.test('events appear as they are stored, and the end is orderly', async (t) => {
  const { url, live } = await startApi(t)
  const run = commandRun()
  const done = tail({ collector: url, kind: 'exec' }, run.context)
  await until('a follower', () => live.subscribers === 1)
  live.publish(chunkOf(wireExec({ argv: ['hello', 'wor\x1bld'] })))
  await until('the event', () => run.text().includes('hello'))
  t.match(run.text(), "exec 100  hello $'wor\\x1bld'")
  run.end()
  await done
  await until('the follower to leave', () => live.subscribers === 0)
})

t.test('a collector that comes back is followed again, and what was missed is said', async (t) => {
  const first = await startApi(t)
  const run = commandRun()
  const done = tail({ collector: first.url, output: 'jsonl' }, run.context)
  await until('a follower', () => first.live.subscribers === 1)
  first.live.publish(chunkOf(wireExec({ argv: ['one'] })))
  await until('the first event', () => run.text().includes('"one"'))
  await first.close()
  await until('a complaint', () => run.complaints.length > 0)
  t.match(
    run.complaints[0],
    /lost, trying again; what came meanwhile: mayfly timeline --since 2026-07-01T/,
  )
  const second = await startApi(t, { port: first.port })
  await until('the follower to come back', () => second.live.subscribers === 1)
  second.live.publish(chunkOf(wireExec({ argv: ['two'] })))
  await until('the second event', () => run.text().includes('"two"'))
  run.end()
  await done
})

t.test('a collector that was never there, or refuses, is an error', async (t) => {
  const gone = await startApi(t)
  await gone.close()
  await t.rejects(tail({ collector: gone.url }, commandRun().context), { code: 'unreachable' })
  const closed = await startApi(t, { token: 'abc' })
  await t.rejects(tail({ collector: closed.url }, commandRun().context), { code: 'refused' })
})
