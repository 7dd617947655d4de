import t from 'tap'
import { timeline } from '#cli/commands/timeline.ts'
import type { TimelineAnswer } from '#proto/api.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { commandRun, outputOf } from '#test/fixtures/command-run.ts'
import { coverage, exec } from '#test/fixtures/timeline-events.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, pid) => exec({ pid, argv: [`p${pid}`] }))

t.test('jsonl streams everything, one event per line', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = many(6_000)
  const lines = (await outputOf(timeline, { collector: url, output: 'jsonl' }))
    .trimEnd()
    .split('\n')
  t.equal(lines.length, 6_000)
  t.strictSame(JSON.parse(lines[5_999] ?? ''), store.timelineEvents[5_999])
  const few = await outputOf(timeline, { collector: url, output: 'jsonl', limit: '3' })
  t.equal(few.trimEnd().split('\n').length, 3)
})

t.test('jsonl says beside the answer how completely it was watched, once', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = many(6_000)
  store.covered = [coverage({ node: 'n1' }), coverage({ node: 'n2', mode: 'sampled' })]
  const { context, text, complaints } = commandRun()
  await timeline({ collector: url, output: 'jsonl' }, context)
  t.equal(text().trimEnd().split('\n').length, 6_000, 'no line of the answer')
  t.match(complaints, [/^n1 .*complete for exec/, /^n2 .*sampled/])
  t.equal(complaints.length, 2, 'not again for each page')
  store.covered = []
  const unwatched = commandRun()
  await timeline({ collector: url, output: 'jsonl' }, unwatched.context)
  t.match(unwatched.complaints, [/^not covered/])
})

t.test('json is the API’s answer, a thousand events unless asked otherwise', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = many(1_500)
  store.covered = [coverage()]
  const answer: TimelineAnswer = JSON.parse(
    await outputOf(timeline, { collector: url, output: 'json' }),
  )
  t.equal(answer.events.length, 1_000)
  t.strictSame(answer.coverage, [coverage()])
  t.ok(answer.next)
})

t.test('a storm is shown up to the limit, and the rest is counted, not hidden', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = many(1_500)
  const text = await outputOf(timeline, { collector: url })
  t.match(text, /p999\n/)
  t.notMatch(text, /p1000\n/)
  t.match(text, /^500 more events; use --limit 1500, --since 2026-07-01T15:02:11.123456Z /m)
  store.timelineEvents = many(12_000)
  t.match(await outputOf(timeline, { collector: url }), /^more than 10,000 more events/m)
  store.timelineEvents = many(3)
  t.notMatch(await outputOf(timeline, { collector: url }), /more events/)
})

t.test('a span means one moment on every page', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = Array.from({ length: 6_000 }, () =>
    exec({}, { time: new Date().toISOString().replace('Z', '000Z') }),
  )
  await outputOf(timeline, { collector: url, output: 'jsonl', since: '15m' })
  t.equal(store.asked.length, 2)
  t.equal(new Set(store.asked.map(({ sinceUs }) => sinceUs)).size, 1)
})

t.test('wrong flags are told before anybody is asked', async (t) => {
  const { url, store } = await startApi(t)
  await t.rejects(outputOf(timeline, { collector: url, kind: 'x' }), { name: 'ConfigError' })
  t.equal(store.asked.length, 0)
})
