import fc from 'fast-check'
import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import type { Rule } from '#collector/detection/rules/rule.ts'
import { RulesByProgram } from '#collector/detection/rules/rules-by-program.ts'
import { anyActivity } from '#test/fixtures/activities.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const idsOf = (rules: readonly Rule[]): readonly string[] => rules.map(({ id }) => id).toSorted()

const askedFor = (rules: RulesByProgram, exe: string, args: readonly string[]) =>
  idsOf(rules.candidates(exampleActivity({ process: { exe, args } })))

/** More often than a program has to be seen to get an index of its own. */
const often = 300

t.test('a program that is seen often is found as before', async (t) => {
  const rules = new RulesByProgram([
    ruleOf({
      id: 'MF9001',
      condition: 'process.name == "nc" && process.args.exists(a, a == "-e")',
    }),
    ruleOf({ id: 'MF9002', condition: 'process.exe.startsWith("/tmp/")' }),
    ruleOf({ id: 'MF9003', condition: 'process.command.contains("stratum")' }),
    ruleOf({ id: 'MF9004', condition: 'process.program == "sh"' }),
  ])
  for (let times = 0; times < often; times += 1) {
    if (askedFor(rules, '/bin/nc', ['nc', '-l']).length > 0) t.fail('nc -l is nobody’s')
    if (askedFor(rules, '/bin/busybox', ['ls']).length > 0) t.fail('ls is nobody’s')
  }
  t.strictSame(askedFor(rules, '/bin/nc', ['nc', '-e', 'x']), ['MF9001'])
  t.strictSame(askedFor(rules, '/tmp/nc', ['nc', '-e', 'x']), ['MF9001', 'MF9002'])
  t.strictSame(askedFor(rules, '/bin/nc', ['nc', 'stratum']), ['MF9003'])
  t.strictSame(askedFor(rules, '/bin/busybox', ['sh', '-c', 'ls']), ['MF9004'], 'another applet')
  t.strictSame(askedFor(rules, '/bin/busybox', ['ls', 'stratum']), ['MF9003'])
})

t.test('rules that ask for no program are found without', async (t) => {
  const rules = new RulesByProgram([ruleOf({ condition: 'process.origin == "memfd"' })])
  const dropped = exampleActivity({ process: { exe: '/x', origin: 'memfd' } })
  for (let times = 0; times < often; times += 1)
    if (rules.candidates(dropped).length !== 1) t.fail('it was left out')
  t.strictSame(askedFor(rules, '/x', ['x']), [])
})

t.test(
  'whoever invents programs makes others wait for their index, and nothing else',
  async (t) => {
    const rules = new RulesByProgram([
      ruleOf({ id: 'MF9001', condition: 'process.name == "nc"' }),
      ruleOf({ id: 'MF9002', condition: 'process.program == "wget"' }),
    ])
    for (let number = 0; number < 5_000; number += 1) {
      const found = [
        ...askedFor(rules, `/tmp/${number}`, ['x']),
        ...askedFor(rules, '/bin/busybox', [`applet${number}`]),
        ...askedFor(rules, '/bin/ls', ['ls']),
      ]
      if (found.length > 0) t.fail(`${number}: ${found}`)
    }
    t.strictSame(askedFor(rules, '/bin/nc', ['nc']), ['MF9001'])
    t.strictSame(askedFor(rules, '/bin/busybox', ['wget']), ['MF9002'])
  },
)

t.test('memory is bounded, however many programs and however long the lists', async (t) => {
  /** Some ten thousand states of an automaton: less than an index may take. */
  const words = (seed: string) =>
    Array.from(
      { length: 400 },
      (_, at) => `${seed}${at}${'-abcdefghijklmnopqrstuvwxyz'.slice(at % 7)}`,
    )
  const long = ruleOf({
    id: 'MF9001',
    condition: 'process.program != "x" && words.exists(w, process.command.contains(w))',
    lists: { words: words('a') },
  })
  const one = (at: number) =>
    ruleOf({ id: `MF${5_000 + at}`, condition: `process.program == "p${at}" && process.uid == 7` })
  const programs = Array.from({ length: 160 }, (_, at) => at)
  const rules = new RulesByProgram([long, ...programs.map(one)])
  let most = 0
  for (const at of programs) {
    for (let times = 0; times < often; times += 1) askedFor(rules, `/bin/p${at}`, ['x'])
    most = Math.max(most, rules.bytes)
  }
  t.ok(most > 1 << 20 && most <= 48 << 20, `${most} bytes`)
  t.ok(rules.bytes < most, 'they were forgotten once')
  const found = (exe: string, uid: number) =>
    idsOf(rules.candidates(exampleActivity({ process: { exe, args: ['x'], uid } })))
  t.strictSame(found('/bin/p3', 7), ['MF5003'], 'and are found as before')
})

t.test('an index that would be too large is not made', async (t) => {
  const words = Array.from({ length: 500 }, (_, at) =>
    [...`${at}`.padStart(3, '0'), ...'#'.repeat(29)]
      .map((one, place) =>
        one === '#' ? String.fromCharCode(0x4e00 + ((at * 31 + place * 7) % 400)) : one,
      )
      .join(''),
  )
  const rules = new RulesByProgram([
    ruleOf({
      id: 'MF9001',
      condition: 'process.program != "x" && words.exists(w, process.command.contains(w))',
      lists: { words },
    }),
  ])
  for (let times = 0; times < often; times += 1) askedFor(rules, '/bin/ls', ['ls'])
  t.equal(rules.bytes, 0)
  t.strictSame(askedFor(rules, '/bin/ls', ['ls', `x${words[7]}`]), ['MF9001'])
})

t.test('no shipped rule that holds is left out, however often its program was seen', async (t) => {
  const { rules } = parseRules(readRuleFiles([shippedRules]))
  const byProgram = new RulesByProgram(rules)
  const held = new Set<string>()
  fc.assert(
    fc.property(anyActivity(rules), fc.boolean(), (example, isOften) => {
      const activity = exampleActivity(example)
      if (isOften) for (let times = 0; times < often; times += 1) byProgram.candidates(activity)
      const found = byProgram.candidates(activity)
      return rules.every((rule) => {
        if (!rule.condition.holds(activity)) return true
        held.add(rule.id)
        return found.includes(rule)
      })
    }),
    { numRuns: 600 },
  )
  t.ok(held.size > rules.length / 3, `${held.size} of ${rules.length} held`)
})
