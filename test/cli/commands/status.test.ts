import t from 'tap'
import { status } from '#cli/commands/status.ts'
import { StoreError } from '#collector/store/errors.ts'
import { emptyQuarantine, startApi } from '#test/fixtures/api-server.ts'
import { commandRun, outputOf } from '#test/fixtures/command-run.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'

t.test('collector, store, agents and coverage, for people and for programs', async (t) => {
  const { url, store } = await startApi(t)
  store.covered = [coverage()]
  const text = await outputOf(status, { collector: url })
  t.match(text, /^collector {2}mayfly 1\.2\.3/m)
  t.match(text, /^store {6}ready/m)
  t.match(text, /nothing is watched/)
  t.match(text, /complete for exec, exit/)
  const answer = JSON.parse(await outputOf(status, { collector: url, output: 'json' }))
  t.match(answer, { collector: { version: '1.2.3' }, agents: [], coverage: [coverage()] })
})

t.test('a batch in quarantine is seen', async (t) => {
  const { url } = await startApi(t, { quarantine: { ...emptyQuarantine, batches: 1, events: 14 } })
  t.match(await outputOf(status, { collector: url }), /^quarantine 1 batch with 14 events since/m)
})

t.test('a store that does not answer is shown, with what is known all the same', async (t) => {
  const { url, store } = await startApi(t)
  store.failure = new StoreError('unreachable', 'the engine restarts')
  const { context, text } = commandRun()
  await t.rejects(status({ collector: url }, context), {
    name: 'StatusError',
    message: /^status: the collector says: the store: the engine restarts/,
  })
  t.match(text(), /^collector {2}mayfly 1\.2\.3/m)
  t.match(text(), /^agents {5}not known: the collector says: the store: the engine restarts/m)
  t.notMatch(text(), /nothing is watched/)
})

t.test('a collector that may not be asked is an error, and nothing is shown', async (t) => {
  const { url } = await startApi(t, { token: 'secret' })
  await t.rejects(outputOf(status, { collector: url }), { name: 'ClientError' })
})
