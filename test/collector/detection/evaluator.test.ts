import t from 'tap'
import { Evaluator } from '#collector/detection/evaluator.ts'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const nc = exampleActivity({ process: { exe: '/bin/nc' } })

const site = (takesUs = 0) => {
  const disabled: string[] = []
  let nowUs = 0
  const rest = (minutes: number) => {
    nowUs += minutes * 60e6
  }
  const evaluator = new Evaluator({
    nowUs: () => {
      nowUs += takesUs / 2
      return nowUs
    },
    onDisabled: ({ id }, why) => disabled.push(`${id} ${why}`),
  })
  return { evaluator, disabled, rest }
}

t.test('the rules that hold, without those that make an exception', async (t) => {
  const { evaluator } = site()
  t.strictSame(evaluator.evaluate(nc), [], 'without rules nothing is found')
  const [plain, lenient] = [
    ruleOf(),
    ruleOf({ id: 'MF9002', more: { exceptions: [{ name: 'x', executable: '/bin/*' }] } }),
  ]
  evaluator.use(new RuleSet([plain, lenient]))
  t.strictSame(
    evaluator.evaluate(nc).map(({ id }) => id),
    ['MF9001'],
  )
  t.match(evaluator.costOf(plain), { evaluations: 1, matches: 1, failures: 0, disabled: '' })
})

t.test('a rule that costs too much is switched off, and the others go on', async (t) => {
  const { evaluator, disabled } = site(50)
  const rule = ruleOf()
  evaluator.use(new RuleSet([rule]))
  for (let index = 0; index < 1_999; index += 1) evaluator.evaluate(nc)
  t.strictSame(disabled, [])
  evaluator.evaluate(nc)
  t.match(disabled, [/^MF9001 it takes \d+ µs, and may take 20/])
  t.strictSame(evaluator.evaluate(nc), [])
  evaluator.use(new RuleSet([rule]))
  t.equal(evaluator.evaluate(nc).length, 1, 'another set is another chance')
})

t.test('a machine that is busy elsewhere is no fault of a rule', async (t) => {
  const disabled: string[] = []
  let calls = 0
  let nowUs = 0
  const evaluator = new Evaluator({
    // The clock is asked before and after each: one evaluation of a hundred takes 100 ms, which is a mean of 1,000 µs.
    nowUs: () => {
      calls += 1
      nowUs += calls % 200 === 0 ? 100_000 : 1
      return nowUs
    },
    onDisabled: ({ id }) => disabled.push(id),
  })
  const rule = ruleOf()
  evaluator.use(new RuleSet([rule]))
  for (let index = 0; index < 2_000; index += 1) evaluator.evaluate(nc, [rule])
  t.strictSame(disabled, [])
  t.ok(evaluator.costOf(rule).totalUs > 2_000_000, 'what it took is told whole')
})

t.test('after ten minutes a rule that was switched off gets another chance', async (t) => {
  const { evaluator, disabled, rest } = site(50)
  evaluator.use(new RuleSet([ruleOf()]))
  for (let index = 0; index < 2_000; index += 1) evaluator.evaluate(nc)
  t.equal(disabled.length, 1)
  rest(9)
  t.strictSame(evaluator.evaluate(nc), [])
  rest(2)
  t.equal(evaluator.evaluate(nc).length, 1)
  for (let index = 0; index < 2_000; index += 1) evaluator.evaluate(nc)
  t.equal(disabled.length, 2, 'and has to be quick')
})

t.test('a rule that fails again and again is switched off', async (t) => {
  const { evaluator, disabled } = site()
  const rule = ruleOf({ condition: 'process.args[7] == "x"' })
  evaluator.use(new RuleSet([rule, ruleOf({ id: 'MF9002' })]))
  for (let index = 0; index < 25; index += 1)
    t.strictSame(
      evaluator.evaluate(nc).map(({ id }) => id),
      ['MF9002'],
    )
  t.match(disabled, [/^MF9001 /])
  t.equal(evaluator.costOf(rule).failures, 20)
})
