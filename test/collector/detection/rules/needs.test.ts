import fc from 'fast-check'
import t from 'tap'
import { exampleActivity } from '#collector/detection/activity.ts'
import { conditionReader } from '#collector/detection/rules/condition.ts'
import { needsOf } from '#collector/detection/rules/needs.ts'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const lists = { shells: ['sh', 'bash'] }
const read = conditionReader(lists)
const needs = (text: string) =>
  needsOf(read(text).tree, lists)?.map(
    ({ field, how, values }) => `${field} ${how} ${values.join()}`,
  )

t.test('what a condition needs', async (t) => {
  for (const [text, expected] of [
    ['process.name == "nc"', ['process.name equals nc']],
    ['"nc" == process.name', ['process.name equals nc']],
    ['process.name in ["nc", "ncat"]', ['process.name equals nc,ncat']],
    ['process.name in shells', ['process.name equals sh,bash']],
    ['process.exe.startsWith("/tmp/")', ['process.exe begins /tmp/']],
    ['dns.name.endsWith("pool.test")', ['dns.name contains pool.test']],
    ['process.name == "nc" && process.uid == 0', ['process.name equals nc']],
    ['process.exe.contains("x") && process.name == "nc"', ['process.name equals nc']],
    [
      'process.name == "a" || process.exe.startsWith("/b")',
      ['process.name equals a', 'process.exe begins /b'],
    ],
    ['process.name == "a" || process.uid == 0', undefined],
    ['!(process.name == "a")', undefined],
    ['process.name != "a"', undefined],
    ['process.args.exists(a, a == "x")', undefined],
    ['process.uid == 0', undefined],
    ['process.name == "a" ? true : false', undefined],
    ['process.exe.startsWith("")', undefined],
    ['event.kind == "exec"', undefined],
  ] as const)
    t.strictSame(needs(text), expected, text)
})

/** Conditions of every form over a few words, so that they hold and do not hold about as often. */
const atom = fc.oneof(
  fc.constantFrom('a', 'b', 'ab').map((word) => `process.name == "${word}"`),
  fc.constantFrom('/a', '/b').map((word) => `process.exe.startsWith("${word}")`),
  fc.constantFrom('a', 'b').map((word) => `process.command.contains("${word}")`),
  fc.constantFrom('a', 'b').map((word) => `process.exe.endsWith("${word}")`),
  fc.constant('process.name in shells'),
  fc.constant('process.uid == 0'),
  fc.constant('process.args.exists(x, x == "b")'),
)
const condition = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, atom, tie('and'), tie('or'), tie('not')),
  and: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} && ${b})`),
  or: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} || ${b})`),
  not: tie('any').map((one) => `!(${one})`),
})).any as fc.Arbitrary<string>

const activity = fc
  .record({
    exe: fc.constantFrom('/a', '/b', '/bin/ab', '/bin/sh', ''),
    args: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    uid: fc.constantFrom(0, 1),
  })
  .map((process) => exampleActivity({ process }))

t.test('the index leaves out nothing that holds', async () => {
  fc.assert(
    fc.property(condition, activity, (text, one) => {
      const rule = ruleOf({ condition: text, lists })
      const isCandidate = new RuleSet([rule]).candidates(one).has(rule)
      return isCandidate || !rule.condition.holds(one)
    }),
    { numRuns: 2_000 },
  )
})
