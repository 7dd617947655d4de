import t from 'tap'
import { tryExamples } from '#collector/detection/rules/try-examples.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const faults = (more: Readonly<Record<string, unknown>>, condition?: string) =>
  tryExamples(ruleOf({ more, ...(condition && { condition }) })).map(({ fault }) => fault)

t.test('examples are as they should be, or it is said how not', async (t) => {
  t.strictSame(faults({}), ['', ''])
  const yes = { name: 'yes', process: { exe: '/bin/nc' } }
  const no = { name: 'no', process: { exe: '/bin/ls' } }
  t.strictSame(faults({ examples: { match: [no], no_match: [yes] } }), [
    'does not match, and should',
    'matches, and should not',
  ])
  t.match(faults({}, 'process.args[7] == "x"'), [/index|No such key|range/i, /./])
})

t.test('an exception counts, and an example has its rule’s kind', async (t) => {
  const exceptions = [{ name: 'x', namespace: 'shop' }]
  const match = [{ name: 'a', process: { exe: '/bin/nc' } }]
  const no_match = [{ name: 'b', process: { exe: '/bin/nc' }, pod: { namespace: 'shop' } }]
  t.strictSame(faults({ exceptions, examples: { match, no_match } }), ['', ''])
  const dns = ruleOf({
    kinds: ['dns'],
    condition: 'dns.name == "x"',
    more: {
      examples: {
        match: [{ name: 'a', dns: { name: 'x' } }],
        no_match: [{ name: 'b', dns: { name: 'y' } }],
      },
    },
  })
  t.strictSame(
    tryExamples(dns).map(({ fault }) => fault),
    ['', ''],
  )
})
