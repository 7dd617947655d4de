import t from 'tap'
import { findings } from '#cli/commands/findings.ts'
import { openFinding } from '#collector/detection/findings/occurrence.ts'
import type { Finding } from '#proto/finding.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { outputOf } from '#test/fixtures/command-run.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'

const finding = (facts: Partial<Finding> = {}): Finding => ({
  ...openFinding(occurrence()).finding,
  ...facts,
})

t.test('what was found as a table, as an array, and one per line', async (t) => {
  const { url, store } = await startApi(t)
  store.findingList = [
    finding({ severity: 'critical' }),
    finding({ id: 'b'.repeat(16), namespace: 'shop' }),
  ]
  const text = await outputOf(findings, { collector: url })
  t.match(text, /critical +\d+ +2026-07-01 15:02:11 +1 +MF0001 +open +payments\/api/)
  t.match(text, /payments\/api started \/bin\/sh/)
  t.strictSame(
    JSON.parse(await outputOf(findings, { collector: url, output: 'json' })),
    store.findingList,
  )
  const line = await outputOf(findings, { collector: url, output: 'jsonl', namespace: 'shop' })
  t.equal(JSON.parse(line).namespace, 'shop')
  store.findingList = []
  t.match(await outputOf(findings, { collector: url }), /^Nothing was found/)
})

t.test('somebody decides', async (t) => {
  const { url, store } = await startApi(t)
  store.findingList = [finding()]
  const [{ id }] = store.findingList as [Finding]
  const answer = await outputOf(findings, {
    collector: url,
    acknowledge: id,
    comment: 'known',
    output: 'json',
  })
  t.equal(JSON.parse(answer).state, 'acknowledged')
  const none = { collector: url, resolve: 'f'.repeat(16) }
  await t.rejects(outputOf(findings, none), { message: /no finding has this id/ })
})

t.test('what contradicts itself is refused', async (t) => {
  const url = 'http://127.0.0.1:1'
  for (const flags of [
    { acknowledge: 'a'.repeat(16), resolve: 'a'.repeat(16) },
    { comment: 'x' },
    { acknowledge: 'x' },
    { state: 'opened' },
    { severity: 'bad' },
  ])
    await t.rejects(outputOf(findings, { collector: url, ...flags }), { name: 'ConfigError' })
})
