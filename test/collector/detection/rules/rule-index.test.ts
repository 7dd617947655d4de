import fc from 'fast-check'
import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import type { Rule } from '#collector/detection/rules/rule.ts'
import { RuleIndex } from '#collector/detection/rules/rule-index.ts'
import { anyActivity } from '#test/fixtures/activities.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const findable = (rules: readonly Rule[]) => rules.map((rule) => ({ rule, needs: rule.needs }))
const idsOf = (rules: readonly Rule[]): readonly string[] => rules.map(({ id }) => id).toSorted()

t.test('rules are found by every way to hold, each once', async (t) => {
  const index = new RuleIndex(
    findable([
      ruleOf({
        id: 'MF9001',
        condition: 'process.name == "nc" || process.command.contains("nc -l")',
      }),
      ruleOf({ id: 'MF9002', condition: 'process.args.exists(a, a in ["-l", "-e"])' }),
      ruleOf({ id: 'MF9003', condition: 'process.exe.startsWith("/tmp/") && process.uid != 0' }),
      ruleOf({ id: 'MF9004', condition: '!process.runtime' }),
      ruleOf({ id: 'MF9005', condition: 'process.name == "nc" && process.command.contains("-z")' }),
      ruleOf({ id: 'MF9006', condition: 'process.name in []' }),
    ]),
  )
  const found = (exe: string, args: readonly string[], uid = 0) =>
    idsOf(index.candidates(exampleActivity({ process: { exe, args, uid } })))
  t.strictSame(found('/bin/nc', ['nc', '-l', '-e']), ['MF9001', 'MF9002', 'MF9004'])
  t.strictSame(found('/bin/sh', ['sh', '-c', 'nc -l']), ['MF9001', 'MF9004'])
  t.strictSame(found('/bin/nc', ['nc', '-z']), ['MF9001', 'MF9004', 'MF9005'])
  t.strictSame(found('/tmp/x', ['x']), ['MF9004'], 'the rest of what it needs is asked too')
  t.strictSame(found('/tmp/x', ['x'], 7), ['MF9003', 'MF9004'])
  t.strictSame(idsOf(index.always), ['MF9004'])
})

t.test('texts are what they are, whatever they mean to a pattern', async (t) => {
  for (const text of ['.*', 'a|b', '^a', 'a$', '(', '[a]', '\\d', 'é', '\n', '-', '\t']) {
    const condition = `process.command.contains(${JSON.stringify(text)})`
    const index = new RuleIndex(findable([ruleOf({ condition })]))
    const found = (command: string) =>
      index.candidates(exampleActivity({ process: { exe: '/x', args: [command] } })).length
    t.strictSame([found(`x ${text} y`), found('a b c 1')], [1, 0], JSON.stringify(text))
  }
})

const { rules } = parseRules(readRuleFiles([shippedRules]))
const index = new RuleIndex(findable(rules))

t.test('no shipped rule that holds is left out', async (t) => {
  const held = new Set<string>()
  fc.assert(
    fc.property(anyActivity(rules), (example) => {
      const activity = exampleActivity(example)
      const found = index.candidates(activity)
      return rules.every((rule) => {
        if (!rule.condition.holds(activity)) return true
        held.add(rule.id)
        return found.includes(rule)
      })
    }),
    { numRuns: 1_500 },
  )
  t.ok(held.size > rules.length / 2, `${held.size} of ${rules.length} held`)
})
