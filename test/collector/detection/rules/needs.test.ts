import fc from 'fast-check'
import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { conditionReader } from '#collector/detection/rules/condition.ts'
import { type Needs, needsOf } from '#collector/detection/rules/needs.ts'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const lists = { shells: ['sh', 'bash'], none: [] }
const read = conditionReader(lists)

const written = (needs: Needs): string => {
  if (needs.kind === 'unknown') return '?'
  if (needs.kind === 'value')
    return [needs.path, needs.how, ...(needs.values.length > 0 ? [needs.values.join()] : [])].join(
      ' ',
    )
  return `${needs.kind}(${needs.parts.map(written).join('; ')})`
}

t.test('what a condition needs', async (t) => {
  for (const [text, expected] of [
    ['process.name == "nc"', 'process.name equals nc'],
    ['"nc" == process.name', 'process.name equals nc'],
    ['process.name in ["nc", "ncat"]', 'process.name equals nc,ncat'],
    ['process.name in shells', 'process.name equals sh,bash'],
    ['process.exe.startsWith("/tmp/")', 'process.exe begins /tmp/'],
    ['dns.name.endsWith("pool.test")', 'dns.name ends pool.test'],
    ['connection.port == 10250', 'connection.port equals 10250'],
    [
      'process.name == "nc" && process.uid == 0',
      'all(process.name equals nc; process.uid equals 0)',
    ],
    ['process.name == "nc" && !process.runtime', 'process.name equals nc'],
    [
      'process.name == "a" || process.exe.startsWith("/b")',
      'any(process.name equals a; process.exe begins /b)',
    ],
    ['process.name == "a" || process.name in shells', 'process.name equals a,sh,bash'],
    ['process.name == "a" || !process.runtime', '?'],
    ['process.name != "a"', 'process.name differs a'],
    [
      'process.name != "a" || process.name != "b"',
      'any(process.name differs a; process.name differs b)',
    ],
    ['!(process.name == "a")', '?'],
    ['process.name == "a" ? true : false', '?'],
    ['process.exe.startsWith("")', '?'],
    ['process.name == parent.name', '?'],
    ['ancestors[0].name == "a"', '?'],
    ['process.sockets.size() > 0', 'process.sockets filled'],
    ['process.sockets.size() == 3', 'process.sockets filled'],
    ['process.sockets.size() >= 0', '?'],
    ['process.sockets.size() == 0', '?'],
    ['"stdin" in process.sockets', 'process.sockets[] equals stdin'],
    ['process.args.exists(a, a == "x")', 'all(process.args filled; process.args[] equals x)'],
    ['process.args.exists(a, a.size() < 3)', 'process.args filled'],
    ['process.args.all(a, a == "x")', '?'],
    [
      'ancestors.exists(p, p.name in shells)',
      'all(ancestors filled; ancestors[].name equals sh,bash)',
    ],
    ['shells.exists(s, process.command.contains(s))', 'process.command contains sh,bash'],
    [
      'shells.exists(s, process.command.contains("> " + s))',
      'process.command contains > sh,> bash',
    ],
    ['none.exists(s, process.command.contains(s))', 'any()'],
    ['(process.command + " ").contains("| sh ")', 'process.command contains | sh'],
    ['(process.command + "  ").contains("x")', '?'],
    [
      'process.args.exists(shells, shells in ["x"])',
      'all(process.args filled; process.args[] equals x)',
    ],
    [
      'process.args.exists(parent, parent == "x")',
      'all(process.args filled; process.args[] equals x)',
    ],
  ] as const)
    t.equal(written(needsOf(read(text).tree, lists)), expected, text)
})

/** Conditions of every form over a few words, so that they hold and do not hold about as often. */
const word = fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'sh').map((text) => JSON.stringify(text))
const field = fc.constantFrom('process.name', 'process.exe', 'process.command', 'parent.name')
const list = fc.constantFrom('process.args', 'parent.args', 'shells', '["a", "sh"]', 'none')
const sized = (variable: string) =>
  fc
    .tuple(fc.constantFrom('==', '!=', '>', '>=', '<'), fc.constantFrom(0, 1))
    .map(([op, least]) => `${variable}.size() ${op} ${least}`)
const textOf = (variable: string) =>
  fc.oneof(
    fc.tuple(fc.constantFrom('==', '!='), word).map(([op, one]) => `${variable} ${op} ${one}`),
    fc
      .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), word)
      .map(([method, one]) => `${variable}.${method}(${one})`),
    fc
      .tuple(fc.constantFrom('b', 'ab', ''), fc.constantFrom('ab', 'bab', 'b'))
      .map(([end, one]) => `(${variable} + "${end}").contains("${one}")`),
    fc.tuple(word, word).map(([a, b]) => `${variable} in [${a}, ${b}]`),
    sized(variable),
  )
const atom = fc.oneof(
  sized('process.args'),
  field.chain(textOf),
  word.chain(textOf),
  fc
    .tuple(word, fc.constantFrom('process.args', 'shells'))
    .map(([one, some]) => `${one} in ${some}`),
  fc.constantFrom('process.uid == 0', 'process.runtime', 'ancestors[1].name == "a"'),
  field.map((one) => `shells.exists(s, ${one}.contains("a" + s) || ${one} == s)`),
  fc
    .tuple(
      list,
      fc.constantFrom('exists', 'exists_one', 'all'),
      fc.constantFrom('x', 'shells', 'process'),
    )
    .chain(([some, loop, variable]) =>
      textOf(variable).map((one) => `${some}.${loop}(${variable}, ${one})`),
    ),
  textOf('p.name').map((one) => `ancestors.exists(p, ${one} && p.args.exists(x, x == "b"))`),
)
const condition = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, atom, tie('and'), tie('or'), tie('not'), tie('choice')),
  and: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} && ${b})`),
  or: fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} || ${b})`),
  not: tie('any').map((one) => `!(${one})`),
  choice: fc.tuple(atom, atom, atom).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
})).any as fc.Arbitrary<string>

const someone = fc.record({
  exe: fc.constantFrom('/a', '/b', '/bin/ab', '/bin/sh', ''),
  args: fc.array(fc.constantFrom('a', 'b', 'ab', 'sh', ''), { maxLength: 3 }),
  uid: fc.constantFrom(0, 1),
  runtime: fc.boolean(),
})
const activity = fc
  .record({ process: someone, ancestors: fc.array(someone, { maxLength: 2 }) })
  .map(exampleActivity)

t.test('the index leaves out nothing that holds', async (t) => {
  let held = 0
  fc.assert(
    fc.property(
      fc.oneof(atom, condition),
      fc.array(activity, { minLength: 8, maxLength: 8 }),
      (text, some) => {
        const rule = ruleOf({ condition: text, lists })
        const rules = new RuleSet([rule])
        return some.every((one) => {
          try {
            if (!rule.condition.holds(one)) return true
          } catch {
            // An error is never true.
            return true
          }
          held += 1
          return rules.candidates(one).includes(rule)
        })
      },
    ),
    { numRuns: 3_000 },
  )
  t.ok(held > 1_000, `${held} held`)
})
