import t from 'tap'
import { checkRules } from '#collector/detection/rules/check.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'

t.test('what ships is sound', async (t) => {
  const { rules, faults } = checkRules(undefined)
  t.strictSame(faults, [])
  t.ok(rules.every(({ examples, place }) => examples >= 2 && /\.yaml:\d+$/.test(place)))
})

t.test('a directory of one’s own is checked with its examples', async (t) => {
  const wrong = {
    examples: { match: [{ name: 'ls', process: { exe: '/bin/ls' } }], no_match: [{ name: 'x' }] },
  }
  const dir = t.testdir({ 'a.yaml': ruleFileText({ more: wrong }) })
  t.match(checkRules(dir).faults, [/a\.yaml:\d+: MF9001: example "ls" does not match, and should/])
  t.match(checkRules(`${dir}/none`), { rules: [], faults: [/ENOENT/] })
})
