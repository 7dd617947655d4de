import t from 'tap'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { tryExamples } from '#collector/detection/rules/try-examples.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'

t.test('the rules that ship are sound, and every example of theirs holds', async (t) => {
  const { rules, faults } = parseRules(readRuleFiles([shippedRules]))
  t.strictSame(faults, [])
  t.ok(rules.length >= 25)
  for (const rule of rules)
    for (const { example, fault } of tryExamples(rule)) t.equal(fault, '', `${rule.id}: ${example}`)
})

t.test('most of them are found by what they need', async (t) => {
  const { rules } = parseRules(readRuleFiles([shippedRules]))
  const { always } = new RuleSet(rules)
  t.ok(always.length <= rules.length / 20, always.map(({ id }) => id).join())
})

t.test('directories are read in order, and a fault anywhere is all of it', async (t) => {
  const dir = t.testdir({
    good: { 'a.yaml': ruleFileText(), 'note.txt': 'x' },
    bad: { 'b.yaml': 'rules: x', 'c.yaml': ruleFileText({ id: 'MF9002' }) },
    same: { 'd.yml': ruleFileText() },
  })
  const load = (...names: readonly string[]) =>
    parseRules(readRuleFiles(names.map((name) => `${dir}/${name}`)))
  t.strictSame(
    load('good').rules.map(({ id }) => id),
    ['MF9001'],
  )
  t.match(load('good', 'bad'), { rules: [], faults: [{ place: /b\.yaml:1$/ }] })
  t.match(load('good', 'same'), {
    rules: [],
    faults: [{ message: /id MF9001 is taken by .*a\.yaml/ }],
  })
  t.match(load('none'), { rules: [], faults: [{ message: /ENOENT/ }] })
})
