import fc from 'fast-check'
import t from 'tap'
import { parseRuleFile } from '#collector/detection/rules/rule-file.ts'
import { ruleFileText, ruleOf } from '#test/fixtures/rules.ts'

const faultsOf = (text: string) =>
  parseRuleFile('a.yaml', text).faults.map(({ place, message }) => `${place}: ${message}`)

t.test('whatever a file holds, it gives rules or faults', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => {
      const { rules, faults } = parseRuleFile('a.yaml', text)
      return rules.length === 0 ? faults.length > 0 || text.includes('rules') : faults.length === 0
    }),
  )
})

t.test('each fault is named with its line', async (t) => {
  for (const [what, more, message] of [
    ['an id of another form', { id: 'X1' }, /^a\.yaml:5: id: write MF and four digits/],
    ['no name', { name: '' }, /name: write text/],
    ['a severity that is none', { severity: 'urgent' }, /severity: write one of low, medium/],
    ['a field that is unknown', { severty: 'low' }, /unknown field "severty"/],
    ['a kind that is none', { kinds: ['fork'] }, /kinds: write some of exec/],
    ['no kind', { kinds: [] }, /kinds: give at least one/],
    ['a technique that is none', { mitre: ['TA01'] }, /TA01 is no technique/],
    ['a key of no field', { key: ['process.nam'] }, /there is no field "process.nam"/],
    ['a reason of no field', { reason: 'x {proces.exe}' }, /there is no field "proces.exe"/],
    ['an exception of nobody', { exceptions: [{ name: 'x' }] }, /give at least one of namespace/],
    [
      'no example',
      { examples: { match: [], no_match: [{ name: 'b' }] } },
      /examples.match: give at least one/,
    ],
    [
      'an example of no field',
      { examples: { match: [{ name: 'a', proc: {} }], no_match: [{ name: 'b' }] } },
      /unknown field "proc"/,
    ],
    [
      'a condition that does not end',
      { condition: 'process.name ==' },
      /condition of MF9001: Unexpected token/,
    ],
    [
      'a condition of an unknown field',
      { condition: 'process.nam == "x"' },
      /No such key: nam at "nam/,
    ],
    [
      'a condition of wrong types',
      { condition: 'process.name == 1' },
      /no such overload: string == int/,
    ],
    [
      'a condition that is no truth',
      { condition: 'process.name' },
      /it gives string, and has to give bool/,
    ],
    [
      'a condition with a pattern',
      { condition: 'process.name.matches("(a+)+")' },
      /matches\(\) is not for rules/,
    ],
    [
      'a condition of an unknown list',
      { condition: 'process.name in shels' },
      /Unknown variable|shels/,
    ],
  ] as const) {
    const [first, ...others] = faultsOf(ruleFileText({ more }))
    t.match(first, message, what)
    t.match(first, /^a\.yaml:\d+: /, what)
    t.equal(others.length, 0, what)
  }
  t.match(faultsOf('rules: [\n  {'), [/^a\.yaml:\d+: /])
  t.match(faultsOf('rules: x'), [/rules: write a list/])
  t.match(faultsOf('x: 1\nrules: []'), [/^a\.yaml:1: file: unknown field "x"/])
  t.match(faultsOf(ruleFileText({ lists: { process: ['x'] } })), [
    /"process" is no name for a list/,
  ])
  t.match(faultsOf('x'.repeat(1_000_001)), [/longer than/])
})

t.test('an id is one rule’s', async (t) => {
  const [one] = (JSON.parse(ruleFileText()) as { rules: object[] }).rules
  t.match(faultsOf(JSON.stringify({ rules: [one, one] })), [/id MF9001 is there twice/])
})

t.test('a rule as it is written', async (t) => {
  const rule = ruleOf({
    more: { exceptions: [{ name: 'x', namespace: 'kube-system', image: 'a/*' }] },
  })
  t.match(rule, {
    id: 'MF9001',
    severity: 'medium',
    kinds: ['exec'],
    needs: { kind: 'value', path: 'process.name', how: 'equals', values: ['nc'] },
    usesNames: false,
    exceptions: [{ name: 'x', namespace: 'kube-system', image: 'a/*' }],
    place: /^test\.yaml:\d+$/,
  })
  t.equal(ruleOf({ condition: 'process.name == "nc" && workload.name != "x"' }).usesNames, true)
})
