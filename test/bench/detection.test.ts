import t from 'tap'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { ruleFileText, ruleOf } from '#test/fixtures/rules.ts'
import { countCandidates, run } from '../../bench/detection.ts'
import { detectionStream } from '../../bench/detection-stream.ts'

const stream = detectionStream({ events: 3_000, seed: 3, hostileShare: 0.05 })
const miners = stream.chunks
  .flatMap(({ events }) => events)
  .filter((event) => event.kind === 'exec' && event.exe === '/usr/bin/xmrig').length
const facts = { condition: 'process.name == "xmrig"' }

t.test('every event goes through the rules, once', async (t) => {
  const rules = t.testdir({ 'a.yaml': ruleFileText(facts) })
  const { rules: figures } = await run(stream, [rules])
  t.ok(miners > 5)
  t.match(figures, [{ id: 'MF9001', evaluations: miners, matches: miners, disabled: '' }])
  t.strictSame((await run(stream, [])).rules, [])
})

t.test('rules that are not in force give no figures', async (t) => {
  await t.rejects(run(stream, [t.testdir({ 'a.yaml': 'rules: 7' })]), /no figures: .*a\.yaml/)
})

t.test('events that evaluate a condition are counted, and conditions', async (t) => {
  const two = new RuleSet([ruleOf(facts), ruleOf({ ...facts, id: 'MF9002' })])
  t.strictSame(countCandidates(stream, two), {
    events: 3_000,
    candidates: miners,
    evaluations: 2 * miners,
  })
})
