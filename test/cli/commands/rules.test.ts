import t from 'tap'
import { rules } from '#cli/commands/rules.ts'
import { outputOf } from '#test/fixtures/command-run.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'

t.test('the rules that ship are listed and sound', async (t) => {
  t.match(await outputOf(rules, { verb: 'list' }), /^MF\d{4} +\w+ +\w+ +/)
  t.match(await outputOf(rules, { verb: 'test' }), /^\d+ rules are sound, and \d+ examples/)
  const { faults } = JSON.parse(await outputOf(rules, { verb: 'test', output: 'json' }))
  t.strictSame(faults, [])
})

t.test('a fault of one’s own is said with its line, and is the status', async (t) => {
  const dir = t.testdir({ 'a.yaml': ruleFileText({ condition: 'process.nam == "x"' }) })
  await t.rejects(outputOf(rules, { verb: 'test', rules: dir }), {
    name: 'RulesError',
    message: 'rules: one fault, see above',
  })
})
