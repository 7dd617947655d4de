import t from 'tap'
import { ConditionError, conditionReader } from '#collector/detection/rules/condition.ts'
import { parseRuleFile } from '#collector/detection/rules/rule-file.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'

const read = conditionReader({ shells: ['sh', 'bash'] })

const refusal = (text: string): { message: string; offset: number | undefined } | undefined => {
  try {
    read(text)
    return undefined
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error
    return { message: error.message, offset: error.offset }
  }
}

const refused = [
  ['has(process.name)', /^has\(\) is not for rules, which know exists\(\), /, 0],
  ['true && dyn(process.name) == 1', /^dyn\(\) is not for rules/, 8],
  ['process.name.matches("(a+)+$")', /^matches\(\) is not for rules: use startsWith/, 0],
  ['process.args.map(a, a).size() > 0', /^map\(\) is not for rules/, 0],
  ['process.args.filter(a, a == "x").size() > 0', /^filter\(\) is not for rules/, 0],
  ['process.args.join(process.command) == "x"', /^join\(\) is not for rules/, 0],
  ['process.command + process.command == "x"', /^\+ is for a text and one that is written out/, 0],
  ['(process.command + "x") + process.name == "x"', /^\+ is for a text/, 1],
  ['process.args + process.args == []', /^\+ is for a text/, 0],
  [
    'process.args.exists(a, process.args.exists(b, process.args.exists(c, c == a && c == b)))',
    /^exists\(\) is within 2 loops already, and may not be within more$/,
    46,
  ],
  [
    'ancestors.all(p, p.args.exists(a, shells.exists_one(s, a == s)))',
    /^exists_one\(\) is within/,
    34,
  ],
] as const

t.test('what could take long, or is not checked, is refused with its place', async (t) => {
  for (const [text, message, offset] of refused) t.match(refusal(text), { message, offset }, text)
})

t.test('what takes no longer than its texts is read', async (t) => {
  for (const text of [
    'process.args.exists(a, shells.exists(s, a == s)) && process.args.exists(a, a == "x")',
    '(process.command + " ").contains("sh ")',
    'shells.exists(s, process.command.contains("> " + s))',
    'process.uid + 1 == 2',
    'process.args.size() > 2 && size(process.name) < 4',
  ])
    t.equal(refusal(text), undefined, text)
})

t.test('a file says the line and what stands there', async (t) => {
  const { faults } = parseRuleFile(
    'a.yaml',
    ruleFileText({ condition: 'true && has(process.tty)' }),
  )
  t.match(faults, [
    {
      place: /^a\.yaml:\d+$/,
      message: /^condition of MF9001: has\(\) is not for rules.* at "has\(process\.tty\)"$/,
    },
  ])
})
