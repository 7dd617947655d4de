import t from 'tap'
import { who } from '#cli/commands/who.ts'
import type { WhoAnswer } from '#proto/api.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { commandRun, outputOf } from '#test/fixtures/command-run.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'
import { whoConnection, whoDns } from '#test/fixtures/who-answers.ts'

t.test('a question without a subject is none, and nobody is asked', async (t) => {
  const { store, url } = await startApi(t)
  const question = { collector: url, namespace: 'payments', since: '15m' }
  await t.rejects(outputOf(who, question), {
    name: 'ConfigError',
    message: /^who: give at least one of --ip, --cidr, --port, --domain, --exe, --sha256$/,
  })
  for (const flags of [
    { port: '0' },
    { ip: '10.0.0.1', limit: '0' },
    { ip: '1.1.1.1', since: 'x' },
  ]) {
    await t.rejects(outputOf(who, { collector: url, ...flags }), { name: 'ConfigError' })
  }
  t.strictSame(store.asked, [])
})

t.test('the collector says what is wrong with a value', async (t) => {
  const { url } = await startApi(t)
  await t.rejects(outputOf(who, { collector: url, ip: '10.0.0.0/8' }), {
    name: 'ClientError',
    message: /ip: write an address.*; for a network use cidr$/,
  })
})

t.test('every flag reaches the store', async (t) => {
  const { url, store } = await startApi(t)
  const filters = { namespace: 'n', workload: 'w', pod: 'p', container: 'c', node: 'o' }
  const subject = { cidr: '10.1.0.0/8', domain: 'Example.com', exe: 'curl' }
  const range = { since: '2026-07-01T00:00:00Z', until: '2026-07-02T00:00:00Z' }
  await outputOf(who, { collector: url, ...filters, ...subject, ...range, port: '443', limit: '7' })
  await outputOf(who, { collector: url, ip: '::FFFF:10.0.0.1' })
  await outputOf(who, { collector: url, sha256: 'C0FFEE00' })
  const sinceUs = Date.parse(range.since) * 1_000
  t.strictSame(store.asked, [
    {
      ...filters,
      ...{ cidr: '10.0.0.0/8', domain: 'example.com', exe: 'curl', port: 443 },
      ...{ sinceUs, untilUs: sinceUs + 86_400e6, limit: 8 },
    },
    { ip: '10.0.0.1', limit: 1_001 },
    { sha256: 'c0ffee00', limit: 1_001 },
  ])
})

t.test('the answer as a table, as the API gives it, and a row per line', async (t) => {
  const { url, store } = await startApi(t)
  store.whoList = [whoConnection(), whoDns()]
  store.covered = [coverage()]
  const question = { collector: url, domain: 'example.com' }
  t.match(await outputOf(who, question), /^node-1 .*\n\n.*WHAT\npayments\/api \(deployment\) web\n/)
  const answer: WhoAnswer = JSON.parse(await outputOf(who, { ...question, output: 'json' }))
  const rows = store.whoList
  t.strictSame(answer, { coverage: [coverage()], rows, truncated: false })
  const lines = (await outputOf(who, { ...question, output: 'jsonl' })).trimEnd().split('\n')
  t.strictSame(
    lines.map((line) => JSON.parse(line)),
    rows,
  )
})

t.test('nobody is claimed by what the question needs to be watched', async (t) => {
  const { url, store } = await startApi(t)
  store.covered = [coverage({ complete: ['exec', 'exit'] })]
  t.match(
    await outputOf(who, { collector: url, exe: 'curl' }),
    /^Nobody: no match, and .* completely for exec\.$/m,
  )
  for (const question of [
    { ip: '10.0.0.1' },
    { port: '80' },
    { cidr: '10.0.0.0/8' },
    { domain: 'a.b' },
  ]) {
    const text = await outputOf(who, { collector: url, ...question })
    t.match(text, /^No match, which does not mean that nobody did/m, JSON.stringify(question))
  }
  const run = commandRun()
  await who({ collector: url, exe: 'curl', output: 'jsonl' }, run.context)
  t.equal(run.text(), '')
})
