import fc from 'fast-check'
import t from 'tap'
import { type ExampleActivity, exampleActivity } from '#collector/detection/activity.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import type { Needs } from '#collector/detection/rules/needs.ts'
import type { Rule } from '#collector/detection/rules/rule.ts'
import { RuleIndex } from '#collector/detection/rules/rule-index.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const idsOf = (rules: readonly Rule[]): readonly string[] => rules.map(({ id }) => id).toSorted()

t.test('rules are found by every way to hold, each once', async (t) => {
  const index = new RuleIndex([
    ruleOf({
      id: 'MF9001',
      condition: 'process.name == "nc" || process.command.contains("nc -l")',
    }),
    ruleOf({ id: 'MF9002', condition: 'process.args.exists(a, a in ["-l", "-e"])' }),
    ruleOf({ id: 'MF9003', condition: 'process.exe.startsWith("/tmp/") && process.uid != 0' }),
    ruleOf({ id: 'MF9004', condition: '!process.runtime' }),
    ruleOf({ id: 'MF9005', condition: 'process.name == "nc" && process.command.contains("-z")' }),
    ruleOf({ id: 'MF9006', condition: 'process.name in []' }),
  ])
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
    const index = new RuleIndex([ruleOf({ condition })])
    const found = (command: string) =>
      index.candidates(exampleActivity({ process: { exe: '/x', args: [command] } })).length
    t.strictSame([found(`x ${text} y`), found('a b c 1')], [1, 0], JSON.stringify(text))
  }
})

const { rules } = parseRules(readRuleFiles([shippedRules]))
const index = new RuleIndex(rules)

/** What the rules look for, by path. */
const literals = new Map<string, Set<string>>()
const collect = (needs: Needs): void => {
  if (needs.kind === 'all' || needs.kind === 'any') needs.parts.forEach(collect)
  if (needs.kind !== 'value') return
  const known = literals.get(needs.path) ?? new Set()
  literals.set(needs.path, known)
  for (const value of needs.values) known.add(String(value))
}
for (const { needs } of rules) collect(needs)

const from = (...paths: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...new Set(paths.flatMap((path) => [...(literals.get(path) ?? [''])])))

const anyProcess = fc.record(
  {
    exe: fc.oneof(
      from('process.program', 'process.name', 'parent.program').map((name) => `/usr/bin/${name}`),
      from('process.exe').map((begin) => `${begin}x`),
    ),
    args: fc.array(from('process.args[]', 'process.command', 'process.calledAs'), { maxLength: 4 }),
    origin: fc.constantFrom('image', 'dropped', 'memfd'),
    script: fc.constantFrom('', '/usr/bin/pip'),
    tty: fc.constantFrom('', 'pts/0'),
    uid: fc.constantFrom(0, 1000),
    entry: fc.constantFrom('child', 'exec'),
    sockets: fc.constantFrom([], ['stdin', 'stdout', 'stderr']),
    capabilities: fc.constantFrom([], ['SETUID', 'SYS_ADMIN']),
  },
  { requiredKeys: ['exe'] },
)
const anyExample: fc.Arbitrary<ExampleActivity> = fc.record(
  {
    process: anyProcess,
    ancestors: fc.array(anyProcess, { maxLength: 2 }),
    connection: fc.record({
      kind: fc.constantFrom('external', 'metadata', 'api-server'),
      port: from('connection.port').map(Number),
    }),
    dns: fc.record({ name: from('dns.name'), type: fc.constant('A') }),
    container: fc.record({ id: fc.constantFrom('host', 'c0de') }),
  },
  { requiredKeys: ['process'] },
)
/** What a rule is made for, with parts of something else. */
const crossed = fc
  .tuple(fc.constantFrom(...rules.flatMap(({ examples }) => examples.match)), anyExample)
  .map(([{ activity }, other]) => ({
    ...other,
    ...activity,
    process: { ...(other.process as object), ...(activity.process as object | undefined) },
  }))

t.test('no shipped rule that holds is left out', async (t) => {
  const held = new Set<string>()
  fc.assert(
    fc.property(fc.oneof(anyExample, crossed), (example) => {
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
